package executor

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// How often a program is asked whether it is ready.
const (
	firstAsk   = 10 * time.Millisecond // while it starts: a sixteenth of the time it has taken so far, from firstAsk to slowAsk
	slowAsk    = 2 * time.Second       // also while it does not answer any more
	calmAsk    = 10 * time.Second      // when it is well
	maxMisses  = 3                     // questions without an answer until traffic is taken away
	steadyTime = 2 * time.Second       // a program without a port is ready when it has run so long
)

// probing is what a worker knows of its program's readiness.
type probing struct {
	next   time.Time
	pause  time.Duration
	misses int
	// listened is whether it ever took a connection. A new agent does not know it of the time before: then a program that
	// ends with exit 0 before it was ready is judged by what was seen since.
	listened bool
}

// ready asks the program when it is time to, reports changes of its readiness, and ends a program that was not ready in
// time. It returns when to look again.
func (w *worker) ready(ctx context.Context, t paas.Task, c engine.Container) (time.Duration, error) {
	now := time.Now()
	if t.Spec.Port == 0 {
		return w.steady(ctx, t, now.Sub(c.StartedAt))
	}
	if wait := w.probe.next.Sub(now); wait > 0 {
		return wait, nil
	}
	answer, asked := w.ask(ctx, t)
	if !asked {
		return settleAgain, ctx.Err() // something changed meanwhile
	}
	p := &w.probe
	p.listened = p.listened || answer.Connected
	now = time.Now()
	switch {
	case answer.Ready():
		p.misses, p.pause = 0, calmAsk
		if !t.Ready {
			r := paas.TaskReport{State: paas.TaskRunning, Ready: true}
			if t.ReadyAt.IsZero() {
				r.ReadyAt = now.UTC()
			}
			if err := w.report(ctx, t, r); err != nil {
				return 0, err
			}
		}
	case t.ReadyAt.IsZero() && now.Sub(c.StartedAt) >= startTimeout(t):
		return settleAgain, w.giveUp(ctx, t, answer)
	case t.ReadyAt.IsZero():
		taken := now.Sub(c.StartedAt)
		p.pause = min(max(taken/16, firstAsk), slowAsk) // so that waiting adds 6 % at most
		p.pause = max(firstAsk, min(p.pause, startTimeout(t)-taken))
	default:
		p.misses, p.pause = p.misses+1, slowAsk
		if p.misses >= maxMisses && t.Ready {
			if err := w.report(ctx, t, paas.TaskReport{State: paas.TaskRunning}); err != nil {
				return 0, err
			}
		}
	}
	p.next = now.Add(p.pause)
	return p.pause, nil
}

// steady is the readiness of programs that nobody can ask.
func (w *worker) steady(ctx context.Context, t paas.Task, lived time.Duration) (time.Duration, error) {
	if t.Ready || t.Spec.Once {
		return passEvery, nil
	}
	if lived < steadyTime {
		return steadyTime - lived, nil
	}
	return passEvery, w.report(ctx, t, paas.TaskReport{State: paas.TaskRunning, Ready: true, ReadyAt: time.Now().UTC()})
}

// ask puts one question. asked is false when it was cut short because the worker has something else to look at.
func (w *worker) ask(ctx context.Context, t paas.Task) (answer engine.Answer, asked bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan engine.Answer, 1)
	task, address, path := t.ID, t.Address, t.Spec.HealthPath
	go func() { answers <- w.agent.Prober.Probe(ctx, task, address, path) }()
	select {
	case answer = <-answers:
		return answer, ctx.Err() == nil
	case <-w.changed:
		cancel()
		<-answers
		return engine.Answer{}, false
	}
}

// giveUp ends a program that was not ready in time, with the reason.
func (w *worker) giveUp(ctx context.Context, t paas.Task, answer engine.Answer) error {
	listeners, err := w.agent.Engine.Listeners(ctx, t.ID)
	if err != nil {
		w.agent.Log.InfoContext(ctx, "what the task listens on is not known", "task", t.ID, "error", err)
	}
	d := unready(t, answer, listeners, w.tail(ctx, t))
	return w.report(ctx, t, paas.TaskReport{State: paas.TaskStopping, Reason: paas.ReasonUnready, Detail: d.Cause, Diagnosis: d})
}
