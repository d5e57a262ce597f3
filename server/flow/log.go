package flow

import (
	"context"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// logEvery is how long a line of build output may wait for others before it is stored and shown.
const logEvery = 100 * time.Millisecond

// buildLog collects a build's output and stores it in batches from one goroutine.
type buildLog struct {
	logs  Logs
	topic paas.Topic
	now   func() time.Time

	mu    sync.Mutex
	next  int64
	lines []paas.Log
	err   error

	stop chan struct{}
	done chan struct{}
}

// openLog continues the log of a build where it ended; close must be called.
func (f *Flows) openLog(ctx context.Context, topic paas.Topic) (*buildLog, error) {
	last, _, err := f.Logs.LastLog(ctx, topic)
	if err != nil {
		return nil, err
	}
	l := &buildLog{logs: f.Logs, topic: topic, now: f.Now, next: last + 1, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		timer := time.NewTicker(logEvery)
		defer timer.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-timer.C:
				l.flush(ctx)
			}
		}
	}()
	return l, nil
}

// add takes one line; its number is given here.
func (l *buildLog) add(line paas.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line.At.IsZero() {
		line.At = l.now()
	}
	line.Seq = l.next
	l.next++
	l.lines = append(l.lines, line)
}

// say adds a line of Slipway's own.
func (l *buildLog) say(text string) { l.add(paas.Log{Stream: "slipway", Text: text}) }

func (l *buildLog) flush(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 || l.err != nil {
		return
	}
	if l.err = l.logs.AppendLogs(ctx, l.topic, l.lines, ""); l.err == nil {
		l.lines = nil
	}
}

// close stores the rest and reports the first failure to store any of it.
func (l *buildLog) close(ctx context.Context) error {
	close(l.stop)
	<-l.done
	l.mu.Lock()
	l.err = nil // one more try with everything that is left
	l.mu.Unlock()
	l.flush(ctx)
	return l.err
}
