package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// records are a store that remembers what it was asked, inside a bubble where time passes at once.
type records struct {
	turn     sync.Mutex // of the loop; the test looks while the loop waits
	holder   string     // of the lease
	fence    int64
	snapshot paas.FleetSnapshot
	missed   int64 // a node with one task of which no cursor told; -1 for none
	refuse   error // of the next plan
	hint     chan struct{}

	leases, snapshots, changes int
	parts                      []paas.FleetPart // that were to be marked
	passes                     []time.Time
	plans                      []paas.FleetPlan
	fences                     []int64
}

func (r *records) HoldLease(_ context.Context, name, holder string, ttl time.Duration) (paas.Lease, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.leases++
	if r.holder != "" && r.holder != holder {
		return paas.Lease{}, paas.Errorf(paas.Conflict, "The lease is held by another.")
	}
	if r.holder != holder {
		r.fence++
	}
	r.holder = holder
	return paas.Lease{Name: name, Holder: holder, Fence: r.fence, Until: time.Now().Add(ttl)}, nil
}

func (r *records) Snapshot(context.Context) (paas.FleetSnapshot, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.snapshots++
	r.passes = append(r.passes, time.Now())
	r.snapshot.Cursor = 1
	for i := range r.snapshot.Nodes {
		r.snapshot.Nodes[i].SeenAt = time.Now()
	}
	return r.snapshot, nil
}

func (r *records) Changes(_ context.Context, since paas.FleetCursor, _ func(int64) bool, part paas.FleetPart) (paas.FleetChanges, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.changes++
	r.passes = append(r.passes, time.Now())
	c := paas.FleetChanges{Cursor: since + 1}
	for _, n := range r.snapshot.Nodes {
		n.SeenAt = time.Now()
		c.Nodes = append(c.Nodes, n)
	}
	if c.Part = part; !part.Empty() {
		r.parts = append(r.parts, part)
		c.Mark = &paas.FleetMark{}
		if part.First() {
			c.Mark.Nodes = int64(len(r.snapshot.Nodes))
		}
		if part.Has(r.missed) {
			c.Mark.Tasks++
		}
	}
	return c, nil
}

func (r *records) ApplyPlan(_ context.Context, lease paas.Lease, plan paas.FleetPlan) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	if err := r.refuse; err != nil {
		r.refuse = nil
		return err
	}
	r.plans, r.fences = append(r.plans, plan), append(r.fences, lease.Fence)
	return nil
}

func (r *records) Watch(context.Context, ...paas.Topic) <-chan struct{} { return r.hint }

// grow makes so many nodes with ids from 1 on.
func (r *records) grow(nodes int) {
	one := r.snapshot.Nodes[0]
	r.snapshot.Nodes = nil
	for i := range nodes {
		one.ID = int64(i + 1)
		r.snapshot.Nodes = append(r.snapshot.Nodes, one)
	}
}

// changed tells the loop and lets time pass.
func (r *records) changed(pass time.Duration) {
	select {
	case r.hint <- struct{}{}:
	default: // it has one to read already
	}
	r.turn.Lock() // a timer that wakes the loop tells the race detector nothing
	r.turn.Unlock()
	time.Sleep(pass) // the bubble's time
	synctest.Wait()
}

// inLoop runs a test while a loop runs over records with one node and nothing to do.
func inLoop(t *testing.T, before func(*records), test func(*testing.T, *records)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &records{hint: make(chan struct{}, 1), snapshot: fleet()}
		r.snapshot.Groups = nil
		r.missed = -1
		before(r)
		l := &Loop{Store: r, Hints: r, Holder: "me", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		synctest.Wait()
		test(t, r)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheLoopReadsEverythingOnceAndThenChanges(t *testing.T) {
	inLoop(t, func(*records) {}, func(t *testing.T, r *records) {
		time.Sleep(time.Second) // the bubble's time, as everywhere here
		r.changed(time.Second)
		r.changed(time.Second)
		if r.snapshots != 1 || r.changes < 3 || r.changes > 8 || r.leases != 1 {
			t.Errorf("%d snapshots, %d readings of changes, %d leases; want 1, one a second and for each change, and 1", r.snapshots, r.changes, r.leases)
		}
	})
}

func TestTheLoopComparesEverythingInTenSeconds(t *testing.T) {
	for _, nodes := range []int{0, 1, 7, 10, 25} {
		t.Run(fmt.Sprint(nodes, " nodes"), func(t *testing.T) {
			inLoop(t, func(r *records) { r.grow(nodes) }, func(t *testing.T, r *records) {
				for range 600 {
					r.changed(100 * time.Millisecond)
				}
				if r.snapshots != 1 {
					t.Errorf("in a quiet minute there were %d snapshots, want one", r.snapshots)
				}
				seen := map[int64]int{}
				for _, p := range r.parts {
					for node := range int64(nodes + 1) {
						if p.Has(node) {
							seen[node]++
						}
					}
				}
				for node := range int64(nodes + 1) {
					if n := seen[node]; n < 5 || n > 6 {
						t.Errorf("in a minute node %d was compared %d times, want 5 or 6; the parts are %v", node, n, r.parts)
					}
				}
				for _, r.missed = range []int64{0, int64(nodes)} {
					r.snapshots = 0
					for range 110 {
						r.changed(100 * time.Millisecond)
					}
					if r.snapshots == 0 {
						t.Errorf("a missed change of node %d was not found", r.missed)
					}
				}
			})
		})
	}
}

func TestTheLoopRestsBetweenPasses(t *testing.T) {
	inLoop(t, func(*records) {}, func(t *testing.T, r *records) {
		for range 100 {
			r.changed(time.Millisecond)
		}
		if n := len(r.passes); n < 10 || n > 22 {
			t.Errorf("100 changes in 100 ms made %d passes; want one for each rest of 5 ms", n)
		}
	})
	for took, want := range map[time.Duration]time.Duration{
		0: 5 * time.Millisecond, 8 * time.Millisecond: 8 * time.Millisecond, time.Second: 50 * time.Millisecond,
	} {
		if got := rest(took); got != want {
			t.Errorf("after a pass of %s the loop rests for %s, want %s", took, got, want)
		}
	}
}

func TestOnlyTheHolderOfTheLeaseDecides(t *testing.T) {
	inLoop(t, func(r *records) { r.holder, r.snapshot.Groups = "another", fleet().Groups }, func(t *testing.T, r *records) {
		for range 100 {
			r.changed(100 * time.Millisecond)
		}
		if r.snapshots+r.changes+len(r.plans) != 0 || r.leases > 6 {
			t.Errorf("without the lease: %d snapshots, %d plans, %d tries in ten seconds", r.snapshots, len(r.plans), r.leases)
		}
		r.holder = "" // it ran out
		r.changed(5 * time.Second)
		if r.snapshots != 1 || len(r.plans) == 0 || r.fences[0] != 1 {
			t.Errorf("with the lease: %d snapshots, fences %v; want to begin with everything", r.snapshots, r.fences)
		}
		r.holder, r.fence = "third", 2 // while this one was paused
		r.changed(6 * time.Second)
		plans := len(r.plans)
		r.changed(time.Second)
		if len(r.plans) != plans {
			t.Error("it went on deciding after it had lost the lease")
		}
	})
}

func TestARefusedPlanMakesTheLoopBeginAnew(t *testing.T) {
	for name, tt := range map[string]struct {
		refuse error
		leases int
	}{
		"by the fence":    {paas.Errorf(paas.Conflict, "The lease was lost."), 2},
		"by the database": {errors.New("disk full"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			inLoop(t, func(r *records) { r.snapshot.Groups, r.refuse = fleet().Groups, tt.refuse }, func(t *testing.T, r *records) {
				r.changed(time.Second / 2)
				if r.snapshots != 2 || r.leases != tt.leases || len(r.plans) != 1 {
					t.Errorf("%d snapshots, %d leases, %d plans; want 2, %d and 1", r.snapshots, r.leases, len(r.plans), tt.leases)
				}
			})
		})
	}
}

func TestANewLeaderGivesNoNodeUpAtOnce(t *testing.T) {
	t.Parallel()
	r := &records{snapshot: fleet()}
	l := &Loop{Store: r, Holder: "me", Log: slog.New(slog.DiscardHandler)}
	if leads, err := l.lead(t.Context(), noon); err != nil || !leads {
		t.Fatal(leads, err)
	}
	s := fleet()
	s.Groups = nil
	s.Nodes = append(s.Nodes, s.Nodes[0], s.Nodes[0])
	for i := range s.Nodes {
		s.Nodes[i].ID, s.Nodes[i].SeenAt = int64(i+1), noon
	}
	s.Nodes[0].SeenAt = noon.Add(-time.Minute) // the leader before may have given another up a moment ago
	l.decider.Begin(s)
	for at, want := range []int{0, 1} {
		plan, err := l.decider.Decide(noon.Add(time.Duration(at) * lostEvery))
		if err != nil || len(plan.Nodes) != want {
			t.Errorf("after %d s: %+v, %v; want %d nodes", at*10, plan.Nodes, err, want)
		}
	}
}
