package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// both runs a test on both databases, with a clock that the test moves.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, ...func(*store.Config)) *store.Store{"SQLite": storetest.SQLite, "PostgreSQL": storetest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
			w.World = storetest.NewWorld(t, open(t, func(c *store.Config) { c.Now = w.clock }))
			test(t, w)
		})
	}
}

// world is a store and what the test has put into it.
type world struct {
	*storetest.World
	t      *testing.T
	mu     sync.Mutex
	now    time.Time
	groups []paas.ServerGroup
	nodes  []paas.Node
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// group makes an app with one server group.
func (w *world) group(wanted int, once bool) {
	w.t.Helper()
	ctx := w.t.Context()
	app := w.App(fmt.Sprintf("app-%d", len(w.groups)+1))
	d := w.Deployment(app)
	r, err := w.CreateRelease(ctx, d.ID, "image:1", storetest.Plan(), paas.Commit{SHA: "abc"})
	w.check(err)
	g, err := w.EnsureGroup(ctx, paas.ServerGroup{
		AppID: app.ID, ReleaseID: r.ID, Deployment: d.ID, Process: paas.WebProcess, Name: app.Name + "-v001", Image: r.Image, Wanted: wanted, Once: once,
		Resources: paas.Resources{CPUMillis: 500, MemoryBytes: int64(len(w.groups)%3+1) << 30, DiskBytes: 1 << 20}, Spec: paas.TaskSpec{Port: 8080, Once: once},
	})
	w.check(err)
	w.groups = append(w.groups, g)
}

func (w *world) node() {
	w.t.Helper()
	n, err := w.SaveNode(w.t.Context(), paas.Node{
		Name: fmt.Sprintf("node-%02d", len(w.nodes)+1), State: paas.NodeReady, Engine: "test",
		Capacity: paas.Resources{CPUMillis: 3000, MemoryBytes: 8 << 30, DiskBytes: 1 << 40},
	})
	w.check(err)
	w.nodes = append(w.nodes, n)
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// step changes something, as people, executors and time do.
func (w *world) step(r *rand.Rand) {
	w.t.Helper()
	ctx, t := w.t.Context(), w.t
	g := pick(r, w.groups)
	switch r.IntN(14) {
	case 0:
		w.group(r.IntN(4), r.IntN(4) == 0)
	case 1:
		w.node()
	case 2, 3:
		w.Do(func(tx *store.Tx) error { return tx.SetWanted(g, r.IntN(6)) })
	case 4:
		w.check(w.RetireGroups(ctx, g.AppID, 0))
	case 5: // the traffic goes back to a version that had been retired
		_, err := storetest.SQL(t, w.Store).ExecContext(ctx, fmt.Sprintf("UPDATE server_groups SET retired_at = NULL, wanted = 2 WHERE id = %d", g.ID))
		w.check(err)
	case 6: // gone for good
		if n := pick(r, w.nodes); len(w.nodes) > 4 && r.IntN(3) == 0 {
			_, err := storetest.SQL(t, w.Store).ExecContext(ctx, fmt.Sprintf("UPDATE nodes SET state = 'removed' WHERE id = %d", n.ID))
			w.check(err)
		}
	case 7:
		w.pass(time.Duration(r.IntN(400)) * time.Second)
		fallthrough
	case 8, 9: // some nodes are heard of, others are silent
		w.pass(time.Duration(r.IntN(8)) * time.Second)
		for _, n := range w.nodes {
			if r.IntN(6) > 0 {
				_ = w.Heartbeat(ctx, n.ID, "") // a removed one is refused
			}
		}
	default:
		w.progress(r, g)
	}
}

// progress reports something of one task of a group.
func (w *world) progress(r *rand.Rand, g paas.ServerGroup) {
	w.t.Helper()
	tasks := w.Tasks(g.ID)
	if len(tasks) == 0 {
		return
	}
	task := pick(r, tasks)
	if task.State == paas.TaskAccepted || task.State == paas.TaskFinished {
		return
	}
	report := paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: pick(r, []paas.State{paas.TaskStarting, paas.TaskRunning, paas.TaskRunning, paas.TaskStopping, paas.TaskFinished})}
	switch report.State {
	case paas.TaskRunning:
		report.Ready = r.IntN(2) == 0
		report.Address, report.StartedAt = "10.0.0.1:8080", w.clock()
	case paas.TaskFinished:
		report.Reason = pick(r, []paas.TaskReason{paas.ReasonNormal, paas.ReasonFailed, paas.ReasonEngineFault})
	}
	w.check(w.ReportTask(w.t.Context(), report))
}

// TestFollowingChangesDecidesLikeReadingEverything changes the fleet at random. One decider follows the changes, another
// reads everything anew each time: both must see the same and decide the same.
func TestFollowingChangesDecidesLikeReadingEverything(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, w *world) {
		const steps = 250
		ctx := t.Context()
		r := rand.New(rand.NewPCG(4, 2026))
		w.group(2, false)
		for range 3 {
			w.node()
		}
		snapshot, err := w.Snapshot(ctx)
		w.check(err)
		var follower scheduler.Decider
		follower.Begin(snapshot)
		cursor, wrote := snapshot.Cursor, 0
		for i := range steps {
			for range r.IntN(3) + 1 {
				w.step(r)
			}
			changes, err := w.Changes(ctx, cursor, follower.Knows, paas.WholeFleet)
			w.check(err)
			if !follower.Learn(changes) {
				t.Fatalf("step %d: the follower missed a change", i)
			}
			cursor = changes.Cursor
			if snapshot, err = w.Snapshot(ctx); err != nil {
				t.Fatal(err)
			}
			fresh := follower.Anew(snapshot)
			got, err := follower.Decide(w.clock())
			w.check(err)
			want, err := fresh.Decide(w.clock())
			w.check(err)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("step %d: the follower decides\n%+v\nwho reads everything decides\n%+v", i, got, want)
			}
			if !follower.Due().Equal(fresh.Due()) {
				t.Errorf("step %d: the follower's next decision is due at %s, want %s", i, follower.Due(), fresh.Due())
			}
			wrote += got.Rows()
			if r.IntN(10) == 0 { // the write was refused: begin anew
				follower.Begin(snapshot)
				cursor = snapshot.Cursor
				continue
			}
			w.Apply(got)
		}
		if wrote < steps/2 {
			t.Errorf("only %d rows were decided in %d steps: the test has lost its way", wrote, steps)
		}
	})
}

// TestAFollowerMissesNothingWhileOthersWrite reads changes while transactions overlap: at each moment the follower must
// see what the database then holds, however late a transaction commits.
func TestAFollowerMissesNothingWhileOthersWrite(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, w *world) {
		const writers, each = 6, 40
		ctx := t.Context()
		w.node()
		for range writers {
			w.group(3, false)
		}
		var all []paas.Task
		for _, g := range w.groups {
			all = append(all, w.Run(g, w.nodes[0], 3)...)
		}
		snapshot, err := w.Snapshot(ctx)
		w.check(err)
		var follower scheduler.Decider
		follower.Begin(snapshot)
		var busy sync.WaitGroup
		done := make(chan struct{})
		for i := range writers {
			busy.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 1))
				for range each {
					task := pick(r, all)
					report := paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskRunning, Ready: r.IntN(2) == 0, Address: fmt.Sprintf("10.0.0.%d:8080", r.IntN(250))}
					if r.IntN(20) == 0 {
						report = paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonFailed}
					}
					if err := w.ReportTask(ctx, report); err != nil && paas.KindOf(err) != paas.Conflict {
						t.Errorf("report: %v", err)
					}
					if err := w.Write(ctx, func(tx *store.Tx) error { return tx.SetWanted(w.groups[i], r.IntN(5)) }); err != nil {
						t.Errorf("scale: %v", err)
					}
				}
			})
		}
		go func() { busy.Wait(); close(done) }()
		cursor := snapshot.Cursor
		for last := false; !last; {
			select {
			case <-done:
				last = true
			default:
			}
			changes, err := w.Changes(ctx, cursor, follower.Knows, paas.WholeFleet)
			w.check(err)
			if !follower.Learn(changes) {
				t.Fatal("the follower missed a change")
			}
			cursor = changes.Cursor
		}
	})
}
