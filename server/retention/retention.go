// Package retention forgets what is over: an installation that runs for years must not grow with every task that ever ran.
package retention

import (
	"context"
	"log/slog"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Store forgets records.
type Store interface {
	// Forget removes at most batch of the oldest rows of each kind that is older than r says, and reports how many went.
	Forget(ctx context.Context, r paas.Retention, batch int) (gone int64, err error)
}

// Workflows forget what they recorded.
type Workflows interface {
	// Forget removes at most batch ended workflows that began longer ago than age, and reports how many went.
	Forget(ctx context.Context, age time.Duration, batch int) (gone int, err error)
}

const (
	sweepEvery = time.Hour
	firstSweep = time.Minute // after the start, which has other things to do
	// batchRows is few enough that a batch holds the database's one writer for some milliseconds only, and batchPause
	// lets those in who wait for it.
	batchRows  = 200
	batchPause = 50 * time.Millisecond
)

// Loop forgets now and then what is over.
type Loop struct {
	Store     Store
	Workflows Workflows
	Keep      paas.Retention
	Log       *slog.Logger
}

// Run sweeps once an hour until ctx ends. Several processes may do so on one database.
func (l *Loop) Run(ctx context.Context) error {
	timer := time.NewTimer(firstSweep)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		gone, err := l.sweep(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			l.Log.ErrorContext(ctx, "forget what is over", "error", err) // the next sweep goes on
		case gone > 0:
			l.Log.InfoContext(ctx, "forgot what is over", "rows", gone)
		}
		timer.Reset(sweepEvery)
	}
}

// sweep forgets in batches until nothing is too old.
func (l *Loop) sweep(ctx context.Context) (total int64, err error) {
	for {
		rows, err := l.Store.Forget(ctx, l.Keep, batchRows)
		total += rows
		if err != nil {
			return total, err
		}
		workflows, err := l.Workflows.Forget(ctx, l.Keep.Workflows, batchRows)
		total += int64(workflows)
		if err != nil || rows == 0 && workflows == 0 {
			return total, err
		}
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(batchPause):
		}
	}
}
