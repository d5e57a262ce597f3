package bus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// ReadLogs gives at most limit lines of a log from line from on; none when the log is shorter. When older lines are no
// longer kept, the first line given says so: Stream "slipway", the number of the last line that is gone.
func (b *Bus) ReadLogs(ctx context.Context, topic paas.Topic, from int64, limit int) ([]paas.Log, error) {
	r, err := b.readFrom(ctx, topic, from)
	if err != nil {
		return nil, err
	}
	var lines []paas.Log
	for len(lines) < limit {
		more, err := r.next(ctx)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			break
		}
		lines = append(lines, more...)
	}
	return lines[:min(limit, len(lines))], nil
}

// CountLogs gives the numbers of the first line still kept and of the last one; 0 and 0 for a log without lines.
func (b *Bus) CountLogs(ctx context.Context, topic paas.Topic) (first, last int64, err error) {
	of, err := subject(logPrefix, logTopic(topic))
	if err != nil {
		return 0, 0, err
	}
	tail, err := b.lastBatch(ctx, of)
	if err != nil || tail.count == 0 {
		return 0, 0, err
	}
	head, err := b.nextBatch(ctx, of, 1)
	if err != nil {
		return 0, 0, err
	}
	return head.first, tail.last(), nil
}

// LogsSince gives the number of the first line that was written at or after a time; one more than the last line when
// all are older. Everything before it is older; a line after it may be, when two streams arrived out of order.
func (b *Bus) LogsSince(ctx context.Context, topic paas.Topic, since time.Time) (int64, error) {
	of, err := subject(logPrefix, logTopic(topic))
	if err != nil {
		return 0, err
	}
	at := since.UnixNano()
	found, err := b.locate(ctx, topic, of, func(m batch) bool { return m.until >= at })
	if err != nil {
		return 0, err
	}
	if found.count == 0 {
		last, err := b.lastBatch(ctx, of)
		return last.first + last.count, err // 0 for a log without lines
	}
	if found, err = b.nextBatch(ctx, of, found.stream); err != nil {
		return 0, err
	}
	lines, err := found.lines()
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", topic, err)
	}
	for _, line := range lines {
		if !line.At.Before(since) {
			return line.Seq, nil
		}
	}
	return found.last() + 1, nil
}

// WriteLogs writes the whole log as text for a download: each line with its time in UTC. Pieces of a line that was
// longer than paas.MaxLogLine are put together again.
func (b *Bus) WriteLogs(ctx context.Context, topic paas.Topic, w io.Writer) error {
	r, err := b.readFrom(ctx, topic, 1)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	within := false
	for {
		lines, err := r.next(ctx)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		for _, line := range lines {
			if !within {
				stamp := out.AvailableBuffer()
				stamp = line.At.AppendFormat(stamp, "2006-01-02T15:04:05.000Z ")
				_, _ = out.Write(stamp) // a bufio.Writer keeps its first error for Flush
			}
			_, _ = out.WriteString(line.Text)
			if within = line.Cut; !within {
				_ = out.WriteByte('\n')
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", topic, err)
	}
	return nil
}

// replay reads a log forward.
type replay struct {
	bus   *Bus
	of    string
	seq   int64  // of the next line to give
	place uint64 // in the stream, of the next batch to ask for
	ahead []batch
	ended bool // the last page was the end of the log at that time
}

// readFrom starts to read at a line.
func (b *Bus) readFrom(ctx context.Context, topic paas.Topic, from int64) (*replay, error) {
	of, err := subject(logPrefix, logTopic(topic))
	if err != nil {
		return nil, err
	}
	r := &replay{bus: b, of: of, seq: max(from, 1), place: 1}
	if r.seq == 1 {
		return r, nil
	}
	start, err := b.locate(ctx, topic, of, func(m batch) bool { return m.last() >= r.seq })
	if err != nil {
		return nil, err
	}
	r.place, r.ended = start.stream, start.count == 0
	return r, nil
}

// batch gives the next stored batch that holds lines from r.seq on; the zero value at the end of the log.
func (r *replay) batch(ctx context.Context) (batch, error) {
	for {
		if len(r.ahead) == 0 {
			if r.ended {
				return batch{}, nil
			}
			page, err := r.bus.page(ctx, r.of, r.place)
			if err != nil {
				return batch{}, err
			}
			if len(page) == 0 {
				r.ended = true
				return batch{}, nil
			}
			r.ahead, r.place = page, page[len(page)-1].stream+1
		}
		next := r.ahead[0]
		r.ahead = r.ahead[1:]
		if next.last() >= r.seq {
			return next, nil
		}
	}
}

// next gives the lines of the next batch from r.seq on; none at the end of the log.
func (r *replay) next(ctx context.Context) ([]paas.Log, error) {
	next, err := r.batch(ctx)
	if err != nil || next.count == 0 {
		return nil, err
	}
	lines, err := next.lines()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.of, err)
	}
	lines = r.from(lines)
	r.seq = next.last() + 1
	return lines, nil
}

// from cuts lines to those from r.seq on; when the ones before are gone, a line that says so comes first.
func (r *replay) from(lines []paas.Log) []paas.Log {
	first := lines[0].Seq
	if r.seq > first {
		return lines[r.seq-first:]
	}
	if r.seq == first {
		return lines
	}
	gone := first - r.seq
	notice := paas.Log{Seq: first - 1, At: lines[0].At, Stream: "slipway", Text: noLongerKept(gone)}
	return append([]paas.Log{notice}, lines...)
}

func noLongerKept(lines int64) string {
	if lines == 1 {
		return "1 earlier line is no longer kept."
	}
	return strconv.FormatInt(lines, 10) + " earlier lines are no longer kept."
}
