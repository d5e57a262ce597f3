package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pending are the launches that were asked for and not yet acted on. Each app has at most a few at a time, and they are
// acted on in the order in which they were asked for.
type pending struct {
	mu         sync.Mutex
	asked      map[string][]ask // by app
	done       []launch
	unexpected int // starts that nobody asked for
}

// ask is one change of one row: when it was begun and when its transaction had committed.
type ask struct{ asked, committed time.Time }

// launch is one ask that came to its action.
type launch struct {
	ask
	acted time.Time
}

func (p *pending) want(app string, a ask) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[app] = append(p.asked[app], a)
}

// committed notes the commit of the ask; an action may have been quicker than the note.
func (p *pending) committed(app string, asked, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, a := range p.asked[app] {
		if a.asked.Equal(asked) {
			p.asked[app][i].committed = at
			return
		}
	}
	for i := len(p.done) - 1; i >= 0; i-- {
		if p.done[i].asked.Equal(asked) {
			p.done[i].committed = at
			return
		}
	}
}

func (p *pending) started(app string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := p.asked[app]
	if len(waiting) == 0 {
		p.unexpected++
		return
	}
	p.done = append(p.done, launch{waiting[0], at})
	p.asked[app] = waiting[1:]
}

func (p *pending) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.unexpected = nil, 0
}

func (p *pending) open() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, waiting := range p.asked {
		n += len(waiting)
	}
	return n
}

// load asks for one more task at each tick and for one less of another group, so that the number that lives stays what
// it is. Groups take turns: each goes up by one, and comes down by one half a round later.
func (f *fleet) load(ctx context.Context) (result, error) {
	f.pending.reset()
	f.passes.reading.take()
	f.passes.writing.take()
	f.passes.reporting.take()
	before := f.usage()
	began := time.Now()
	end := began.Add(f.last)
	tick := time.NewTicker(time.Second / time.Duration(f.rate))
	defer tick.Stop()
	sample := time.NewTicker(time.Second)
	defer sample.Stop()
	var asking sync.WaitGroup
	errs := make(chan error, 1)
	fail := func(err error) {
		select {
		case errs <- err:
		default: // one is enough
		}
	}
	r := result{LiveLeast: f.tasks}
	for n := 0; time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case err := <-errs:
			return r, err
		case <-sample.C:
			live, err := f.running(ctx)
			if err != nil {
				return r, err
			}
			r.LiveLeast, r.LiveMost = min(r.LiveLeast, live), max(r.LiveMost, live)
		case <-tick.C:
			up, down := n%len(f.groups), (n+len(f.groups)/2)%len(f.groups)
			more, less := f.groups[up].Wanted+1, f.groups[down].Wanted
			first := n < len(f.groups)/2 // the groups whose turn to come down is now have not gone up yet: take one of theirs
			if first {
				less--
			}
			f.groups[up].Wanted = more
			if !first {
				less = f.groups[down].Wanted - 1
			}
			f.groups[down].Wanted = less
			n++
			r.Asked++
			asking.Go(func() {
				a, app := ask{asked: time.Now()}, f.groups[up].AppName
				f.pending.want(app, a)
				if err := f.scale(ctx, f.groups[up], more); err != nil {
					fail(err)
				}
				f.pending.committed(app, a.asked, time.Now())
				if err := f.scale(ctx, f.groups[down], less); err != nil {
					fail(err)
				}
			})
		}
	}
	asking.Wait()
	r.Took = time.Since(began)
	r.use(before, f.usage())
	r.Reading, r.Writing, r.Reporting = f.passes.reading.take(), f.passes.writing.take(), f.passes.reporting.take()
	late := time.Now().Add(10 * time.Second)
	err := f.await(ctx, "the last launches", func() (bool, error) {
		return f.pending.open() == 0 || time.Now().After(late), nil
	})
	r.count(&f.pending)
	return r, err
}

// percentile is the value that so many of the sorted ones are not above.
func percentile(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (r *result) count(p *pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Unexpected = p.unexpected
	var delay, whole []time.Duration
	for _, l := range p.done {
		delay = append(delay, l.acted.Sub(l.committed))
		whole = append(whole, l.acted.Sub(l.asked))
	}
	slices.Sort(delay)
	slices.Sort(whole)
	r.Launched = len(delay)
	r.P50, r.P90, r.P99, r.P999, r.Max = percentile(delay, .5), percentile(delay, .9), percentile(delay, .99), percentile(delay, .999), percentile(delay, 1)
	r.Whole = percentile(whole, .99)
}
