package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// settings are what an operator decides about one process that runs the whole platform.
type settings struct {
	data        string // folder of everything that must survive
	portal      string // where people reach the portal
	edge        string // where apps answer
	publicURL   string // the portal as browsers see it; "" means http://PORTAL
	domain      string // apps answer at NAME.domain
	databaseURL string // PostgreSQL instead of the SQLite file
	natsURL     string // a NATS cluster instead of the one inside
	cache       string // base image archives, shared by all data folders of this user
	builds      int    // builds at once
	localRepos  bool   // repositories may be paths of this machine
	verbose     bool
}

func upCommand() *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "up",
		Short: "Run the whole platform in this process",
		Long: "Run the whole platform in this process: portal, scheduler, builds, containers and the apps' edge.\n" +
			"Ctrl-C stops Slipway and leaves the apps running; starting again adopts them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return up(cmd.Context(), s, os.Getenv, cmd.OutOrStdout(), os.Stderr)
		},
	}
	f := c.Flags()
	f.StringVar(&s.data, "data", "data", "folder for everything that must survive")
	f.StringVar(&s.portal, "portal", "127.0.0.1:8080", "address of the portal")
	f.StringVar(&s.edge, "edge", "127.0.0.1:8000", "address where apps answer, as NAME.DOMAIN")
	f.StringVar(&s.publicURL, "public-url", "", "the portal's address as browsers see it (default http://PORTAL)")
	f.StringVar(&s.domain, "domain", "localhost", "domain below which apps answer")
	f.StringVar(&s.cache, "cache", "", "folder for base image archives (default the user's cache folder)")
	f.IntVar(&s.builds, "builds", 2, "builds at once")
	f.BoolVar(&s.localRepos, "local-repositories", true, "let repositories be folders of this machine")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "log what happens inside")
	return c
}

// up runs the platform until ctx ends.
func up(ctx context.Context, s settings, env func(string) string, out, logs io.Writer) error {
	if err := s.complete(env); err != nil {
		return err
	}
	level := slog.LevelWarn
	if s.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: level}))
	unlock, err := lock(s.data)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := open(ctx, s, env, log)
	if err != nil {
		return err
	}
	return p.run(ctx, out)
}

// complete fills in what follows from other settings and from the environment.
func (s *settings) complete(env func(string) string) (err error) {
	if s.data, err = filepath.Abs(s.data); err != nil {
		return fmt.Errorf("find the data folder: %w", err)
	}
	s.databaseURL, s.natsURL = env("DATABASE_URL"), env("NATS_URL")
	if s.publicURL == "" {
		s.publicURL = "http://" + s.portal
	}
	if s.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = s.data // a user without a home
		}
		s.cache = filepath.Join(dir, "slipway")
	}
	return nil
}

// edgeURL is where apps answer, without their name.
func (s *settings) edgeURL() string {
	_, port, err := net.SplitHostPort(s.edge)
	if err != nil || port == "80" {
		return "http://" + s.domain
	}
	return "http://" + s.domain + ":" + port
}
