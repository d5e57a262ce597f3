package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/slipway-paas/slipway/server/paas"
)

// trimShare is the part of its limit that a log loses at once when it is over: rarely, and little each time.
const trimShare = 16

// trim drops the oldest lines of a log that is over its limit.
func (b *Bus) trim(ctx context.Context, w *writer, topic paas.Topic, of string) error {
	total := w.head.before + w.head.size
	if total-w.floor <= b.cfg.TopicBytes {
		return nil
	}
	// The floor in memory is a guess from below: others trim too, and age does.
	first, err := b.nextBatch(ctx, of, 1)
	if err != nil {
		return err
	}
	w.floor = first.before
	if total-w.floor <= b.cfg.TopicBytes {
		return nil
	}
	keep := total - b.cfg.TopicBytes + b.cfg.TopicBytes/trimShare
	cut, err := b.locate(ctx, topic, of, func(m batch) bool { return m.before >= keep })
	if err != nil || cut.count == 0 {
		return err
	}
	if err := b.purge(ctx, of, jetstream.WithPurgeSequence(cut.stream)); err != nil {
		return fmt.Errorf("trim %s: %w", topic, err)
	}
	w.floor = cut.before
	return nil
}

// DeleteLogs drops every line of topics, for an app that is destroyed.
func (b *Bus) DeleteLogs(ctx context.Context, topics ...paas.Topic) error {
	for _, topic := range topics {
		of, err := subject(logPrefix, logTopic(topic))
		if err != nil {
			return err
		}
		if err := b.purge(ctx, of); err != nil {
			return fmt.Errorf("delete %s: %w", topic, err)
		}
		b.writers.forget(topic)
		b.indexes.forget(topic)
	}
	return nil
}

func (b *Bus) purge(ctx context.Context, of string, more ...jetstream.StreamPurgeOpt) error {
	stream, err := b.stream.Stream(ctx, streamName)
	if err != nil {
		return unavailable(ctx, err)
	}
	if err := stream.Purge(ctx, append(more, jetstream.WithPurgeSubject(of))...); err != nil {
		return unavailable(ctx, err)
	}
	return nil
}
