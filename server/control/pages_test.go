package control_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// records are what the pages of one app among many, and the loops behind them, read.
func records(c *control.Control, s *store.Store, team int64) map[string]func(context.Context) error {
	ada := paas.Actor{UserID: 1, Name: "Ada", Operator: true, Teams: map[int64]paas.Role{team: paas.RoleOwner}}
	return map[string]func(context.Context) error{
		"apps":        func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "", control.Page{}); return err },
		"200 apps":    func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "", control.Page{Limit: 200}); return err },
		"apps search": func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "app-9", control.Page{}); return err },
		"app":         func(ctx context.Context) error { _, err := c.App(ctx, ada, "app-5"); return err },
		"deployment":  func(ctx context.Context) error { _, err := c.Deployment(ctx, ada, "app-5", 5); return err },
		"deployments": func(ctx context.Context) error {
			_, err := c.Deployments(ctx, ada, "app-5", control.Page{})
			return err
		},
		"releases": func(ctx context.Context) error { _, err := c.Releases(ctx, ada, "app-5", control.Page{}); return err },
		"events":   func(ctx context.Context) error { _, err := c.Events(ctx, ada, "app-5", control.Page{}); return err },
		"plan":     func(ctx context.Context) error { _, err := c.Plan(ctx, ada, "app-5"); return err },
		"nodes":    func(ctx context.Context) error { _, err := c.Nodes(ctx, ada); return err },
		"snapshot": func(ctx context.Context) error { _, err := s.Snapshot(ctx); return err },
		"routes":   func(ctx context.Context) error { _, _, err := s.Routes(ctx); return err },
		"pending":  func(ctx context.Context) error { _, err := s.PendingDeployments(ctx); return err },
	}
}

func seeded(t testing.TB, s *store.Store, h storetest.History) map[string]func(context.Context) error {
	t.Helper()
	w := storetest.NewWorld(t, s)
	w.Seed(h)
	c, err := control.New(s, control.Config{EdgeURL: "http://localhost:8000"})
	if err != nil {
		t.Fatal(err)
	}
	return records(c, s, w.Team.ID)
}

func TestEveryPageReadsALongHistory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for name, load := range seeded(t, s, storetest.History{Apps: 10, Deployments: 10, Events: 3, Tasks: 2}) {
			if err := load(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// BenchmarkPages reads with 1,000 apps and 100,000 deployments; make bench measures the whole pages.
func BenchmarkPages(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...func(*store.Config)) *store.Store{"SQLite": storetest.SQLite, "PostgreSQL": storetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			all := seeded(b, open(b), storetest.History{Apps: 1000, Deployments: 100, Events: 3, Tasks: 2})
			for _, page := range slices.Sorted(maps.Keys(all)) {
				b.Run(page, func(b *testing.B) {
					for b.Loop() {
						if err := all[page](b.Context()); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
