package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// pages are the portal's pages, of an app in the middle of many.
var pages = []string{
	"/", "/?q=app-9", "/apps/new", "/palette?q=app", "/apps/APP", "/apps/APP/settings", "/apps/APP/deployments", "/apps/APP/deployments/5",
	"/apps/APP/deployments/5/dockerfile", "/apps/APP/releases", "/apps/APP/rollback", "/apps/APP/variables", "/apps/APP/logs",
	"/nodes", "/nodes/seeded", "/members", "/credentials", "/tokens", "/account",
}

// measurePages fills an installation's database with the history of a busy one and asks for each page again and again.
func (b *bench) measurePages(ctx context.Context) (err error) {
	if b.only != "" && b.only != "pages" {
		return nil
	}
	b.note("measuring: pages")
	s, err := b.install(ctx, "pages")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove(ctx)) }()
	if err := errors.Join(s.stop(), s.seed(ctx)); err != nil {
		return err
	}
	f, err := s.restarts(ctx, fmt.Sprintf("start until ready, %d apps, %d deployments", b.apps, b.apps*b.history))
	if err != nil {
		return err
	}
	b.add(f.atMost(5))
	if f, err = s.settled(ctx, fmt.Sprintf("memory, %d apps, %d deployments", b.apps, b.apps*b.history)); err != nil {
		return err
	}
	b.add(f)
	limit, err := s.p95(ctx, "/healthz")
	if err != nil {
		return err
	}
	app := fmt.Sprintf("app-%d", b.apps/2)
	for _, page := range pages {
		took, err := s.p95(ctx, strings.Replace(page, "APP", app, 1))
		if err != nil {
			return err
		}
		b.add(figure{Name: "p95 of " + page, Value: took, Unit: "ms"}.atMost(100).against(limit, "/healthz"))
	}
	return nil
}

// p95 is in milliseconds, until the last byte.
func (s *installation) p95(ctx context.Context, page string) (float64, error) {
	var all []time.Duration
	for range s.requests {
		began := time.Now()
		status, _, err := get(ctx, "http://"+s.portal+page, "", s.token)
		if err != nil {
			return 0, err
		}
		if status != http.StatusOK {
			return 0, fmt.Errorf("%s answers %d", page, status)
		}
		all = append(all, time.Since(began))
	}
	return quantile(all, 0.95), nil
}

// seed writes the history while Slipway is stopped. Its node is far away and always there, so that nobody tries to run
// its tasks here.
func (s *installation) seed(ctx context.Context) (err error) {
	keeper, err := secret.Load(s.data, "")
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(s.data, "slipway.db"), Secrets: keeper})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	node, err := db.SaveNode(ctx, paas.Node{
		Name: "seeded", State: paas.NodeReady, Engine: "none", Capacity: paas.Resources{CPUMillis: 64_000, MemoryBytes: 256 << 30, DiskBytes: 1 << 40},
	})
	if err != nil {
		return err
	}
	rows, _ := db.SystemDB()
	var team int64
	if err := rows.QueryRowContext(ctx, "SELECT min(id) FROM teams").Scan(&team); err != nil {
		return err
	}
	if _, err := rows.ExecContext(ctx, "UPDATE nodes SET seen_at = '2126-01-01 00:00:00+00:00' WHERE id = ?", node.ID); err != nil {
		return err
	}
	return storetest.Seed(ctx, db, team, node.ID, storetest.History{Apps: s.apps, Deployments: s.history, Events: 3, Tasks: 2})
}
