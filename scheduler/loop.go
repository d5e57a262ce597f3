// Package scheduler is the loop around the placement library: it looks at what is wanted and what is there, decides,
// and writes down what it decided. One process at a time does so, by lease; what a paused old leader still writes is
// refused by its fence.
//
// One pass reads what changed since the last one, makes one pure decision (Decider) and writes it in one transaction.
// Everything that a pass needs is in the database: a new leader, or one whose write was refused, begins with all of it, and
// every second a tenth of what was learned is compared with what is there.
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
	passEvery  = time.Second           // a pass that compares a part, also when nothing seems to have changed
	parts      = 10                    // so that after ten seconds everything was compared
	restMost   = 50 * time.Millisecond // between two passes, so that changes that come together are decided together
	restLeast  = 5 * time.Millisecond  // likewise
	leaseTTL   = 15 * time.Second      // client-go's lease duration
	leaseRenew = 5 * time.Second       // well inside it, so that one slow write does not lose the lease
	leaseTry   = 2 * time.Second       // while another holds it
	leaseName  = "scheduler"
)

// Store is what the loop reads and writes.
type Store interface {
	HoldLease(ctx context.Context, name, holder string, ttl time.Duration) (paas.Lease, error)
	Snapshot(ctx context.Context) (paas.FleetSnapshot, error)
	// Changes is what changed since a cursor. known says of which groups the last tasks need not be read; part is what
	// to mark.
	Changes(ctx context.Context, since paas.FleetCursor, known func(group int64) bool, part paas.FleetPart) (paas.FleetChanges, error)
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
	cursor  paas.FleetCursor // what the decider knows; 0 when it knows nothing
	checked time.Time        // when a part of that was last compared
	part    int              // that is compared next
	lease   paas.Lease
	renewed time.Time
	tried   time.Time // to get the lease from another
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
		began := time.Now()
		if err := l.pass(ctx); err != nil && ctx.Err() == nil {
			l.Log.ErrorContext(ctx, "scheduler pass", "error", err) // the next pass starts from the database
		}
		pause.Reset(rest(time.Since(began)))
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

// rest is the pause after a pass that took so long. Half of the time the loop leaves the database to others; after a short
// pass the next change still waits for a few milliseconds only.
func rest(took time.Duration) time.Duration { return min(max(took, restLeast), restMost) }

// soonest fires when time alone makes the next decision due.
func (l *Loop) soonest() <-chan time.Time {
	due := l.decider.Due()
	if l.cursor == 0 || due.IsZero() {
		return nil
	}
	return time.After(due.Sub(l.Now()))
}

// pass holds the lease, looks, decides and writes.
func (l *Loop) pass(ctx context.Context) error {
	now := l.Now()
	if leads, err := l.lead(ctx, now); err != nil || !leads {
		return err
	}
	if err := l.look(ctx, now); err != nil {
		return err
	}
	plan, err := l.decider.Decide(now)
	if err != nil {
		l.cursor = 0
		return fmt.Errorf("decide: %w", err)
	}
	if plan.Empty() {
		return nil
	}
	if err := l.Store.ApplyPlan(ctx, l.lease, plan); err != nil {
		l.cursor = 0 // what the decider believes did not come true
		if paas.KindOf(err) == paas.Conflict {
			l.lease = paas.Lease{}
		}
		return fmt.Errorf("apply the plan: %w", err)
	}
	return nil
}

// lead takes or keeps the lease and reports whether this process has it.
func (l *Loop) lead(ctx context.Context, now time.Time) (bool, error) {
	if now.Sub(l.renewed) < leaseRenew && now.Before(l.lease.Until) {
		return true, nil
	}
	if now.Sub(l.tried) < leaseTry {
		return false, nil
	}
	lease, err := l.Store.HoldLease(ctx, leaseName, l.Holder, leaseTTL)
	if paas.KindOf(err) == paas.Conflict {
		l.lease, l.cursor, l.tried = paas.Lease{}, 0, now // somebody else decides
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("hold the lease: %w", err)
	}
	if lease.Fence != l.lease.Fence {
		// Another may have led meanwhile, and given up a node a moment ago.
		l.cursor, l.decider.lost = 0, now
	}
	l.lease, l.renewed = lease, now
	return true, nil
}

// look brings the decider up to date: with everything when it knows nothing, else with what changed.
func (l *Loop) look(ctx context.Context, now time.Time) error {
	if l.cursor != 0 {
		var part paas.FleetPart
		if now.Sub(l.checked) >= passEvery {
			part = l.decider.part(l.part, parts)
			l.part, l.checked = (l.part+1)%parts, now
		}
		changes, err := l.Store.Changes(ctx, l.cursor, l.decider.Knows, part)
		if err != nil {
			return fmt.Errorf("read what changed: %w", err)
		}
		if l.cursor = changes.Cursor; l.decider.Learn(changes) {
			return nil
		}
		l.Log.WarnContext(ctx, "the scheduler had missed a change and reads everything anew")
		l.cursor = 0
	}
	snapshot, err := l.Store.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("read the fleet: %w", err)
	}
	l.decider.Begin(snapshot)
	l.cursor, l.checked = snapshot.Cursor, now
	return nil
}
