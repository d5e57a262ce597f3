package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// group makes a server group of a queued deployment.
func group(t *testing.T, w *storetest.World, app paas.App, wanted int) paas.ServerGroup {
	t.Helper()
	d := w.Deployment(app)
	r, err := w.CreateRelease(t.Context(), d.ID, "image:1", storetest.Plan(), paas.Commit{SHA: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	g, err := w.EnsureGroup(t.Context(), paas.ServerGroup{
		AppID: app.ID, ReleaseID: r.ID, Deployment: d.ID, Process: paas.WebProcess, Name: "shop-v001", Image: r.Image, Wanted: wanted,
		Resources: paas.DefaultResources, Spec: paas.TaskSpec{Port: 8080, Args: []string{"node", "server.js"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAPlanIsAppliedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		g := group(t, w, w.App("shop"), 2)
		create := paas.FleetPlan{Create: []paas.Task{{GroupID: g.ID, Slot: 1}, {GroupID: g.ID, Slot: 2}}}
		w.Apply(create)
		w.Apply(create)
		tasks := w.Tasks(g.ID)
		if len(tasks) != 2 {
			t.Fatalf("the same plan twice made %d tasks, want 2", len(tasks))
		}
		if got := tasks[0]; got.State != paas.TaskAccepted || got.Attempt != 1 || got.AppName != "shop" || got.TeamName != "crew" || got.Resources != g.Resources ||
			got.Release != 1 || !slices.Equal(got.Spec.Args, g.Spec.Args) {
			t.Errorf("a new task is %+v", got)
		}
		place := paas.FleetPlan{Place: []paas.Placement{{Task: tasks[0].ID, Node: node.ID, Why: "It is the only node."}}}
		w.Apply(place)
		first := w.Tasks(g.ID)[0]
		w.Apply(place)
		if again := w.Tasks(g.ID)[0]; again.Fence != first.Fence || first.State != paas.TaskPlaced || first.NodeID != node.ID {
			t.Errorf("placed as %+v, then as %+v; want the same placement", first, again)
		}
		w.Apply(paas.FleetPlan{Wait: map[int64]paas.WaitingReason{tasks[1].ID: {Sentence: "Needs 1 GiB.", Position: 1}}})
		if got := w.Tasks(g.ID)[1]; got.Waiting == nil || got.Waiting.Sentence != "Needs 1 GiB." {
			t.Errorf("waits because of %+v", got.Waiting)
		}
		w.Apply(paas.FleetPlan{Place: []paas.Placement{{Task: tasks[1].ID, Node: node.ID}}})
		if got := w.Tasks(g.ID)[1]; got.Waiting != nil || got.Fence <= first.Fence {
			t.Errorf("the second placement has fence %d after %d, still waits: %v", got.Fence, first.Fence, got.Waiting != nil)
		}
	})
}

func TestAPlanOfALostLeaseIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := func(c *store.Config) { c.Now = func() time.Time { return now } }
	for name, s := range map[string]*store.Store{"SQLite": storetest.SQLite(t, clock), "PostgreSQL": storetest.PostgreSQL(t, clock)} {
		ctx := t.Context()
		w := storetest.NewWorld(t, s)
		g := group(t, w, w.App("shop"), 1)
		old, err := s.HoldLease(ctx, "scheduler", "a", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.HoldLease(ctx, "scheduler", "a", time.Minute); err != nil || again.Fence != old.Fence {
			t.Errorf("%s: holding on gave fence %d, %v; want %d", name, again.Fence, err, old.Fence)
		}
		if _, err := s.HoldLease(ctx, "scheduler", "b", time.Minute); paas.KindOf(err) != paas.Conflict {
			t.Errorf("%s: another took a lease that is held: %v", name, err)
		}
		now = now.Add(2 * time.Minute)
		taken, err := s.HoldLease(ctx, "scheduler", "b", time.Minute)
		if err != nil || taken.Fence <= old.Fence {
			t.Errorf("%s: taking over gave fence %d, %v; want more than %d", name, taken.Fence, err, old.Fence)
		}
		err = s.ApplyPlan(ctx, old, paas.FleetPlan{Create: []paas.Task{{GroupID: g.ID, Slot: 1}}})
		if paas.KindOf(err) != paas.Conflict || len(w.Tasks(g.ID)) != 0 {
			t.Errorf("%s: the old holder's plan: %v, %d tasks; want a conflict and none", name, err, len(w.Tasks(g.ID)))
		}
	}
}

func TestOfTwoReportsTheLaterStateWins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		g := group(t, w, w.App("shop"), 1)
		task := w.Run(g, node, 1)[0]
		if !task.Ready || task.Address == "" || task.State != paas.TaskRunning {
			t.Fatalf("a task that was reported running and ready is %+v", task)
		}
		w.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskStarting})
		if got := w.Tasks(g.ID)[0]; got.State != paas.TaskRunning || got.Version != task.Version {
			t.Errorf("an older report made it %s, version %d", got.State, got.Version)
		}
		if err := s.ReportTask(t.Context(), paas.TaskReport{TaskID: task.ID, Fence: task.Fence - 1, State: paas.TaskFinished, Reason: paas.ReasonFailed}); paas.KindOf(err) != paas.Conflict {
			t.Errorf("a report of an older placement: %v, want a conflict", err)
		}
		// An app may print anything; the last words must not break the record.
		words := "exit\x00 \xff 1"
		w.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonFailed, ExitCode: 1, Detail: words,
			Diagnosis: paas.Diagnose(paas.CodeCrashed, words, words)})
		got := w.Tasks(g.ID)[0]
		if got.State != paas.TaskFinished || got.Ready || got.ExitCode != 1 || got.FinishedAt.IsZero() || got.Detail != "exit\uFFFD \uFFFD 1" {
			t.Errorf("the finished task is %+v", got)
		}
		snap, err := s.Snapshot(t.Context())
		if err != nil || len(snap.Tasks) != 0 || len(snap.Finished) != 1 || snap.Finished[0].ID != task.ID {
			t.Errorf("the snapshot has %d living and %d finished tasks, %v; want the finished one", len(snap.Tasks), len(snap.Finished), err)
		}
		w.Apply(paas.FleetPlan{Create: []paas.Task{{GroupID: g.ID, Slot: 1, Attempt: 2}}})
		snap, err = s.Snapshot(t.Context())
		if err != nil || len(snap.Tasks) != 1 || len(snap.Finished) != 0 || snap.Tasks[0].Attempt != 2 {
			t.Errorf("after the restart the snapshot has %+v living and %d finished, %v", snap.Tasks, len(snap.Finished), err)
		}
	})
}

func TestASnapshotHasRetiredGroupsUntilTheirTasksEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		app := w.App("shop")
		g := group(t, w, app, 1)
		task := w.Run(g, node, 1)[0]
		if err := s.RetireGroups(t.Context(), app.ID, 0); err != nil {
			t.Fatal(err)
		}
		snap, err := s.Snapshot(t.Context())
		if err != nil || len(snap.Groups) != 1 || snap.Groups[0].Wanted != 0 || snap.Groups[0].RetiredAt.IsZero() {
			t.Fatalf("groups %+v, %v; want the retired one", snap.Groups, err)
		}
		w.Apply(paas.FleetPlan{Stop: []int64{task.ID}})
		on, err := s.NodeTasks(t.Context(), node.ID, 0, false)
		if err != nil || len(on.Tasks) != 1 || !on.Tasks[0].Stop {
			t.Fatalf("on the node: %+v, %v; want the task to stop", on, err)
		}
		w.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonScaledDown})
		if snap, err = s.Snapshot(t.Context()); err != nil || len(snap.Groups)+len(snap.Tasks)+len(snap.Finished) != 0 {
			t.Errorf("after its end: %+v, %v; want nothing", snap, err)
		}
	})
}

func TestANodeGoesAndComesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		state := func() paas.State {
			t.Helper()
			snap, err := s.Snapshot(t.Context())
			if err != nil || len(snap.Nodes) != 1 {
				t.Fatalf("%d nodes, %v", len(snap.Nodes), err)
			}
			return snap.Nodes[0].State
		}
		n := w.Node("one")
		if again := w.Node("one"); again.ID != n.ID {
			t.Errorf("the node that came back has id %d, want %d", again.ID, n.ID)
		}
		w.Apply(paas.FleetPlan{Nodes: []paas.NodeMove{{Node: n.ID, State: paas.NodeLost, Why: "It was silent for 20 s."}}})
		if got := state(); got != paas.NodeLost {
			t.Errorf("a silent node is %s", got)
		}
		if err := s.Heartbeat(t.Context(), n.ID, "The engine does not answer."); err != nil {
			t.Fatal(err)
		}
		if got := state(); got != paas.NodeReady {
			t.Errorf("a node that is heard again is %s", got)
		}
		w.Apply(paas.FleetPlan{Nodes: []paas.NodeMove{{Node: n.ID, State: paas.NodeDraining, Why: "Its owner said so."}}})
		w.Node("one")
		if got := state(); got != paas.NodeDraining {
			t.Errorf("a draining node that starts again is %s", got)
		}
	})
}

func TestTheEdgeGetsWhatIsReady(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		states := func() map[string]paas.Route {
			t.Helper()
			routes, _, err := s.Routes(ctx)
			if err != nil {
				t.Fatal(err)
			}
			m := map[string]paas.Route{}
			for _, r := range routes {
				m[r.App] = r
			}
			return m
		}
		app := w.App("shop")
		if got := states()["shop"]; got.State != paas.RouteNew || !slices.Equal(got.Hosts, []string{"shop.localhost"}) {
			t.Errorf("a new app's route is %+v", got)
		}
		first := w.Deployment(app)
		if got := states()["shop"].State; got != paas.RouteStarting {
			t.Errorf("with a deployment on its way the route is %s", got)
		}
		w.Move(first.ID, paas.DeploymentCanceled)
		_, _, g := w.Live(app, node, 2)
		if got := states()["shop"]; got.State != paas.RouteServing || len(got.Addresses) != 2 {
			t.Errorf("a live app's route is %+v, want two addresses", got)
		}
		_, before, err := s.Routes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tasks := w.Tasks(g.ID)
		w.Report(paas.TaskReport{TaskID: tasks[0].ID, Fence: tasks[0].Fence, State: paas.TaskRunning, Ready: false})
		w.Apply(paas.FleetPlan{Stop: []int64{tasks[1].ID}})
		if got := states()["shop"]; len(got.Addresses) != 0 || got.State != paas.RouteStarting {
			t.Errorf("with one task not ready and one stopping the route is %+v", got)
		}
		if _, after, err := s.Routes(ctx); err != nil || after <= before {
			t.Errorf("the routes' version went from %d to %d, %v; want it to grow", before, after, err)
		}
	})
}

func TestFollowersAreToldAfterTheCommit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		told := map[paas.Topic]bool{}
		s.Use(store.Hooks{Notify: func(topics []paas.Topic) {
			for _, topic := range topics {
				told[topic] = true
			}
		}})
		app := w.App("shop")
		d, _, g := w.Live(app, node, 1)
		task := w.Tasks(g.ID)[0]
		for _, want := range []paas.Topic{"routes", "tasks", "app:" + paas.Topic(itoa(app.ID)), "team:" + paas.Topic(itoa(app.TeamID)),
			"deployment:" + paas.Topic(itoa(d.ID)), "task:" + paas.Topic(itoa(task.ID)), "node:" + paas.Topic(itoa(node.ID))} {
			if !told[want] {
				t.Errorf("%s was not told; told were %v", want, slices.Sorted(maps.Keys(told)))
			}
		}
		clear(told)
		if err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.Event(paas.Event{Kind: "x", Subject: "app:1", AppID: 1})
			return paas.Errorf(paas.Conflict, "No.")
		}); err == nil || len(told) != 0 {
			t.Errorf("a transaction that failed (%v) told %v", err, told)
		}
	})
}

// BenchmarkApplyPlan places 100 tasks in one transaction, as a pass of the scheduler does after a node came back.
func TestAGroupCanTurnOutToRunOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		g := group(t, w, w.App("sum"), 1)
		if err := s.RunsOnce(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Group(t.Context(), g.ID); err != nil || !now.Once {
			t.Errorf("the group is %+v, %v; want it to run once", now, err)
		}
	})
}

func BenchmarkApplyPlan(b *testing.B) {
	s := storetest.SQLite(b)
	w := storetest.NewWorld(b, s)
	node, app := w.Node("one"), w.App("shop")
	d := w.Deployment(app)
	r, err := s.CreateRelease(b.Context(), d.ID, "image:1", storetest.Plan(), paas.Commit{})
	if err != nil {
		b.Fatal(err)
	}
	lease := w.Lease()
	for i := 0; b.Loop(); i++ {
		g, err := s.EnsureGroup(b.Context(), paas.ServerGroup{AppID: app.ID, ReleaseID: r.ID, Deployment: d.ID, Process: "p" + itoa(int64(i)), Wanted: 100})
		if err != nil {
			b.Fatal(err)
		}
		var create, place paas.FleetPlan
		for slot := range 100 {
			create.Create = append(create.Create, paas.Task{GroupID: g.ID, Slot: slot + 1})
		}
		if err := s.ApplyPlan(b.Context(), lease, create); err != nil {
			b.Fatal(err)
		}
		for _, t := range w.Tasks(g.ID) {
			place.Place = append(place.Place, paas.Placement{Task: t.ID, Node: node.ID})
		}
		if err := s.ApplyPlan(b.Context(), lease, place); err != nil {
			b.Fatal(err)
		}
	}
}
