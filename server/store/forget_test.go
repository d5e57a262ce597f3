package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

var keep = paas.Retention{Tasks: 30 * 24 * time.Hour, Builds: 90 * 24 * time.Hour, Routine: 90 * 24 * time.Hour, Events: 1000 * 24 * time.Hour}

// forget forgets in small batches until nothing is left to forget.
func forget(t *testing.T, s *store.Store, batch int) (total int64) {
	t.Helper()
	for {
		n, err := s.Forget(t.Context(), keep, batch)
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n == 0 {
			return total
		}
	}
}

func TestWhatIsOverIsForgottenAndWhatIsNeededStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		d1, _, old := w.Live(app, node, 1)
		d2, _, live := w.Live(app, node, 2)
		for _, task := range w.Tasks(old.ID) {
			w.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonScaledDown, FinishedAt: s.Now()})
		}
		crashed := w.Tasks(live.ID)[0]
		w.Report(paas.TaskReport{TaskID: crashed.ID, Fence: crashed.Fence, State: paas.TaskFinished, Reason: paas.ReasonFailed, FinishedAt: s.Now()})
		for _, d := range []paas.Deployment{d1, d2} {
			if err := s.SaveSteps(t.Context(), d.BuildID, []paas.Step{{Number: 1, Name: "Fetch the source"}}); err != nil {
				t.Fatal(err)
			}
		}
		storetest.Exec(t, s, "UPDATE releases SET build_id = (SELECT build_id FROM deployments d WHERE d.release_id = releases.id)")
		storetest.Exec(t, s, `UPDATE builds SET state = 'succeeded', finished_at = created_at, plan = '{}', dockerfile = 'FROM x'`)
		storetest.Exec(t, s, "INSERT INTO events (at, team_id, app_id, kind, subject, actor, text, routine) SELECT created_at, 1, 1, 'app.created', 'app:1', 'Ada', '', FALSE FROM apps")
		if n := forget(t, s, 1); n != 0 {
			t.Errorf("%d rows of today were forgotten", n)
		}
		all := func(table, text string) []string {
			t.Helper()
			return storetest.Strings(t, storetest.SQL(t, s), "SELECT "+text+" FROM "+table+" ORDER BY 1")
		}
		counts := func() map[string]int {
			n := map[string]int{}
			for _, table := range []string{"tasks", "server_groups", "build_steps", "events", "deployments", "releases", "apps"} {
				n[table] = len(all(table, "'x'"))
			}
			return n
		}
		before := counts()
		kinds := all("events", "kind")

		// Half a year passes: everything moves into the past, and the times of what lives with it.
		past := storetest.Past(t, s, 180*24*time.Hour)
		past()
		forget(t, s, 1)
		after := counts()
		if after["tasks"] != before["tasks"]-1 || after["server_groups"] != before["server_groups"]-1 || after["build_steps"] != 1 {
			t.Errorf("of %v there is %v", before, after)
		}
		if after["deployments"] != 2 || after["releases"] != 2 || after["apps"] != 1 {
			t.Errorf("history is gone: %v", after)
		}
		if finished, err := s.Snapshot(t.Context()); err != nil || len(finished.Finished) != 1 || finished.Finished[0].ID != crashed.ID {
			t.Errorf("the last task of a slot that is to be filled is gone: %+v, %v", finished.Finished, err)
		}
		plans := all("builds", "COALESCE(CAST(plan AS TEXT), 'none') || dockerfile")
		if !slices.Equal(plans, []string{"none", "{}FROM x"}) {
			t.Errorf("the builds have %q; only the live release's keeps its plan", plans)
		}
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return paas.EventKind(k).Routine() })
		if got := all("events", "kind"); !slices.Equal(got, kinds) {
			t.Errorf("events %q, want those by people and of deployments: %q", got, kinds)
		}
		storetest.Past(t, s, 1000*24*time.Hour)()
		forget(t, s, 2)
		if got := all("events", "kind"); len(got) != 0 {
			t.Errorf("events %q after three years", got)
		}
	})
}

func TestForgettingALongHistoryHoldsTheWriterForMoments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		w.Seed(storetest.History{Apps: 20, Deployments: 50, Events: 3, Tasks: 1})
		storetest.Past(t, s, 2000*24*time.Hour)()
		left := func() int { return len(storetest.Strings(t, storetest.SQL(t, s), "SELECT 'x' FROM events")) }
		n, err := s.Forget(t.Context(), keep, 100)
		if err != nil || left() != 2900 { // and the routine one of the node that joined
			t.Errorf("a batch of 100 left %d events, %v; want 2,900", left(), err)
		}
		if n += forget(t, s, 500); left() != 0 || n < 3000+980+980 {
			t.Errorf("%d rows were forgotten, %d events are left", n, left())
		}
	})
}
