// Package scheduler is the loop around the placement library: it looks at what is wanted and what is there, decides,
// and writes down what it decided. One process at a time does so, by lease; what a paused old leader still writes is
// refused by its fence.
//
// One pass is one snapshot, one pure decision (Decide) and one transaction. Everything that a pass needs is in the
// database, so a pass that was lost is simply made again.
package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// The clock of the loop.
const (
	passEvery  = 10 * time.Second      // a full pass even when nothing seems to have changed: hints may be lost
	gather     = 50 * time.Millisecond // changes that come together are decided together
	leaseTTL   = 15 * time.Second      // client-go's lease duration
	leaseRenew = 5 * time.Second       // well inside it, so that one slow write does not lose the lease
	leaseName  = "scheduler"
)

// Store is what the loop reads and writes.
type Store interface {
	HoldLease(ctx context.Context, name, holder string, ttl time.Duration) (paas.Lease, error)
	Snapshot(ctx context.Context) (paas.FleetSnapshot, error)
	// ApplyPlan writes a plan in one transaction. It refuses a lease that somebody else has taken over, and skips
	// rows that changed since the snapshot: the next pass sees them as they are.
	ApplyPlan(ctx context.Context, lease paas.Lease, plan paas.FleetPlan) error
}

// Hints wakes the loop.
type Hints interface {
	Watch(ctx context.Context, topics ...paas.Topic) <-chan struct{}
}

// Loop is one candidate for being the scheduler.
type Loop struct {
	Store  Store
	Hints  Hints
	Holder string // this process, unique among all that may run the loop
	Now    func() time.Time
	Log    *slog.Logger

	decider Decider
	lease   paas.Lease
	renewed time.Time
}

// Run makes passes until ctx ends.
func (l *Loop) Run(ctx context.Context) error {
	changed := l.Hints.Watch(ctx, "tasks", "nodes")
	timer := time.NewTicker(passEvery)
	defer timer.Stop()
	renew := time.NewTicker(leaseRenew)
	defer renew.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		if err := l.pass(ctx); err != nil && ctx.Err() == nil {
			l.Log.ErrorContext(ctx, "scheduler pass", "error", err) // the next pass starts from the database
		}
		pause.Reset(gather)
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-renew.C:
		case <-timer.C:
		case <-l.soonest():
		}
	}
}

// soonest fires when the first restart that waits for its time is due.
func (l *Loop) soonest() <-chan time.Time {
	if l.decider.due.IsZero() {
		return nil
	}
	return time.After(max(l.decider.due.Sub(l.Now()), gather))
}

// pass holds the lease, looks, decides and writes.
func (l *Loop) pass(ctx context.Context) error {
	now := l.Now()
	if now.Sub(l.renewed) >= leaseRenew || !now.Before(l.lease.Until) {
		lease, err := l.Store.HoldLease(ctx, leaseName, l.Holder, leaseTTL)
		if paas.KindOf(err) == paas.Conflict {
			l.lease, l.decider = paas.Lease{}, Decider{} // somebody else decides; forget what was known
			return nil
		}
		if err != nil {
			return fmt.Errorf("hold the lease: %w", err)
		}
		l.lease, l.renewed = lease, now
	}
	if l.lease.Holder != l.Holder {
		return nil
	}
	snapshot, err := l.Store.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("read the fleet: %w", err)
	}
	plan, err := l.decider.Decide(snapshot, now)
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	if plan.Empty() {
		return nil
	}
	if err := l.Store.ApplyPlan(ctx, l.lease, plan); err != nil {
		l.decider = Decider{} // what it believes did not come true
		return fmt.Errorf("apply the plan: %w", err)
	}
	return nil
}
