package control_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// pageBudget is what a page's records may take, of the 100 ms that the whole page has.
const pageBudget = 100 * time.Millisecond

// TestPagesStayFastWithALongHistory is one test after another on purpose: they measure time.
func TestPagesStayFastWithALongHistory(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...func(*store.Config)) *store.Store{"SQLite": storetest.SQLite, "PostgreSQL": storetest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			w := storetest.NewWorld(t, s)
			w.Seed(storetest.History{Apps: 1000, Deployments: 100, Events: 3, Tasks: 2})
			c, err := control.New(s, control.Config{EdgeURL: "http://localhost:8000"})
			if err != nil {
				t.Fatal(err)
			}
			ada := paas.Actor{UserID: 1, Name: "Ada", Operator: true, Teams: map[int64]paas.Role{w.Team.ID: paas.RoleOwner}}
			pages := map[string]func(ctx context.Context) error{
				"apps":        func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "", control.Page{}); return err },
				"200 apps":    func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "", control.Page{Limit: 200}); return err },
				"apps search": func(ctx context.Context) error { _, err := c.Apps(ctx, ada, "app-99", control.Page{}); return err },
				"app":         func(ctx context.Context) error { _, err := c.App(ctx, ada, "app-500"); return err },
				"deployment":  func(ctx context.Context) error { _, err := c.Deployment(ctx, ada, "app-500", 50); return err },
				"deployments": func(ctx context.Context) error {
					_, err := c.Deployments(ctx, ada, "app-500", control.Page{})
					return err
				},
				"releases": func(ctx context.Context) error { _, err := c.Releases(ctx, ada, "app-500", control.Page{}); return err },
				"events":   func(ctx context.Context) error { _, err := c.Events(ctx, ada, "app-500", control.Page{}); return err },
				"plan":     func(ctx context.Context) error { _, err := c.Plan(ctx, ada, "app-500"); return err },
				"nodes":    func(ctx context.Context) error { _, err := c.Nodes(ctx, ada); return err },
			}
			for page, load := range pages {
				var took []time.Duration
				for range 40 {
					start := time.Now()
					if err := load(t.Context()); err != nil {
						t.Fatalf("%s: %v", page, err)
					}
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				p95 := took[len(took)*95/100]
				t.Logf("%-12s median %8s  p95 %8s", page, took[len(took)/2].Round(10*time.Microsecond), p95.Round(10*time.Microsecond))
				// The median is held, not the p95: other tests run on the same cores, and a query that reads a whole table
				// is beyond the budget every time. make bench holds the p95 on a quiet machine.
				if median := took[len(took)/2]; median > pageBudget {
					t.Errorf("%s: median %s, want at most %s", page, median, pageBudget)
				}
			}
			for what, load := range map[string]func() error{
				"scheduler's snapshot": func() error { _, err := s.Snapshot(t.Context()); return err },
				"edge's routes":        func() error { _, _, err := s.Routes(t.Context()); return err },
				"pending deployments":  func() error { _, err := s.PendingDeployments(t.Context()); return err },
			} {
				start := time.Now()
				if err := load(); err != nil {
					t.Fatal(err)
				}
				t.Logf("%s with 2,000 running tasks: %s", what, time.Since(start).Round(10*time.Microsecond))
			}
		})
	}
}
