package main

import (
	"context"
	"log/slog"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// hints wakes those who wait for a change, from the bus.
type hints struct{ bus *bus.Bus }

// Watch returns a channel that receives after changes of any of the topics, coalesced, until ctx ends.
func (h hints) Watch(ctx context.Context, topics ...paas.Topic) <-chan struct{} {
	subscribed := h.bus.Subscribe(topics...)
	woken := make(chan struct{}, 1)
	go func() { // ends with ctx, which whoever watches ends
		defer subscribed.Close()
		for {
			if _, err := subscribed.Next(ctx); err != nil {
				return
			}
			select {
			case woken <- struct{}{}:
			default: // it has one to read already
			}
		}
	}()
	return woken
}

// notify tells the bus what a transaction changed. A hint that cannot be sent is only logged: whoever waits also looks
// by itself.
func notify(ctx context.Context, b *bus.Bus, log *slog.Logger) func([]paas.Topic) {
	return func(topics []paas.Topic) {
		if err := b.Publish(ctx, topics...); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "hints were not sent", "error", err)
		}
	}
}
