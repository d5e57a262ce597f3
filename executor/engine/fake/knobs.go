package fake

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
)

// Probe answers a readiness check in place of the program at the address ("ip:port").
func (e *Engine) Probe(ctx context.Context, task int64, _, _ string) engine.Answer {
	if err := e.enter(ctx, task); err != nil {
		return engine.Answer{Error: err.Error()}
	}
	defer e.mu.Unlock()
	c := e.containers[task]
	switch {
	case c == nil || c.Status != engine.Running || c.does.NeverReady || time.Since(c.StartedAt) < c.does.ReadyAfter:
		return engine.Answer{Error: "connection refused"}
	case c.does.Status != 0:
		return engine.Answer{Connected: true, Status: c.does.Status, Excerpt: "fake"}
	}
	return engine.Answer{Connected: true, Status: 200}
}

// Change makes a running task behave differently from now on: get unready, hang, ignore SIGTERM.
func (e *Engine) Change(task int64, change func(*Behaviour)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.containers[task]; c != nil {
		change(&c.does)
	}
}

// Exit ends a running task as if its program had ended.
func (e *Engine) Exit(task int64, code int) { e.kill(task, code, false) }

// OutOfMemory ends a running task as the kernel does at its memory limit.
func (e *Engine) OutOfMemory(task int64) { e.kill(task, 137, true) }

func (e *Engine) kill(task int64, code int, memory bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.containers[task]; c != nil {
		e.end(c, code, memory)
	}
}

// Say makes a running task print lines.
func (e *Engine) Say(task int64, lines ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.containers[task]; c != nil {
		for _, line := range lines {
			c.say(line)
		}
		c.change()
	}
}

// Hang makes every call hang until its deadline, or work again.
func (e *Engine) Hang(hang bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hanging = hang
}

// Trouble makes Info report a problem; "" ends it.
func (e *Engine) Trouble(problem string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.problem = problem
}

// Forget drops every container without a word, as an engine whose data was wiped.
func (e *Engine) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for task := range e.containers {
		e.forget(task)
	}
}

// Restart does what a restart of dockerd does: every task is killed and whoever watches is cut off.
func (e *Engine) Restart() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.containers {
		e.end(c, 137, false)
	}
	for w := range e.watchers {
		close(w.broken)
		delete(e.watchers, w)
	}
}

// Starts says how often a container of the task was really started.
func (e *Engine) Starts(task int64) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.starts[task]
}
