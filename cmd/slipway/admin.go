package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/server/store"
)

// adminCommand holds what only the owner of the data folder may do. It opens the data itself, beside a running Slipway
// or without one.
func adminCommand() *cobra.Command {
	admin := &cobra.Command{Use: "admin", Short: "Work on an installation's data folder directly"}
	var data string
	sub := func(use, short string, run func(ctx context.Context, s *store.Store) (string, error)) *cobra.Command {
		c := &cobra.Command{
			Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withStore(cmd.Context(), data, func(ctx context.Context, s *store.Store) error {
					answer, err := run(ctx, s)
					if err == nil {
						_, err = fmt.Fprintln(cmd.OutOrStdout(), answer)
					}
					return err
				})
			},
		}
		c.Flags().StringVar(&data, "data", "data", "the installation's data folder")
		return c
	}
	admin.AddCommand(
		sub("token", "Print a new API token of the first operator", func(ctx context.Context, s *store.Store) (string, error) {
			verbs, err := control.New(s, control.Config{})
			if err != nil {
				return "", err
			}
			return verbs.TokenForOwner(ctx)
		}),
		sub("install-id", "Print the id that this installation's containers are labelled with", func(ctx context.Context, s *store.Store) (string, error) {
			return s.InstallID(ctx)
		}),
	)
	return admin
}

func withStore(ctx context.Context, data string, do func(context.Context, *store.Store) error) (err error) {
	path := filepath.Join(data, "slipway.db")
	url := os.Getenv("DATABASE_URL")
	if _, err := os.Stat(path); err != nil && url == "" {
		return paas.FieldErrorf("data", "There is no installation in %s. Start one with `slipway up --data %s`.", data, data).Because(err)
	}
	keeper, err := secret.Load(data, os.Getenv("SLIPWAY_MASTER_KEY"))
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Config{Path: path, DatabaseURL: url, Secrets: keeper})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() {
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}()
	return do(ctx, s)
}
