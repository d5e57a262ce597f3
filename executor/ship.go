package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// appendDeadline is how long storing one batch may take before it is tried again.
const appendDeadline = 10 * time.Second

// shipping is the following of one container's output.
type shipping struct {
	fence  int64
	cancel context.CancelFunc
	done   chan struct{}
	whole  bool // everything was stored; read after done is closed
}

// ship begins to follow the container's output, unless that was begun.
func (w *worker) ship(ctx context.Context, t paas.Task) {
	if w.agent.Logs == nil || w.shipping != nil && w.shipping.fence == t.Fence {
		return
	}
	w.endShipping()
	w.shipping = w.agent.follow(ctx, t.ID, t.Fence, w.poke)
}

// follow ships a task's output in the background, and tells when that is over.
func (a *Agent) follow(ctx context.Context, task, fence int64, over func()) *shipping {
	ctx, cancel := context.WithCancel(ctx)
	s := &shipping{fence: fence, cancel: cancel, done: make(chan struct{})}
	go func() { // awaitShipping waits for it
		defer close(s.done)
		s.whole = a.shipTask(ctx, task)
		over()
	}()
	return s
}

// shipped reports whether all output of the ended container is stored.
func (w *worker) shipped() bool {
	if w.agent.Logs == nil {
		return true
	}
	if w.shipping == nil {
		return false
	}
	select {
	case <-w.shipping.done:
		return w.shipping.whole
	default:
		return false
	}
}

func (w *worker) endShipping() {
	if w.shipping != nil {
		w.shipping.cancel()
		w.awaitShipping()
		w.shipping = nil
	}
}

func (w *worker) awaitShipping() {
	if w.shipping != nil {
		<-w.shipping.done
		w.shipping.cancel()
	}
}

// shipTask follows a task's output into the store until the container has ended and all is stored (true), the
// container is gone (true), or ctx ends (false). What fails is begun again from the last stored line.
func (a *Agent) shipTask(ctx context.Context, task int64) bool {
	topic := paas.Topic(fmt.Sprintf("logs:task:%d", task))
	for pause := retryFirst; ; pause = min(2*pause, retryLast) {
		stored, err := a.shipFrom(ctx, topic, task)
		if stored > 0 {
			pause = retryFirst
		}
		if err == nil || errors.Is(err, engine.ErrGone) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		a.Log.WarnContext(ctx, "ship output", "task", task, "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

// shipFrom goes on after the last stored batch and returns how many it stored.
func (a *Agent) shipFrom(ctx context.Context, topic paas.Topic, task int64) (stored int, err error) {
	asking, cancel := context.WithTimeout(ctx, appendDeadline)
	seq, pos, err := a.Logs.LastLog(asking, topic)
	cancel()
	if err != nil {
		return 0, fmt.Errorf("find the last stored line: %w", err)
	}
	from, err := engine.ParsePosition(pos)
	if err != nil {
		return 0, err
	}
	var numbered []paas.Log
	err = a.Engine.Logs(ctx, task, from, func(b engine.Batch) error {
		numbered = numbered[:0]
		if b.Gap {
			numbered = append(numbered, gapLine(b.Lines[0].At))
		}
		numbered = append(numbered, b.Lines...)
		for i := range numbered {
			seq++
			numbered[i].Seq = seq
		}
		storing, cancel := context.WithTimeout(ctx, appendDeadline)
		defer cancel()
		if err := a.Logs.AppendLogs(storing, topic, numbered, b.Next.String()); err != nil {
			return err
		}
		stored++
		return nil
	})
	return stored, err
}

// gapLine says in the log itself that lines are missing, as Heroku's Logplex does.
func gapLine(at time.Time) paas.Log {
	return paas.Log{At: at, Stream: "slipway", Text: "Lines are missing here: the app printed faster than its output could be kept."}
}
