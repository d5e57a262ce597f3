package executor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// How long a worker waits before its next look.
const (
	retryFirst  = 500 * time.Millisecond // after a call that failed, doubled up to retryLast
	retryLast   = 10 * time.Second
	settlePause = 10 * time.Millisecond // at least
	settleAgain = 0 * time.Second       // at once: the last step changed something
)

// maxSteps bounds how many steps a worker makes without a pause. A whole life takes fewer; more means that the engine
// says one thing and does another.
const maxSteps = 12

// worker takes one task from where it is to where it should be.
type worker struct {
	agent   *Agent
	changed chan struct{} // holds a token when there is a reason to look again

	mu   sync.Mutex
	task paas.Task // the newest row, with what was reported since
	news bool      // a row came since the last look

	// What follows belongs to run alone.
	retry    time.Duration
	probe    probing
	shipping *shipping
	started  attempt
}

// offer gives the worker a newer row.
func (w *worker) offer(t paas.Task) {
	w.mu.Lock()
	w.task, w.news = merge(w.task, t), true
	w.mu.Unlock()
	w.poke()
}

// merge brings a row and what was reported since it was read together: the row says what is wanted, and of two states
// the later wins.
func merge(mine, row paas.Task) paas.Task {
	if row.Fence != mine.Fence || paas.LaterTask(mine.State, row.State) == row.State {
		if row.Fence < mine.Fence && mine.State != paas.TaskFinished {
			return mine // read before the placement we know
		}
		if row.State == mine.State && row.State == paas.TaskRunning {
			row.Ready, row.ReadyAt = mine.Ready, later(mine.ReadyAt, row.ReadyAt) // only this worker reports readiness
		}
		return row
	}
	mine.Stop = mine.Stop || row.Stop
	return mine
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w *worker) poke() {
	select {
	case w.changed <- struct{}{}:
	default: // it has not looked yet since the last one
	}
}

func (w *worker) latest() paas.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.task
}

func (w *worker) hasNews() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.news
}

// look takes the newest row.
func (w *worker) look() paas.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news = false
	return w.task
}

// run repeats look, decide, do until the task is over and its container gone, or ctx ends.
func (w *worker) run(ctx context.Context) {
	defer w.awaitShipping()
	for steps := 0; ; {
		pause, over := w.once(ctx)
		if over && w.agent.leave(w) {
			return
		}
		if steps++; pause == settleAgain && !over && steps < maxSteps && ctx.Err() == nil {
			continue
		}
		pause = max(pause, settlePause)
		steps = 0
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// once makes one step. It returns how long to wait before the next, and whether there is nothing more to do.
func (w *worker) once(ctx context.Context) (pause time.Duration, over bool) {
	t := w.look()
	var c *engine.Container
	switch found, err := w.agent.Engine.Inspect(ctx, t.ID); {
	case err == nil:
		c = &found
	case !errors.Is(err, engine.ErrGone):
		return w.failed(ctx, t, "inspect", err), false
	}
	next := decide(t, c)
	if next == stepNone {
		return settleAgain, true
	}
	if c != nil && c.Status != engine.Created && c.Fence == t.Fence {
		w.ship(ctx, t)
	}
	pause, err := w.do(ctx, next, t, c)
	if err != nil {
		return w.failed(ctx, t, string(next), err), false
	}
	w.retry = 0
	return pause, false
}

// failed logs and says when to try again.
func (w *worker) failed(ctx context.Context, t paas.Task, doing string, err error) time.Duration {
	if ctx.Err() == nil {
		w.agent.Log.WarnContext(ctx, "task", "task", t.ID, "app", t.AppName, "doing", doing, "error", err)
	}
	w.retry = min(max(2*w.retry, retryFirst), retryLast)
	return w.retry
}

// report sends what was observed and remembers it, so that it is sent once. When the task was placed anew it asks for
// newer rows instead.
func (w *worker) report(ctx context.Context, t paas.Task, r paas.TaskReport) error {
	r.TaskID, r.Fence, r.At = t.ID, t.Fence, time.Now().UTC()
	sending, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	if err := w.agent.Store.ReportTask(sending, r); err != nil {
		if paas.KindOf(err) == paas.Conflict || paas.KindOf(err) == paas.NotFound {
			w.agent.Wake()
		}
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if updated, _, err := r.Apply(w.task); err == nil {
		w.task = updated
	}
	return nil
}
