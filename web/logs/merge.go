package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// strand is one of the logs that are merged, from line first up to but not including line end. Bounds make a place in
// the merge mean the same line however often it is asked for: what is written meanwhile comes after.
type strand struct {
	topic      paas.Topic
	first, end int64
}

// merge shows several logs as one, ordered by time. Lines of one log stay in their own order also where its two streams
// arrived a little out of order: a line counts as late as the latest before it in its log. Lines of the same microsecond
// are ordered as their logs are. The place of a line is its number in this order, from 0.
type merge struct {
	bus     Bus
	strands []strand
}

// errMoved says that lines within the bounds are no longer kept: whoever asked begins anew.
var errMoved = errors.New("lines of a merged log are no longer kept")

const (
	// stepOver is how many lines are read and passed by rather than looked for.
	stepOver = 2000
	// readAhead is how many lines of one log are read at a time.
	readAhead = 500
)

func (m *merge) lines() (n int64) {
	for _, s := range m.strands {
		n += s.end - s.first
	}
	return n
}

// cut gives for each log its first line that counts as at or after a time, and how many lines are before those. from and
// until are bounds that are known already: logs whose bounds are equal are not asked.
func (m *merge) cut(ctx context.Context, us int64, from, until []int64) (at []int64, place int64, err error) {
	at = make([]int64, len(m.strands))
	for i, s := range m.strands {
		at[i] = from[i]
		if from[i] < until[i] {
			seq, err := m.bus.LogsSince(ctx, s.topic, time.UnixMicro(us))
			if err != nil {
				return nil, 0, err
			}
			at[i] = min(max(seq, from[i]), until[i])
		}
		place += at[i] - s.first
	}
	return at, place, nil
}

// span is the time of the earliest first line and of the latest last line, in microseconds.
func (m *merge) span(ctx context.Context) (from, until int64, err error) {
	for _, s := range m.strands {
		if s.first >= s.end {
			continue
		}
		for _, seq := range []int64{s.first, s.end - 1} {
			lines, err := m.bus.ReadLogs(ctx, s.topic, seq, 1)
			if err != nil {
				return 0, 0, err
			}
			if len(lines) == 0 || lines[0].Seq != seq {
				return 0, 0, errMoved
			}
			us := micros(lines[0].At)
			if from == 0 || us < from {
				from = us
			}
			until = max(until, us)
		}
	}
	return from, until + 1, nil
}

// seek gives a reader that stands at a place.
func (m *merge) seek(ctx context.Context, place int64) (*reader, error) {
	low, high := make([]int64, len(m.strands)), make([]int64, len(m.strands))
	for i, s := range m.strands {
		low[i], high[i] = s.first, s.end
	}
	passed, after := int64(0), m.lines()
	if place > stepOver {
		from, until, err := m.span(ctx)
		if err != nil {
			return nil, err
		}
		for try := 0; place-passed > stepOver && until-from > 1; try++ {
			middle := from + (until-from)/2
			if try%3 != 2 { // lines come about as fast at all times, or else halving finds them
				part := float64(place-stepOver/2-passed) / float64(after-passed)
				middle = min(max(from+int64(part*float64(until-from)), from+1), until-1)
			}
			at, before, err := m.cut(ctx, middle, low, high)
			if err != nil {
				return nil, err
			}
			if before <= place {
				low, passed, from = at, before, middle
			} else {
				high, after, until = at, before, middle
			}
		}
	}
	r := m.reader(low)
	for ; passed < place; passed++ {
		if _, ok, err := r.next(ctx); err != nil || !ok {
			return r, err
		}
	}
	return r, nil
}

// place is where a line stands in the order.
func (m *merge) place(ctx context.Context, of int, seq int64) (int64, error) {
	s := m.strands[of]
	if seq < s.first || seq >= s.end {
		return 0, paas.Errorf(paas.NotFound, "This line is no longer kept.")
	}
	lines, err := m.bus.ReadLogs(ctx, s.topic, seq, 1)
	if err != nil {
		return 0, err
	}
	if len(lines) == 0 || lines[0].Seq != seq {
		return 0, errMoved
	}
	low, high := make([]int64, len(m.strands)), make([]int64, len(m.strands))
	for i, s := range m.strands {
		low[i], high[i] = s.first, s.end
	}
	at, place, err := m.cut(ctx, micros(lines[0].At), low, high)
	if err != nil {
		return 0, err
	}
	for r := m.reader(at); ; place++ {
		line, ok, err := r.next(ctx)
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, fmt.Errorf("line %d of %s is not in its merged log", seq, s.topic)
		}
		if line.of == of && line.Seq == seq {
			return place, nil
		}
	}
}

// mergedLine is a line with the log it is of, and the time it counts as.
type mergedLine struct {
	paas.Log
	of int
	us int64
}

// reader reads merged lines forward.
type reader struct {
	merge   *merge
	ahead   int // lines of one log to read at a time
	strands []ahead
}

type ahead struct {
	lines []paas.Log
	next  int64 // the line after those
	us    int64 // the time its latest line counted as
}

// reader stands before the given line of each log.
func (m *merge) reader(at []int64) *reader {
	r := &reader{merge: m, ahead: readAhead, strands: make([]ahead, len(at))}
	for i, seq := range at {
		r.strands[i].next = seq
	}
	return r
}

// next gives the next line; ok is false at the end.
func (r *reader) next(ctx context.Context) (line mergedLine, ok bool, err error) {
	best := -1
	var us int64
	for i := range r.strands {
		a := &r.strands[i]
		if len(a.lines) == 0 {
			if err := r.fill(ctx, i); err != nil {
				return mergedLine{}, false, err
			}
			if len(a.lines) == 0 {
				continue
			}
		}
		if at := max(a.us, micros(a.lines[0].At)); best < 0 || at < us {
			best, us = i, at
		}
	}
	if best < 0 {
		return mergedLine{}, false, nil
	}
	a := &r.strands[best]
	line = mergedLine{Log: a.lines[0], of: best, us: us}
	a.lines, a.us = a.lines[1:], us
	return line, true, nil
}

func (r *reader) fill(ctx context.Context, i int) error {
	a, s := &r.strands[i], r.merge.strands[i]
	if a.next >= s.end {
		return nil
	}
	lines, err := r.merge.bus.ReadLogs(ctx, s.topic, a.next, int(min(int64(r.ahead), s.end-a.next)))
	if err != nil {
		return err
	}
	if len(lines) == 0 || lines[0].Seq != a.next {
		return errMoved
	}
	a.lines, a.next = lines, a.next+int64(len(lines))
	return nil
}
