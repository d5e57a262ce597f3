package edge

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// buckets is the number of latency classes: bucket i counts requests that took under 2^i ms, the last one all others
// (over 16 s).
const buckets = 16

// counters is what one app's requests cost since the edge started. Streams are counted when they end, without latency.
type counters struct {
	requests, failed, retries atomic.Int64

	took   [buckets]atomic.Int64
	warned atomic.Int64 // when the operator was last told that no instance answered; Unix nanoseconds
}

// warnEvery keeps an app that is down from filling the operator's log.
const warnEvery = 10 * time.Second

func (c *counters) mayWarn(now time.Time) bool {
	last := c.warned.Load()
	return now.UnixNano()-last > int64(warnEvery) && c.warned.CompareAndSwap(last, now.UnixNano())
}

func (c *counters) count(v *visit, began time.Time) {
	c.requests.Add(1)
	if v.status >= 500 {
		c.failed.Add(1)
	}
	if !v.stream {
		c.took[min(bits.Len64(uint64(time.Since(began).Milliseconds())), buckets-1)].Add(1)
	}
}

// Traffic is what one app's requests cost since the edge started.
type Traffic struct {
	Requests int64
	Failed   int64 // answered with a status of 500 or more, by the app or by the edge
	Retries  int64 // attempts that brought no answer; the request went on to another instance, or failed
	// Took counts ordinary requests by duration: Took[i] of them took less than 2^i ms and not less than half of that.
	Took [buckets]int64
}

// Traffic gives the counts of every app in the table, by its id.
func (e *Edge) Traffic() map[int64]Traffic {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make(map[int64]Traffic, len(e.traffic))
	for id, c := range e.traffic {
		t := Traffic{Requests: c.requests.Load(), Failed: c.failed.Load(), Retries: c.retries.Load()}
		for i := range t.Took {
			t.Took[i] = c.took[i].Load()
		}
		all[id] = t
	}
	return all
}
