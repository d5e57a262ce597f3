package fake

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web"
)

// Bus carries hints and logs in memory.
type Bus struct {
	mu      sync.Mutex
	logs    map[paas.Topic][]paas.Log
	changed chan struct{} // closed and replaced when a log grows
	hints   map[*hints]bool
}

// NewBus makes an empty bus.
func NewBus() *Bus {
	return &Bus{logs: map[paas.Topic][]paas.Log{}, changed: make(chan struct{}), hints: map[*hints]bool{}}
}

// Append adds lines to a log and numbers them.
func (b *Bus) Append(topic paas.Topic, lines ...paas.Log) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range lines {
		l.Seq = int64(len(b.logs[topic]) + 1)
		b.logs[topic] = append(b.logs[topic], l)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// Publish tells subscribers that the topics changed.
func (b *Bus) Publish(topics ...paas.Topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for h := range b.hints {
		if slices.ContainsFunc(topics, func(t paas.Topic) bool { return h.topics[t] }) {
			select {
			case h.wake <- struct{}{}:
			default:
			}
		}
	}
}

type hints struct {
	bus    *Bus
	topics map[paas.Topic]bool
	wake   chan struct{}
}

// Subscribe implements web.Bus, as do the methods below.
func (b *Bus) Subscribe(topics ...paas.Topic) web.Hints {
	h := &hints{bus: b, topics: map[paas.Topic]bool{}, wake: make(chan struct{}, 1)}
	b.mu.Lock()
	b.hints[h] = true
	b.mu.Unlock()
	h.Add(topics...)
	return h
}

func (h *hints) Add(topics ...paas.Topic) {
	h.bus.mu.Lock()
	defer h.bus.mu.Unlock()
	for _, t := range topics {
		h.topics[t] = true
	}
}

func (h *hints) Next(ctx context.Context) ([]paas.Topic, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.wake:
		return []paas.Topic{"changed"}, nil
	}
}

func (h *hints) Close() {
	h.bus.mu.Lock()
	defer h.bus.mu.Unlock()
	delete(h.bus.hints, h)
}

func (b *Bus) ReadLogs(_ context.Context, topic paas.Topic, from int64, limit int) ([]paas.Log, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.logs[topic]
	start := min(max(from-1, 0), int64(len(lines)))
	return lines[start:min(start+int64(limit), int64(len(lines)))], nil
}

func (b *Bus) CountLogs(_ context.Context, topic paas.Topic) (first, last int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last = int64(len(b.logs[topic]))
	return min(1, last), last, nil
}

func (b *Bus) LogsSince(_ context.Context, topic paas.Topic, since time.Time) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.logs[topic] {
		if !l.At.Before(since) {
			return l.Seq, nil
		}
	}
	return int64(len(b.logs[topic]) + 1), nil
}

func (b *Bus) FollowLogs(ctx context.Context, topic paas.Topic, from int64, fn func([]paas.Log) error) error {
	next := max(from, 1)
	for {
		b.mu.Lock()
		lines, changed := b.logs[topic], b.changed
		b.mu.Unlock()
		if int64(len(lines)) >= next {
			if err := fn(lines[next-1:]); err != nil {
				return err
			}
			next = int64(len(lines)) + 1
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

func (b *Bus) SearchLogs(_ context.Context, topic paas.Topic, query string, regex bool, from int64, limit int) (hits []paas.LogHit, err error) {
	expression, err := regexp.Compile(query)
	if regex && err != nil {
		return nil, paas.FieldErrorf("query", "This is not a regular expression: %s.", err)
	}
	lower := strings.ToLower(query)
	match := func(text string) bool { return strings.Contains(strings.ToLower(text), lower) }
	if regex {
		match = expression.MatchString
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.logs[topic] {
		if l.Seq >= from && len(hits) < limit && match(l.Text) {
			hits = append(hits, paas.LogHit{Seq: l.Seq, At: l.At})
		}
	}
	return hits, nil
}

func (b *Bus) WriteLogs(_ context.Context, topic paas.Topic, w io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all strings.Builder
	for _, l := range b.logs[topic] {
		fmt.Fprintf(&all, "%s %s\n", l.At.UTC().Format("2006-01-02T15:04:05.000Z"), l.Text)
	}
	_, err := io.WriteString(w, all.String())
	return err
}
