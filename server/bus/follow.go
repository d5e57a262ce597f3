package bus

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/slipway-paas/slipway/server/paas"
)

const (
	// tailBytes is how much of the end of a followed log is kept in memory for all its followers, decoded. A follower
	// that is further behind reads the store.
	tailBytes = 256 << 10
	// lineBytes is what a line costs beside its text.
	lineBytes = 80
	// checkEvery is how often a follower that hears nothing looks in the store, in case an announcement was lost on the
	// way (a connection that went silent is noticed only after minutes).
	checkEvery = 5 * time.Second
)

// FollowLogs calls fn with the lines of a log from line from on, in order, first what is stored and then what comes,
// each line once, until ctx ends or fn fails; it returns that error. A slow fn is late and holds nobody. fn must not
// change the lines, which it shares with other followers. To go on later, follow from the last line's number + 1; a
// number beyond the end waits until the log gets there.
func (b *Bus) FollowLogs(ctx context.Context, topic paas.Topic, from int64, fn func([]paas.Log) error) error {
	t, err := b.tails.join(ctx, b.conn, topic)
	if err != nil {
		return err
	}
	defer b.tails.leave(t)
	check := time.NewTimer(checkEvery)
	defer check.Stop()

	next, look := max(from, 1), true // look: the store may have lines that the tail has not
	missed := 0
	for {
		end := t.since(next)
		if len(end.lines) > 0 {
			if err := fn(end.lines); err != nil {
				return err
			}
			next = end.lines[len(end.lines)-1].Seq + 1
			continue
		}
		if look || end.behind || end.missed != missed {
			look, missed = false, end.missed
			if next, err = b.catchUp(ctx, topic, next, fn); err != nil {
				return err
			}
			continue
		}
		check.Reset(checkEvery)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.changed:
		case <-check.C:
			look = true
		}
	}
}

// catchUp calls fn with the stored lines from next on, and gives the number of the line after them.
func (b *Bus) catchUp(ctx context.Context, topic paas.Topic, next int64, fn func([]paas.Log) error) (int64, error) {
	r, err := b.readFrom(ctx, topic, next)
	if err != nil {
		return next, err
	}
	for {
		lines, err := r.next(ctx)
		if err != nil || len(lines) == 0 {
			return next, err
		}
		if err := fn(lines); err != nil {
			return next, err
		}
		next = lines[len(lines)-1].Seq + 1
	}
}

// tails are the ends of the logs that someone in this process follows.
type tails struct {
	mu      sync.Mutex
	byTopic map[paas.Topic]*tail
}

// tail holds the latest lines of one log, decoded once for all followers.
type tail struct {
	topic     paas.Topic
	followers int // guarded by tails.mu
	announced *nats.Subscription

	mu      sync.Mutex
	batches [][]paas.Log // without gaps
	bytes   int
	changed chan struct{} // closed and replaced when batches change
	missed  int           // grows when lines may be stored that were not announced
	last    int64         // the highest line announced
}

// join subscribes to the announcements of a log. When it returns, every batch stored from now on will be announced.
func (ts *tails) join(ctx context.Context, conn *nats.Conn, topic paas.Topic) (*tail, error) {
	of, err := subject(storedPrefix, logTopic(topic))
	if err != nil {
		return nil, err
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.byTopic[topic]; t != nil {
		t.followers++
		return t, nil
	}
	t := &tail{topic: topic, followers: 1, changed: make(chan struct{})}
	if t.announced, err = conn.Subscribe(of, t.hear); err != nil {
		return nil, unavailable(ctx, fmt.Errorf("follow %s: %w", topic, err))
	}
	if err := flush(ctx, conn); err != nil {
		_ = t.announced.Unsubscribe() // the error that matters is the one before
		return nil, unavailable(ctx, fmt.Errorf("follow %s: %w", topic, err))
	}
	ts.byTopic[topic] = t
	return t, nil
}

func (ts *tails) leave(t *tail) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.followers--; t.followers == 0 {
		delete(ts.byTopic, t.topic)
		_ = t.announced.Unsubscribe() // fails only on a closed connection, which has no subscriptions left
	}
}

// wakeAll makes every follower look in the store.
func (ts *tails) wakeAll() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.byTopic {
		t.forget()
	}
}

// hear takes an announced batch. It is called by one goroutine, in the order of the stream.
func (t *tail) hear(m *nats.Msg) {
	var lines []paas.Log
	got, err := decode(m.Data)
	if err == nil {
		lines, err = got.lines()
	}
	if err != nil { // the store will say what is wrong
		t.forget()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.batches) > 0 && got.first != t.last+1 {
		t.batches, t.bytes = nil, 0
	}
	t.batches = append(t.batches, lines)
	t.bytes += cost(lines)
	t.last = got.last()
	for t.bytes > tailBytes && len(t.batches) > 1 {
		t.bytes -= cost(t.batches[0])
		t.batches = t.batches[1:]
	}
	t.wake()
}

func (t *tail) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.batches, t.bytes = nil, 0
	t.missed++
	t.wake()
}

func (t *tail) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

func cost(lines []paas.Log) int {
	n := len(lines) * lineBytes
	for _, line := range lines {
		n += len(line.Text)
	}
	return n
}

// view is what a tail holds for one follower.
type view struct {
	lines   []paas.Log
	behind  bool            // lines were announced that the tail holds no longer: read the store
	missed  int             // grows each time that lines may have been stored without being announced
	changed <-chan struct{} // closed when asking again may give more
}

// since gives the lines from next on.
func (t *tail) since(next int64) view {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := view{missed: t.missed, changed: t.changed}
	switch {
	case next > t.last:
		return v
	case len(t.batches) == 0 || next < t.batches[0][0].Seq:
		v.behind = true
		return v
	}
	for _, batch := range t.batches {
		switch {
		case batch[len(batch)-1].Seq < next:
		case v.lines == nil:
			v.lines = slices.Clip(batch[next-batch[0].Seq:]) // clipped: appending must not write into what all share
		default:
			v.lines = append(v.lines, batch...)
		}
	}
	return v
}
