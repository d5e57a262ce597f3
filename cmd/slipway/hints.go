package main

import (
	"context"
	"log/slog"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// notify tells the bus what a transaction changed. A hint that cannot be sent is only logged: whoever waits also looks
// by itself.
func notify(ctx context.Context, b *bus.Bus, log *slog.Logger) func([]paas.Topic) {
	return func(topics []paas.Topic) {
		if err := b.Publish(ctx, topics...); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "hints were not sent", "error", err)
		}
	}
}
