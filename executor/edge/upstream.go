package edge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// rest is how long an instance that could not be reached is passed over while there are others.
const rest = 2 * time.Second

// upstream is one instance of an app, with what it is busy with.
type upstream struct {
	address  string
	busy     atomic.Int64 // requests and streams; written with mu held
	resting  atomic.Int64 // until when it is passed over; Unix nanoseconds
	mu       sync.Mutex
	requests int // ordinary requests in flight
	visits   map[*visit]bool
	watchers []chan struct{} // each gets a token when requests falls to 0
}

func newUpstream(address string) *upstream {
	return &upstream{address: address, visits: map[*visit]bool{}}
}

func (u *upstream) enter(v *visit) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.visits[v] = true
	u.requests++
	u.busy.Add(1)
}

// leave ends what enter began. A visit that became a stream is not among the requests any more.
func (u *upstream) leave(v *visit) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.visits, v)
	u.busy.Add(-1)
	if !v.stream {
		u.ended()
	}
}

// becomeStream takes a visit out of the requests: a websocket or an event stream may last for days.
func (u *upstream) becomeStream(v *visit) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !v.stream {
		v.stream = true
		u.ended()
	}
}

// ended counts a request out; mu is held.
func (u *upstream) ended() {
	if u.requests--; u.requests > 0 {
		return
	}
	for _, w := range u.watchers {
		select {
		case w <- struct{}{}:
		default: // a token is there already
		}
	}
}

func (u *upstream) idle() bool { return u.busy.Load() == 0 }

// unreachable is called after a connection to the instance was refused.
func (u *upstream) unreachable(now time.Time) { u.resting.Store(now.Add(rest).UnixNano()) }

// choose gives the instance with the fewest requests in flight, at random among equals. Instances that this visit has
// tried already, and those that rest, are taken only when there are no others. nil for an app without instances.
func choose(upstreams []*upstream, tried []*upstream, now time.Time) *upstream {
	var best *upstream
	var least int64
	equals := 0
	for _, u := range upstreams {
		load := u.busy.Load()
		if u.resting.Load() > now.UnixNano() {
			load += 1 << 40
		}
		if slices.Contains(tried, u) {
			load += 1 << 41
		}
		switch {
		case best == nil || load < least:
			best, least, equals = u, load, 1
		case load == least:
			if equals++; rand.IntN(equals) == 0 {
				best = u
			}
		}
	}
	return best
}

// Drain waits until no ordinary request is in flight to the instance at address; call it after the Apply that removed
// the instance and before stopping it. Streams (websockets, server-sent events) do not hold it up: the instance ends
// them when it is told to stop. When ctx ends first, Drain cuts everything that is left and says so. New requests are
// the table's matter: an instance that is still in it never becomes idle for long.
func (e *Edge) Drain(ctx context.Context, address string) error {
	e.mu.Lock()
	u := e.upstreams[address]
	e.mu.Unlock()
	if u == nil {
		return nil
	}
	idle := u.watch()
	defer u.unwatch(idle)
	for {
		if u.inFlight() == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			requests, streams := u.cut()
			if requests == 0 {
				return nil
			}
			return fmt.Errorf("drain %s: cut %d requests and %d streams: %w", address, requests, streams, ctx.Err())
		}
	}
}

func (u *upstream) inFlight() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.requests
}

func (u *upstream) watch() chan struct{} {
	u.mu.Lock()
	defer u.mu.Unlock()
	w := make(chan struct{}, 1)
	u.watchers = append(u.watchers, w)
	return w
}

func (u *upstream) unwatch(w chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.watchers = slices.DeleteFunc(u.watchers, func(o chan struct{}) bool { return o == w })
}

// cut ends everything that is under way.
func (u *upstream) cut() (requests, streams int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for v := range u.visits {
		v.cancel()
	}
	return u.requests, len(u.visits) - u.requests
}
