package flow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler"
	"github.com/slipway-paas/slipway/server/flow"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
)

// world is everything around the workflows: the real store and scheduler, and an executor, a bakery and an edge that do
// as they are told.
type world struct {
	t      *testing.T
	path   string
	store  *store.Store
	flows  *flow.Flows
	stop   func() // ends what start started, in good order
	bakery *bakery
	logs   *logs
	app    paas.App

	mu    sync.Mutex
	crash map[string]*paas.Diagnosis // process → how its tasks end instead of getting ready
	ends  map[string]bool            // processes whose tasks exit with 0 instead of getting ready
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "slipway.db"), bakery: &bakery{image: "image-1"}, logs: &logs{},
		crash: map[string]*paas.Diagnosis{}, ends: map[string]bool{}}
	w.start()
	t.Cleanup(func() { w.stop() })
	w.createApp(t.Context())
	return w
}

// start opens everything, as a process does that starts.
func (w *world) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	s, err := store.Open(ctx, store.Config{Path: w.path, Secrets: plain{}})
	if err != nil {
		w.t.Fatal(err)
	}
	sqlite, _ := s.SystemDB()
	flows, err := flow.New(ctx, flow.Config{
		SQLite: sqlite, Executor: "test", Store: s, Bakery: w.bakery, Hints: often{}, Logs: w.logs, Now: time.Now,
		Log:   slog.New(slog.DiscardHandler),
		Times: flow.Times{Hold: 50 * time.Millisecond, Place: 5 * time.Second, Drain: 5 * time.Second},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.Use(store.Hooks{Notify: func([]paas.Topic) {}, Enqueue: flows})
	w.store, w.flows = s, flows
	var running sync.WaitGroup
	running.Go(func() {
		loop := scheduler.Loop{Store: s, Hints: often{}, Holder: "test", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		if err := loop.Run(ctx); err != nil {
			w.t.Error(err)
		}
	})
	running.Go(func() { w.execute(ctx) })
	running.Go(func() { _ = flows.Run(ctx) }) // it only ends with ctx
	w.stop = func() {
		cancel()
		running.Wait()
		if err := errors.Join(flows.Close(), s.Close()); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) createApp(ctx context.Context) {
	w.t.Helper()
	repo, err := paas.ParseRepoURL("https://example.test/shop.git")
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.store.Write(ctx, func(tx *store.Tx) error {
		team, err := tx.InsertTeam("acme")
		if err != nil {
			return err
		}
		w.app, err = tx.InsertApp(paas.App{TeamID: team.ID, TeamName: team.Name, Name: "shop", Repo: repo})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.SaveNode(ctx, paas.Node{Name: "one", State: paas.NodeReady,
		Capacity: paas.Resources{CPUMillis: 4000, MemoryBytes: 8 << 30, DiskBytes: 100 << 30}}); err != nil {
		w.t.Fatal(err)
	}
}

// deploy asks for a deployment of the kind, as control does.
func (w *world) deploy(kind paas.DeploymentKind) paas.Deployment {
	w.t.Helper()
	return w.deployWith(kind, "")
}

// deployWith is deploy with a build of a commit where the image of the release is gone.
func (w *world) deployWith(kind paas.DeploymentKind, commit paas.Ref) paas.Deployment {
	w.t.Helper()
	var d paas.Deployment
	err := w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		app, err := tx.LockApp(w.app.Name)
		if err != nil {
			return err
		}
		d = paas.Deployment{AppID: app.ID, AppName: app.Name, TeamID: app.TeamID, Kind: kind, PreviousID: app.LiveID, Actor: "Ada"}
		if kind == paas.KindDeploy || commit != "" {
			b, err := tx.InsertBuild(paas.Build{AppID: app.ID, Ref: commit})
			if err != nil {
				return err
			}
			d.BuildID = b.ID
		}
		if kind == paas.KindRollback {
			d.TargetID = app.LiveID
		}
		d, err = tx.InsertDeployment(d)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// waitForWorkflows waits until the workflows of a deployment and its build have ended, which is a moment after it is live.
func (w *world) waitForWorkflows(t *testing.T, d paas.Deployment) {
	t.Helper()
	sqlite, _ := w.store.SystemDB()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	for range (often{}).Watch(ctx) {
		n := 0
		err := sqlite.QueryRowContext(ctx, "SELECT COUNT(*) FROM workflow_status WHERE status = 'SUCCESS' AND workflow_uuid IN (?, ?)",
			fmt.Sprintf("deployment-%d", d.ID), fmt.Sprintf("build-%d", d.BuildID)).Scan(&n)
		if err == nil && n == 2 {
			return
		}
	}
	t.Fatalf("the workflows of deployment %d did not end", d.ID)
}

// endWorkflow writes that the deployment's workflow has failed, without a word in the deployment's row.
func (w *world) endWorkflow(id int64) {
	w.t.Helper()
	sqlite, _ := w.store.SystemDB()
	if _, err := sqlite.ExecContext(w.t.Context(), "UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = ?",
		fmt.Sprintf("deployment-%d", id)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) cancel(id int64) {
	w.t.Helper()
	if _, err := w.store.ChangeDeployment(w.t.Context(), id, func(d *paas.Deployment) (string, error) {
		d.CancelAsked = time.Now()
		return "", nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

// wait returns the deployment once it is in one of the states; it fails the test with the last one seen.
func (w *world) wait(id int64, states ...paas.State) paas.Deployment {
	w.t.Helper()
	var last paas.Deployment
	ctx, stop := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer stop()
	for range (often{}).Watch(ctx) {
		d, err := w.store.Deployment(ctx, id)
		if err != nil {
			break
		}
		for _, s := range states {
			if d.State == s {
				return d
			}
		}
		last = d
	}
	w.t.Fatalf("deployment %d is %s (%+v), want one of %v", id, last.State, last.Diagnosis, states)
	return last
}

// execute is an executor and an edge: what is placed runs and gets ready, what is to stop ends.
func (w *world) execute(ctx context.Context) {
	node := int64(1)
	for range (often{}).Watch(ctx) {
		rows, err := w.store.NodeTasks(ctx, node, 0, false)
		if err != nil {
			continue
		}
		for _, t := range rows.Tasks {
			// A refused report is one about a row that moved on meanwhile; the next look sees it.
			_ = w.store.ReportTask(ctx, w.next(t))
		}
		if _, version, err := w.store.Routes(ctx); err == nil {
			_ = w.store.ReportRoutes(ctx, "edge", version)
		}
		_ = w.store.Heartbeat(ctx, node, "")
	}
}

func (w *world) next(t paas.Task) paas.TaskReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	r := paas.TaskReport{TaskID: t.ID, Fence: t.Fence, At: now}
	switch d := w.crash[t.Process]; {
	case t.Stop:
		r.State, r.Reason, r.FinishedAt = paas.TaskFinished, paas.ReasonScaledDown, now
	case d != nil && t.State != paas.TaskRunning: // what runs already goes on
		r.State, r.Reason, r.Diagnosis, r.ExitCode, r.FinishedAt = paas.TaskFinished, paas.ReasonFailed, d, 3, now
	case t.Spec.Once, w.ends[t.Process] && t.State != paas.TaskRunning:
		r.State, r.Reason, r.FinishedAt = paas.TaskFinished, paas.ReasonNormal, now
	default:
		r.State, r.Ready, r.Address = paas.TaskRunning, true, fmt.Sprintf("10.0.0.%d:8080", t.ID)
		r.StartedAt = t.StartedAt
		if r.StartedAt.IsZero() {
			r.StartedAt = now
		}
	}
	return r
}

// often hints every few milliseconds, whatever the topic.
type often struct{}

func (often) Watch(ctx context.Context, _ ...paas.Topic) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		defer close(c)
		timer := time.NewTicker(20 * time.Millisecond)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			select {
			case <-ctx.Done():
				return
			case c <- struct{}{}:
			}
		}
	}()
	return c
}

// bakery bakes what it is told to, and waits in Bake while its gate is closed.
type bakery struct {
	mu      sync.Mutex
	image   string
	err     error
	gate    chan struct{} // nil is open
	plan    paas.Plan
	started int
	order   flow.Order // the last one
}

func (b *bakery) ordered() (o flow.Order) {
	b.set(func(b *bakery) { o = b.order })
	return o
}

func (b *bakery) Inspect(context.Context, flow.Source, func(string)) (flow.Inspected, error) {
	return flow.Inspected{Plan: b.plan, Branches: []string{"main"}}, b.err
}

func (b *bakery) Bake(ctx context.Context, order flow.Order, report flow.Report) (flow.Baked, error) {
	b.mu.Lock()
	b.started++
	b.order = order
	gate, err, image, plan := b.gate, b.err, b.image, b.plan
	b.mu.Unlock()
	if len(plan.Processes) == 0 {
		plan.Processes = []paas.Process{{Name: paas.WebProcess}}
	}
	report.State(paas.BuildBuilding)
	report.Line(paas.Log{Text: "building " + image})
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return flow.Baked{}, context.Cause(ctx)
		}
	}
	return flow.Baked{Image: image, Key: image, Plan: plan}, err
}

// waitForBakes waits until so many bakes were started.
func (b *bakery) waitForBakes(t *testing.T, n int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	started := 0
	for range (often{}).Watch(ctx) {
		b.set(func(b *bakery) { started = b.started })
		if started >= n {
			return
		}
	}
	t.Fatalf("%d bakes were started, want %d", started, n)
}

func (b *bakery) set(change func(*bakery)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

// logs keeps lines in memory.
type logs struct {
	mu    sync.Mutex
	lines map[paas.Topic][]paas.Log
}

func (l *logs) LastLog(_ context.Context, topic paas.Topic) (int64, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.lines[topic])), "", nil
}

func (l *logs) AppendLogs(_ context.Context, topic paas.Topic, lines []paas.Log, _ string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines == nil {
		l.lines = map[paas.Topic][]paas.Log{}
	}
	l.lines[topic] = append(l.lines[topic], lines...)
	return nil
}

// plain seals nothing; the store's own tests prove the sealing.
type plain struct{}

func (plain) NewKey(string) ([]byte, error) { return []byte("key"), nil }
func (plain) Seal(_ []byte, _ string, p []byte, _ ...string) ([]byte, error) {
	return append([]byte("sealed:"), p...), nil
}
func (plain) Open(_ []byte, _ string, sealed []byte, _ ...string) ([]byte, error) {
	return sealed[len("sealed:"):], nil
}
func (plain) Fingerprint(_ []byte, _ string, p []byte) (string, error) {
	return fmt.Sprintf("%x", len(p)), nil
}
