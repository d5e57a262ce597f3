package edge

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// TestNoVisitReachesADrainedInstance has visitors choose while the table is swapped as fast as it goes. After a drain has
// returned, a visitor that believes to be at the instance would meet one that is being stopped.
func TestNoVisitReachesADrainedInstance(t *testing.T) {
	t.Parallel()
	e, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	const swaps = 4_000
	stopped := make([]atomic.Bool, swaps)
	address := func(swap int) string { return fmt.Sprintf("10.0.0.1:%d", swap) }
	route := func(swap int) {
		e.Apply(Routes{Apps: []App{{ID: 1, Name: "shop", Upstreams: []string{address(swap)}}}})
	}
	route(0)
	ctx, cancel := context.WithCancel(t.Context())
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			for ctx.Err() == nil {
				v := &visit{edge: e, host: "shop.localhost", cancel: func() {}}
				u := v.next(ctx)
				if u == nil {
					continue // ctx has ended
				}
				var swap int
				if _, err := fmt.Sscanf(u.address, "10.0.0.1:%d", &swap); err != nil {
					t.Error(err)
				}
				if stopped[swap].Load() {
					t.Errorf("a visit is at instance %d, which is stopped", swap)
					cancel()
				}
				v.leave()
			}
		})
	}
	for swap := 1; swap < swaps && ctx.Err() == nil; swap++ {
		route(swap)
		if err := e.Drain(t.Context(), address(swap-1)); err != nil {
			t.Error(err)
		}
		stopped[swap-1].Store(true)
	}
	cancel()
	visitors.Wait()
	route(0)
	if len(e.upstreams) != 1 {
		t.Errorf("%d instances are remembered, want the one in the table", len(e.upstreams))
	}
}
