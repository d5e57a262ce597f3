package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/config"
	"github.com/slipway-paas/slipway/server/paas"
)

// upFlags are the settings that may also be given on the command line, where they win over their variable.
var upFlags = []struct{ flag, variable, usage string }{
	{"data", "SLIPWAY_DATA", "directory of everything that must survive (default data)"},
	{"portal", "SLIPWAY_PORTAL", "address of the portal (default 127.0.0.1:8080)"},
	{"edge", "SLIPWAY_EDGE", "address where apps answer (default 127.0.0.1:8000)"},
	{"public-url", "SLIPWAY_PUBLIC_URL", "the portal's address as browsers see it (default http://PORTAL)"},
	{"domain", "SLIPWAY_EDGE_DOMAIN", "apps answer at NAME.DOMAIN (default localhost)"},
}

func upCommand() *cobra.Command {
	given := make(map[string]*string, len(upFlags))
	var verbose bool
	c := &cobra.Command{
		Use:   "up",
		Short: "Run the whole platform in this process",
		Long: "Run the whole platform in this process: portal, scheduler, builds, containers and the apps' edge.\n" +
			"Ctrl-C stops Slipway and leaves the apps running; starting again adopts them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env := func(name string) string {
				if v := given[name]; v != nil && *v != "" {
					return *v
				}
				return os.Getenv(name)
			}
			return up(cmd.Context(), env, verbose, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	for _, f := range upFlags {
		given[f.variable] = c.Flags().String(f.flag, "", f.usage)
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "log what happens inside")
	return c
}

// up runs the platform until ctx ends.
func up(ctx context.Context, env func(string) string, verbose bool, out, logs io.Writer) error {
	cfg, err := config.FromEnv(env)
	if err != nil {
		return paas.FieldErrorf("", "%s", sentence(err)).Because(err)
	}
	if cfg.Data, err = filepath.Abs(cfg.Data); err != nil {
		return fmt.Errorf("find the data directory: %w", err)
	}
	if cfg.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = cfg.Data // a user without a home
		}
		cfg.Cache = filepath.Join(dir, "slipway")
	}
	unlock, err := lock(cfg.Data)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := open(ctx, cfg, failpointsFrom(env), logger(cfg, verbose, logs))
	if err != nil {
		return err
	}
	return p.run(ctx, out)
}

func logger(cfg config.Config, verbose bool, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	if verbose {
		options.Level = slog.LevelInfo
	}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
