package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/slipway-paas/slipway/server/paas"
)

// Publish tells everyone who subscribed to one of topics that something about it changed. Call it after the
// transaction that changed it. A hint may be lost (the database is the truth), so most callers only log the error.
func (b *Bus) Publish(_ context.Context, topics ...paas.Topic) error {
	var errs []error
	for _, topic := range topics {
		to, err := subject(hintPrefix, topic)
		if err == nil {
			err = b.conn.Publish(to, nil)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("hint %q: %w", clip(topic), err))
		}
	}
	return errors.Join(errs...)
}

// Subscribe collects hints about topics until Close. More topics can be added and removed while it lives. It starts no
// goroutine and costs the bus one map entry per topic.
func (b *Bus) Subscribe(topics ...paas.Topic) *Hints {
	h := &Hints{board: b.hints, wake: make(chan struct{}, 1), pending: map[paas.Topic]bool{}, topics: map[paas.Topic]bool{}}
	h.Add(topics...)
	return h
}

// Watch returns a channel that receives after changes of any of the topics, coalesced, until ctx ends.
func (b *Bus) Watch(ctx context.Context, topics ...paas.Topic) <-chan struct{} {
	h := b.Subscribe(topics...)
	context.AfterFunc(ctx, h.Close)
	return h.Wake()
}

// listenForHints takes all hints into this process by one subscription; the switchboard hands them out.
func (b *Bus) listenForHints(ctx context.Context) error {
	_, err := b.conn.Subscribe(hintPrefix+">", func(m *nats.Msg) {
		b.hints.changed(topicOf(hintPrefix, m.Subject))
	})
	if err == nil {
		err = flush(ctx, b.conn)
	}
	if err != nil {
		return fmt.Errorf("subscribe to hints: %w", err)
	}
	return nil
}

// Hints is one subscriber's collected hints. Many changes of one topic between two Takes are one hint: a slow
// subscriber is late, holds nobody, and never misses the last change.
type Hints struct {
	board *switchboard
	wake  chan struct{} // holds one token while pending is not empty

	mu      sync.Mutex
	topics  map[paas.Topic]bool
	pending map[paas.Topic]bool
}

// Wake is ready when Take has something to give. Use it in a select.
func (h *Hints) Wake() <-chan struct{} { return h.wake }

// Take gives the topics that changed since the last Take, sorted; none when nothing did.
func (h *Hints) Take() []paas.Topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	topics := make([]paas.Topic, 0, len(h.pending))
	for topic := range h.pending {
		topics = append(topics, topic)
	}
	clear(h.pending)
	slices.Sort(topics)
	return topics
}

// Next waits for a change and takes it. Its error is ctx's.
func (h *Hints) Next(ctx context.Context) ([]paas.Topic, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-h.wake:
			if topics := h.Take(); len(topics) > 0 {
				return topics, nil
			}
		}
	}
}

// Add subscribes to more topics.
func (h *Hints) Add(topics ...paas.Topic) {
	h.mu.Lock()
	for _, topic := range topics {
		h.topics[topic] = true
	}
	h.mu.Unlock()
	h.board.add(h, topics)
}

// Remove ends the subscription to topics, and forgets what is pending of them.
func (h *Hints) Remove(topics ...paas.Topic) {
	h.board.remove(h, topics)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		delete(h.topics, topic)
		delete(h.pending, topic)
	}
}

// Close ends the subscription.
func (h *Hints) Close() { h.Remove(h.followed()...) }

func (h *Hints) followed() []paas.Topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	topics := make([]paas.Topic, 0, len(h.topics))
	for topic := range h.topics {
		topics = append(topics, topic)
	}
	return topics
}

func (h *Hints) changed(topics ...paas.Topic) {
	h.mu.Lock()
	for _, topic := range topics {
		if h.topics[topic] {
			h.pending[topic] = true
		}
	}
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default: // a token is there already; Take will see this change too
	}
}

// switchboard knows who follows what in this process.
type switchboard struct {
	mu      sync.Mutex
	byTopic map[paas.Topic]map[*Hints]bool
}

func newSwitchboard() *switchboard {
	return &switchboard{byTopic: map[paas.Topic]map[*Hints]bool{}}
}

func (s *switchboard) add(h *Hints, topics []paas.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, topic := range topics {
		if s.byTopic[topic] == nil {
			s.byTopic[topic] = map[*Hints]bool{}
		}
		s.byTopic[topic][h] = true
	}
}

func (s *switchboard) remove(h *Hints, topics []paas.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, topic := range topics {
		delete(s.byTopic[topic], h)
		if len(s.byTopic[topic]) == 0 {
			delete(s.byTopic, topic)
		}
	}
}

func (s *switchboard) changed(topic paas.Topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := range s.byTopic[topic] {
		h.changed(topic)
	}
}

// wakeAll marks every followed topic as changed, because hints may have been missed.
func (s *switchboard) wakeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic, followers := range s.byTopic {
		for h := range followers {
			h.changed(topic)
		}
	}
}
