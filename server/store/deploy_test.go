package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestADeployGivesTheNewVersionTheTraffic(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		app := w.App("shop")
		first, r1, g1 := w.Live(app, node, 2)
		if first.State != paas.DeploymentLive || first.FinishedAt.IsZero() {
			t.Fatalf("first deployment is %s, finished %v", first.State, first.FinishedAt)
		}
		second, r2, g2 := w.Live(app, node, 1)
		if second.PreviousID != r1.ID || r2.Number != 2 {
			t.Errorf("second deployment: previous %d, release v%d; want %d and v2", second.PreviousID, r2.Number, r1.ID)
		}
		now, err := s.Deployment(t.Context(), first.ID)
		if err != nil || now.State != paas.DeploymentSuperseded || now.SupersededBy != second.ID {
			t.Errorf("first deployment is %s by %d, %v; want superseded by %d", now.State, now.SupersededBy, err, second.ID)
		}
		a, err := s.App(t.Context(), app.ID)
		if err != nil || a.LiveID != r2.ID {
			t.Errorf("live release %d, %v; want %d", a.LiveID, err, r2.ID)
		}
		old, _ := s.Group(t.Context(), g1.ID)
		new, _ := s.Group(t.Context(), g2.ID)
		if old.Traffic || old.RetiredAt.IsZero() || old.Wanted != 0 || !new.Traffic {
			t.Errorf("traffic: old %+v, new %+v", old, new)
		}
	})
}

func TestARevertBringsTheOldVersionBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		app := w.App("shop")
		_, r1, g1 := w.Live(app, node, 2)
		second, _, g2 := w.Live(app, node, 1)
		before, err := s.RoutesApplied(t.Context())
		if err != nil || before != -1 {
			t.Errorf("without an edge, routes applied = %d, %v; want -1", before, err)
		}
		version, err := s.RevertTraffic(t.Context(), second.ID)
		if err != nil {
			t.Fatal(err)
		}
		old, _ := s.Group(t.Context(), g1.ID)
		new, _ := s.Group(t.Context(), g2.ID)
		if !old.Traffic || !old.RetiredAt.IsZero() || old.Wanted != 1 || new.Traffic {
			t.Errorf("after the revert: old %+v, new %+v", old, new)
		}
		if a, _ := s.App(t.Context(), app.ID); a.LiveID != r1.ID {
			t.Errorf("live release %d, want %d", a.LiveID, r1.ID)
		}
		if again, err := s.RevertTraffic(t.Context(), second.ID); err != nil || again != version {
			t.Errorf("the second revert made version %d, %v; want %d", again, err, version)
		}
		if err := s.ReportRoutes(t.Context(), "edge-1", version); err != nil {
			t.Fatal(err)
		}
		if got, err := s.RoutesApplied(t.Context()); err != nil || got != version {
			t.Errorf("routes applied = %d, %v; want %d", got, err, version)
		}
	})
}

func TestIllegalMovesOfADeploymentAreConflicts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		d := w.Deployment(w.App("shop"))
		_, err := s.ChangeDeployment(t.Context(), d.ID, func(d *paas.Deployment) (string, error) {
			d.State = paas.DeploymentLive
			return "", nil
		})
		if paas.KindOf(err) != paas.Conflict {
			t.Errorf("queued to live: %v, want a conflict", err)
		}
		if _, err := s.Deployment(t.Context(), d.ID+1000); paas.KindOf(err) != paas.NotFound {
			t.Errorf("unknown deployment: %v, want not found", err)
		}
	})
}

func TestOneDeploymentOfAnAppIsOnItsWayAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app := w.App("shop")
		first, second := w.Deployment(app), w.Deployment(app)
		w.Move(first.ID, paas.DeploymentBuilding)
		_, err := s.ChangeDeployment(t.Context(), second.ID, func(d *paas.Deployment) (string, error) {
			d.State = paas.DeploymentBuilding
			return "", nil
		})
		if paas.KindOf(err) != paas.Conflict {
			t.Errorf("the second deployment started: %v, want a conflict", err)
		}
	})
}

func TestConcurrentChangesOfADeploymentAllCount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		d := w.Deployment(w.App("shop"))
		const writers, each = 8, 10
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for range each {
					if _, err := s.ChangeDeployment(t.Context(), d.ID, func(d *paas.Deployment) (string, error) {
						d.Phases = append(d.Phases, paas.Phase{Name: "queue", State: paas.PhaseRunning})
						return "moved on", nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		got, err := s.Deployment(t.Context(), d.ID)
		if err != nil || len(got.Phases) != writers*each || got.Version != d.Version+writers*each {
			t.Errorf("%d phases, version %d, %v; want %d phases", len(got.Phases), got.Version, err, writers*each)
		}
		events, err := s.EventsAfter(t.Context(), paas.Topic("app:"+itoa(d.AppID)), 0, 1000)
		if err != nil || len(events) != writers*each {
			t.Errorf("%d events, %v; want %d", len(events), err, writers*each)
		}
	})
}

func TestAReleaseIsMadeOncePerDeployment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		d := w.Deployment(w.App("shop"))
		a, err := s.CreateRelease(t.Context(), d.ID, "image:1", storetest.Plan(), paas.Commit{SHA: "abc"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.CreateRelease(t.Context(), d.ID, "image:2", storetest.Plan(), paas.Commit{SHA: "abc"})
		if err != nil || a.ID != b.ID || b.Image != "image:1" {
			t.Errorf("the second call made %+v, %v; want the release of the first", b, err)
		}
	})
}

func TestWhatPhasesUsuallyTakeComesFromOtherDeployments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		var last paas.Deployment
		for i, took := range []time.Duration{2 * time.Second, 4 * time.Second} {
			d, _, _ := w.Live(app, node, 1)
			last = d
			w.Do(func(tx *store.Tx) error {
				_, err := tx.ChangeDeployment(d.ID, "ada", func(d *paas.Deployment) (string, error) {
					d.Phases = []paas.Phase{{Name: "build", State: paas.PhaseSucceeded, Started: tx.Now, Finished: tx.Now.Add(took)}}
					return "", nil
				})
				return err
			})
			var usual map[string]time.Duration
			w.Do(func(tx *store.Tx) (err error) {
				usual, err = tx.PhaseMedians(app.ID, last.ID)
				return err
			})
			if want := []time.Duration{0, 2 * time.Second}[i]; usual["build"] != want {
				t.Errorf("beside deployment %d a build usually takes %s, want %s", d.Number, usual["build"], want)
			}
		}
	})
}
