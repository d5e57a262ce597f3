package bus

import (
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/slipway-paas/slipway/server/paas"
)

const (
	rememberedIndexes = 1024
	// indexPoints bounds the points kept for one log. A binary search ends within a few probes of a point.
	indexPoints = 512
)

// index remembers where some batches of a log stand in the stream: what earlier searches met. Nothing builds it ahead.
type index struct {
	mu     sync.Mutex
	points []batch // by place in the stream, without bodies
}

// around gives the last point where found is false and the first where it is true. found must be monotone.
func (x *index) around(found func(batch) bool) (below, above batch) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := sort.Search(len(x.points), func(i int) bool { return found(x.points[i]) })
	if at > 0 {
		below = x.points[at-1]
	}
	if at < len(x.points) {
		above = x.points[at]
	}
	return below, above
}

func (x *index) add(p batch) {
	p.body = nil
	x.mu.Lock()
	defer x.mu.Unlock()
	at, known := slices.BinarySearchFunc(x.points, p.stream, func(q batch, place uint64) int {
		if q.stream < place {
			return -1
		}
		if q.stream > place {
			return 1
		}
		return 0
	})
	if known {
		return
	}
	if len(x.points) >= indexPoints { // keep every second: still spread over the whole log
		kept := x.points[:0]
		for i := 0; i < len(x.points); i += 2 {
			kept = append(kept, x.points[i])
		}
		x.points = kept
		at = sort.Search(len(kept), func(i int) bool { return kept[i].stream > p.stream })
	}
	x.points = slices.Insert(x.points, at, p)
}

// locate finds the first stored batch of a log for which found is true, given that it is true for all after that; the
// zero value when there is none. It probes by halving places in the stream, about 20 gets in a stream of a million
// messages, fewer with what the index remembers.
func (b *Bus) locate(ctx context.Context, topic paas.Topic, of string, found func(batch) bool) (batch, error) {
	last, err := b.lastBatch(ctx, of)
	if err != nil || last.count == 0 || !found(last) {
		return batch{}, err
	}
	x := b.indexes.get(topic, func() *index { return &index{} })
	below, above := x.around(found)
	answer := last
	if above.count > 0 && above.stream < last.stream {
		answer = above // may be gone by now, which its reader notices: the next one stands in its place
	}
	// Everything before from is known to be too early, everything in [until, answer) to hold nothing of this log.
	from, until := below.stream+1, answer.stream
	for from < until {
		middle := from + (until-from)/2
		probe, err := b.nextBatch(ctx, of, middle)
		switch {
		case err != nil:
			return batch{}, err
		case probe.count == 0 || probe.stream >= answer.stream:
			until = middle
			continue
		case found(probe):
			answer, until = probe, middle
		default:
			from = probe.stream + 1
		}
		x.add(probe)
	}
	return answer, nil
}
