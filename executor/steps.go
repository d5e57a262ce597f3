package executor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

const (
	// routeSettle is how long the edges may take to hear that a task is stopping. Only then no new request can come, and
	// draining means something. They are told at once; Kubernetes' users write a preStop sleep for the same reason.
	routeSettle = 300 * time.Millisecond
	// drainLimit is how long requests under way may take to end before SIGTERM.
	drainLimit = 10 * time.Second
	// startTries is how often an engine that fails to start a task is asked again before the task is given up.
	startTries = 5
	// flushLimit is how long an ended container is kept for output that cannot be stored.
	flushLimit = 10 * time.Minute
	flushPause = 200 * time.Millisecond
)

// attempt counts failed starts of one placement.
type attempt struct {
	fence int64
	tries int
}

// do makes the step and returns how long to wait before the next look.
func (w *worker) do(ctx context.Context, next step, t paas.Task, c *engine.Container) (time.Duration, error) {
	a := w.agent
	switch next {
	case stepStart:
		return settleAgain, w.start(ctx, t)
	case stepAdopt:
		return settleAgain, w.adopt(ctx, t, *c)
	case stepProbe:
		return w.ready(ctx, t, *c)
	case stepCalm:
		return settleAgain, w.calm(ctx, t)
	case stepStop:
		return settleAgain, w.stop(ctx, t)
	case stepReplace:
		return settleAgain, w.replace(ctx, t)
	case stepVanish:
		return settleAgain, w.report(ctx, t, vanished(t))
	case stepFinish:
		return w.finish(ctx, t, c)
	case stepRemove:
		return w.remove(ctx, t, *c)
	case stepYield:
		a.Wake()
		return retryLast, nil
	}
	return retryLast, nil
}

// start makes and starts the container. The row says "starting" before the engine is asked, so that nobody wonders what
// the container is for.
func (w *worker) start(ctx context.Context, t paas.Task) error {
	a := w.agent
	select { // wait for a turn
	case a.starts <- struct{}{}:
		defer func() { <-a.starts }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if t.State != paas.TaskStarting {
		if err := w.report(ctx, t, paas.TaskReport{State: paas.TaskStarting}); err != nil {
			return err
		}
	}
	reading, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	env, err := a.Store.TaskEnv(reading, t)
	if err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	s := a.spec(t, env)
	var c engine.Container
	err = a.Engine.EnsureNetwork(ctx, s.Network)
	if err == nil {
		c, err = a.Engine.Start(ctx, s)
	}
	switch {
	case err == nil && c.Status == engine.Running:
		w.started = attempt{}
		return w.adopt(ctx, t, c)
	case err == nil, errors.Is(err, engine.ErrOtherFence): // it has ended already, or is another's: the next look sees
		return nil
	case errors.Is(err, engine.ErrImageMissing), errors.Is(err, engine.ErrNoCommand), errors.Is(err, engine.ErrRefused), w.exhausted(t.Fence):
		return w.report(ctx, t, refused(t, err))
	}
	return err
}

// exhausted counts a failed start and reports whether it was the last try.
func (w *worker) exhausted(fence int64) bool {
	if w.started.fence != fence {
		w.started = attempt{fence: fence}
	}
	w.started.tries++
	return w.started.tries >= startTries
}

// spec translates a row for the engine.
func (a *Agent) spec(t paas.Task, env map[string]string) engine.Spec {
	return engine.Spec{
		Task: t.ID, Fence: t.Fence, Team: t.TeamName, App: t.AppName, Release: t.Release, Process: t.Process,
		Network: engine.Network{Team: t.TeamID, Environment: a.Environment},
		Image:   t.Image, Args: t.Spec.Args, Env: env, Port: t.Spec.Port, Resources: booked(t), StartCPU: startCPU(t),
		User: t.Spec.User, Writable: t.Spec.WritableRoot,
	}
}

// booked is what the task has been placed with.
func booked(t paas.Task) paas.Resources { return t.Resources.Or(paas.DefaultResources) }

// startCPU is the CPU limit of a program until it is ready, in thousandths of a core: twice its own, at least a whole
// core. A runtime that loads and compiles itself needs more than the program does later; at half a core a small Node.js
// or Java server takes twice as long until its first answer. Cloud Run's start-up CPU boost does the same. A program
// that runs once never is ready and keeps to its own limit.
func startCPU(t paas.Task) int64 {
	own := booked(t).CPUMillis
	if t.Spec.Once {
		return own
	}
	return max(2*own, 1000)
}

// calm ends the start: from now on the program has the CPU it has booked.
func (w *worker) calm(ctx context.Context, t paas.Task) error {
	err := w.agent.Engine.Limit(ctx, t.ID, booked(t).CPUMillis)
	if errors.Is(err, engine.ErrGone) { // it has ended: the next look sees
		return nil
	}
	return err
}

// adopt reports that the container runs, whoever started it: this agent a moment ago or one that was killed since.
func (w *worker) adopt(ctx context.Context, t paas.Task, c engine.Container) error {
	w.probe = probing{}
	r := paas.TaskReport{State: paas.TaskRunning, StartedAt: c.StartedAt}
	if t.Spec.Port > 0 {
		r.Address = net.JoinHostPort(c.IP, strconv.Itoa(t.Spec.Port))
	}
	return w.report(ctx, t, r)
}

// stop ends the program: no new requests, the ones under way end, SIGTERM, and after its grace SIGKILL. The next look
// finds the container ended.
func (w *worker) stop(ctx context.Context, t paas.Task) error {
	a := w.agent
	if t.State != paas.TaskStopping && t.State != paas.TaskFinished {
		if err := w.report(ctx, t, paas.TaskReport{State: paas.TaskStopping}); err != nil {
			return err
		}
	}
	if t.Address != "" && a.Drainer != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(routeSettle):
		}
		draining, cancel := context.WithTimeout(ctx, drainLimit)
		err := a.Drainer.Drain(draining, t.Address)
		cancel()
		if err != nil && ctx.Err() == nil { // a request that never ends must not keep the task alive
			a.Log.WarnContext(ctx, "drain", "task", t.ID, "address", t.Address, "error", err)
		}
	}
	if err := a.Engine.Stop(ctx, t.ID, grace(t)); err != nil && !errors.Is(err, engine.ErrGone) {
		return err
	}
	return nil
}

// replace takes the container of an older placement away: the node was thought lost, or this agent was.
func (w *worker) replace(ctx context.Context, t paas.Task) error {
	w.endShipping()
	if err := w.agent.Engine.Stop(ctx, t.ID, grace(t)); err != nil && !errors.Is(err, engine.ErrGone) {
		return err
	}
	return w.agent.Engine.Remove(ctx, t.ID)
}

// finish reports how the task ended. With the end of a task that a signal from outside ended it waits a moment: when
// the engine goes down, its tasks go first.
func (w *worker) finish(ctx context.Context, t paas.Task, c *engine.Container) (time.Duration, error) {
	if c == nil {
		c = &engine.Container{EndedAt: time.Now().UTC()}
	}
	if endedFromOutside(t, *c) {
		if w.agent.outage.covers(c.EndedAt) {
			return settleAgain, w.report(ctx, t, withEngine(t, *c))
		}
		if wait := outageNotice - time.Since(c.EndedAt); wait > 0 && c.ExitCode != 0 {
			return wait, nil
		}
	}
	return settleAgain, w.report(ctx, t, outcome(t, *c, w.probe.listened, w.tail(ctx, t)))
}

// tail is the evidence of a diagnosis; without it there is still a diagnosis.
func (w *worker) tail(ctx context.Context, t paas.Task) []string {
	logs, err := w.agent.Engine.Tail(ctx, t.ID, evidenceLines)
	if err != nil && !errors.Is(err, engine.ErrGone) && ctx.Err() == nil {
		w.agent.Log.WarnContext(ctx, "read last lines", "task", t.ID, "error", err)
	}
	text := make([]string, len(logs))
	for i, l := range logs {
		text[i] = clip(l.Text)
	}
	return text
}

// evidenceBytes bounds one line of evidence.
const evidenceBytes = 500

func clip(s string) string {
	if len(s) <= evidenceBytes {
		return s
	}
	end := evidenceBytes
	for end > 0 && s[end]&0xC0 == 0x80 { // not in the middle of a character
		end--
	}
	return s[:end] + "…"
}

// remove deletes the container of a task that is over, once all its output is stored.
func (w *worker) remove(ctx context.Context, t paas.Task, c engine.Container) (time.Duration, error) {
	if !w.shipped() {
		if time.Since(c.EndedAt) < flushLimit {
			return flushPause, nil
		}
		w.agent.Log.ErrorContext(ctx, "output could not be stored and is given up", "task", t.ID)
		w.endShipping()
	}
	return settleAgain, w.agent.Engine.Remove(ctx, t.ID)
}
