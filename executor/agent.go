// Package executor is the agent of one node: it carries out each task that the scheduler placed here on the node's
// engine, and reports every observed change once.
//
// Each task has a worker that repeats three things: look (the row and the container), decide one step (a pure
// function), do it. Nothing is remembered only in memory; a restarted agent adopts what runs. A task that hangs holds
// up only its own worker.
package executor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// The agent's times, beside those of the contract.
const (
	passEvery      = 10 * time.Second // rows against engine, when no hint came before
	heartbeatEvery = 5 * time.Second  // SwarmKit's period
	storeDeadline  = 10 * time.Second
	watchPause     = time.Second // before watching the engine again
)

// maxStarts bounds how many containers are started at the same time: an engine that creates many at once gets slower
// for each.
const maxStarts = 8

// Config is what an agent is made of.
type Config struct {
	Engine      engine.Engine
	Store       Store
	Logs        Logs
	Drainer     Drainer
	Prober      Prober // nil means HTTP
	Hints       Hints  // nil means that only the engine's hints and the regular pass wake the agent
	Name        string // of the node; "" is the engine's host name
	Environment string // "" is engine.DefaultEnvironment
	// Reserved is kept for the machine itself and for builds; zero fields take the defaults of reserve.
	Reserved paas.Resources
	// CPUFactor is how many times each core is given out: a web app waits most of its time. 0 means DefaultCPUFactor.
	// Memory is never given out twice.
	CPUFactor int64
	Log       *slog.Logger
}

// DefaultCPUFactor suits web apps.
const DefaultCPUFactor = 4

// Agent runs the tasks of one node.
type Agent struct {
	Config
	starts chan struct{} // holds a token for each start under way
	wake   chan struct{}
	outage outage

	mu      sync.Mutex
	workers map[int64]*worker
	over    map[int64]int64 // task → fence, of tasks that ended here since the last pass
	group   sync.WaitGroup
	node    paas.Node
	seen    seen // belongs to loop alone
}

// New makes an agent; Run starts it.
func New(c Config) *Agent {
	c.Environment = cmp.Or(c.Environment, engine.DefaultEnvironment)
	c.CPUFactor = cmp.Or(c.CPUFactor, DefaultCPUFactor)
	if c.Prober == nil {
		c.Prober = NewHTTPProber()
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Agent{Config: c, starts: make(chan struct{}, maxStarts), wake: make(chan struct{}, 1), workers: map[int64]*worker{}, over: map[int64]int64{}}
}

// Wake makes the agent look at all its rows now.
func (a *Agent) Wake() {
	select {
	case a.wake <- struct{}{}:
	default: // it has not looked yet since the last wake
	}
}

// Run registers the node and works until ctx ends. The containers go on running; the next Run adopts them.
func (a *Agent) Run(ctx context.Context) error {
	if !a.join(ctx) {
		return nil // told to end before it began
	}
	var loops sync.WaitGroup
	loops.Go(func() { a.heartbeats(ctx) })
	loops.Go(func() { a.watch(ctx) })
	a.loop(ctx)
	loops.Wait()
	a.group.Wait()
	return nil
}

// loop makes a pass at every wake-up.
func (a *Agent) loop(ctx context.Context) {
	var hints <-chan struct{}
	if a.Hints != nil {
		hints = a.Hints.Watch(ctx, paas.Topic(fmt.Sprintf("work:%d", a.node.ID)))
	}
	timer := time.NewTimer(phase(a.node.ID, passEvery))
	defer timer.Stop()
	look := everything
	for {
		if err := a.pass(ctx, look); err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "look at the node's tasks", "error", err) // the next pass starts from the records
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
			look = everything
		case <-hints:
			look = changedRows
		case <-timer.C:
			timer.Reset(passEvery)
			look = compared
		}
	}
}

// phase is when a node does for the first time what it does every so often: nodes that began together, as after an upgrade,
// must not write to the database together for ever after. Multiples of the golden ratio spread any run of ids evenly.
func phase(node int64, every time.Duration) time.Duration {
	_, part := math.Modf(float64(node) * math.Phi)
	return time.Duration(part * float64(every))
}

// orphan stands for a task that is over by the records: its container is stopped, its output kept, then it is removed.
func orphan(task, fence int64) paas.Task {
	return paas.Task{ID: task, Fence: fence, State: paas.TaskFinished, Stop: true}
}

// offer gives a task's worker a row, and makes the worker if there is none. A row that was read before its task was
// finished here is out of date.
func (a *Agent) offer(ctx context.Context, t paas.Task) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.workers[t.ID]
	switch fence, over := a.over[t.ID]; {
	case w != nil && t.State == paas.TaskFinished: // dismiss has told it
	case w != nil:
		w.offer(t)
	case over && t.Fence <= fence && t.State != paas.TaskFinished:
	default:
		w = &worker{agent: a, task: t, changed: make(chan struct{}, 1)}
		a.workers[t.ID] = w
		a.group.Go(func() { w.run(ctx) })
	}
}

// dismiss tells a task's worker that the task is over by the records, and forgets that it is over here.
func (a *Agent) dismiss(task int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.workers[task]; w != nil {
		if t := w.latest(); t.State != paas.TaskFinished {
			t.State, t.Stop = paas.TaskFinished, true
			w.offer(t)
		}
	}
	delete(a.over, task)
}

// dismissOthers dismisses all tasks that no row was seen of.
func (a *Agent) dismissOthers() {
	a.mu.Lock()
	var gone []int64
	for id := range a.workers {
		if _, wanted := a.seen.versions[id]; !wanted {
			gone = append(gone, id)
		}
	}
	for id := range a.over {
		if _, wanted := a.seen.versions[id]; !wanted {
			gone = append(gone, id)
		}
	}
	a.mu.Unlock()
	for _, id := range gone {
		a.dismiss(id)
	}
}

// leave takes a worker off the list, unless it was given a row meanwhile.
func (a *Agent) leave(w *worker) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.hasNews() {
		return false
	}
	t := w.latest()
	delete(a.workers, t.ID)
	a.over[t.ID] = t.Fence
	return true
}

// watch passes the engine's hints on.
func (a *Agent) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.Engine.Watch(ctx, a.hint)
		if err != nil && ctx.Err() == nil {
			a.outage.begin(time.Now())
			a.Log.WarnContext(ctx, "watch the engine", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchPause):
			a.hint(0) // something may have been missed
		}
	}
}

func (a *Agent) hint(task int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.workers[task]; w != nil {
		w.poke()
	} else if task == 0 {
		for _, w := range a.workers {
			w.poke()
		}
	}
}
