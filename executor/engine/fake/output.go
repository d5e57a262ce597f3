package fake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

func (c *container) say(text string) {
	c.lines = append(c.lines, paas.Log{At: time.Now().UTC(), Stream: "out", Text: text})
}

// Logs implements engine.Engine. A position's offset is a number of lines.
func (e *Engine) Logs(ctx context.Context, task int64, from engine.Position, each func(engine.Batch) error) error {
	at := int(from.Offset)
	for {
		if err := e.enter(ctx, task); err != nil {
			return err
		}
		c := e.containers[task]
		if c == nil {
			e.mu.Unlock()
			return fmt.Errorf("task %d: %w", task, engine.ErrGone)
		}
		fresh, ended, changed := slices.Clone(c.lines[min(at, len(c.lines)):]), c.Status == engine.Ended, c.changed
		e.mu.Unlock()
		for len(fresh) > 0 {
			n, bytes := 0, 0
			for n < len(fresh) && bytes < engine.BatchBytes {
				bytes += len(fresh[n].Text) + 1
				n++
			}
			at += n
			if err := each(engine.Batch{Lines: fresh[:n], Next: engine.Position{File: "fake", Offset: int64(at)}}); err != nil {
				return err
			}
			fresh = fresh[n:]
		}
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Tail implements engine.Engine.
func (e *Engine) Tail(ctx context.Context, task int64, n int) ([]paas.Log, error) {
	if err := e.enter(ctx, task); err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	c := e.containers[task]
	if c == nil {
		return nil, fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return slices.Clone(c.lines[max(0, len(c.lines)-n):]), nil
}

// Listeners implements engine.Engine.
func (e *Engine) Listeners(ctx context.Context, task int64) ([]engine.Listener, error) {
	if err := e.enter(ctx, task); err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	c := e.containers[task]
	if c == nil || c.Status != engine.Running {
		return nil, fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return slices.Clone(c.does.Listens), nil
}

// watcher holds the hints one Watch has not given yet; more than it can hold become one "look at everything".
type watcher struct {
	hints  chan int64
	broken chan struct{} // closed when the engine goes down
}

// Watch implements engine.Engine.
func (e *Engine) Watch(ctx context.Context, hint func(task int64)) error {
	w := &watcher{hints: make(chan int64, 1024), broken: make(chan struct{})}
	e.mu.Lock()
	e.watchers[w] = struct{}{}
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.watchers, w)
		e.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.broken:
			return errors.New("fake engine: the stream of events broke")
		case task := <-w.hints:
			hint(task)
		}
	}
}

// notify tells the watchers; e.mu is held. A full watcher is told nothing more: what it holds makes its owner look.
func (e *Engine) notify(task int64) {
	for w := range e.watchers {
		select {
		case w.hints <- task:
		default:
		}
	}
}
