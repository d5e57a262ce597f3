// Package join lets several callers who want the same thing at the same time share one doing of it: the first starts
// it, the others join and hear what they missed, and it is stopped only when all of them have gone.
package join

import (
	"context"
	"sync"
)

// Group holds what is being done at the moment, by key. E is what is heard while it goes on, V its result. The zero
// value is ready.
type Group[E, V any] struct {
	mu      sync.Mutex
	flights map[string]*flight[E, V]
}

type flight[E, V any] struct {
	stop   context.CancelFunc
	users  int // guarded by Group.mu
	mu     sync.Mutex
	events []E
	news   chan struct{} // closed and replaced when there is more to hear
	ended  bool
	value  V
	err    error
}

// Do returns do's result for key, from the doing that is under way or from a new one. tell hears everything that do
// reports, from its beginning, in order and on the caller's own goroutine. do gets a context that ends when no caller is left;
// the last one to go waits for it. joined says whether somebody else had started it.
func (g *Group[E, V]) Do(ctx context.Context, key string, tell func(E), do func(ctx context.Context, report func(E)) (V, error)) (value V, joined bool, err error) {
	f, joined := g.enter(ctx, key, do)
	heard := 0
	for {
		f.mu.Lock()
		news, fresh, ended := f.news, f.events[heard:], f.ended
		f.mu.Unlock()
		for _, e := range fresh {
			tell(e)
		}
		heard += len(fresh)
		if ended && len(fresh) == 0 {
			g.leave(f)
			return f.value, joined, f.err
		}
		if len(fresh) > 0 {
			continue
		}
		select {
		case <-news:
		case <-ctx.Done():
			if g.leave(f) == 0 {
				f.wait()
			}
			return value, joined, context.Cause(ctx)
		}
	}
}

func (g *Group[E, V]) enter(ctx context.Context, key string, do func(context.Context, func(E)) (V, error)) (*flight[E, V], bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.flights[key]; f != nil && f.users > 0 {
		f.users++
		return f, true
	}
	// The doing serves whoever joins later, too: it must not end with the first caller's context.
	shared, stop := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight[E, V]{stop: stop, users: 1, news: make(chan struct{})}
	if g.flights == nil {
		g.flights = map[string]*flight[E, V]{}
	}
	g.flights[key] = f
	go func() {
		value, err := do(shared, f.report)
		stop()
		g.mu.Lock()
		if g.flights[key] == f {
			delete(g.flights, key)
		}
		g.mu.Unlock()
		f.end(value, err)
	}()
	return f, false
}

// leave returns how many callers are left, and stops the doing when none is.
func (g *Group[E, V]) leave(f *flight[E, V]) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.users--; f.users == 0 {
		f.stop()
	}
	return f.users
}

func (f *flight[E, V]) report(e E) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	f.announce()
}

func (f *flight[E, V]) end(value V, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.value, f.err, f.ended = value, err, true
	f.announce()
}

func (f *flight[E, V]) announce() {
	close(f.news)
	f.news = make(chan struct{})
}

func (f *flight[E, V]) wait() {
	for {
		f.mu.Lock()
		news, ended := f.news, f.ended
		f.mu.Unlock()
		if ended {
			return
		}
		<-news
	}
}
