package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/slipway-paas/slipway/server/paas"
)

// rememberedWriters is how many logs' heads are kept in memory; a head that was forgotten is read again.
const rememberedWriters = 4096

// appendTries bounds how often an append starts again because someone else appended to the same log meanwhile.
const appendTries = 5

// GapError refuses lines that do not follow the last stored one. The shipper goes back to Pos, which stands after line
// Seq, and sends from Seq+1.
type GapError struct {
	Topic paas.Topic
	Seq   int64
	Pos   string
	First int64 // the line that was offered
}

func (e *GapError) Error() string {
	return fmt.Sprintf("append to %s: line %d does not follow line %d", e.Topic, e.First, e.Seq)
}

// AppendLogs stores lines, which are numbered without gaps, and returns when the server has acknowledged them.
//
// Lines that are stored already are skipped, by their number and for ever: repeat an append whose fate is unknown. Lines
// that leave a gap are refused with a GapError; only a log with no lines at all (a new one, or one whose lines have all
// expired) may go on at any number. pos is the shipper's own word for where it stands after the last line; LastLog
// gives it back. Appends to one log by several processes are put in order by the server.
func (b *Bus) AppendLogs(ctx context.Context, topic paas.Topic, lines []paas.Log, pos string) error {
	to, err := subject(logPrefix, logTopic(topic))
	if err != nil || len(lines) == 0 {
		return err
	}
	if err := checkLines(lines, pos); err != nil {
		return fmt.Errorf("append to %s: %w", topic, err)
	}
	w := b.writers.get(topic, func() *writer { return &writer{} })
	w.mu.Lock()
	defer w.mu.Unlock()
	for range appendTries {
		err = b.append(ctx, w, to, topic, lines, pos)
		if err == nil || !w.stale {
			break
		}
	}
	if err != nil {
		w.stale = true // whatever went wrong, the server knows better what it has
		return err
	}
	return b.trim(ctx, w, topic, to)
}

// writer is what this process knows of the end of a log. A writer that is evicted while it is used costs nothing but a
// second try: the server holds both to the order.
type writer struct {
	mu    sync.Mutex
	known bool
	stale bool  // the head may have moved, or the last try moved it unseen: read it first
	head  batch // the last stored batch, without its body; the zero value for an empty log
	floor int64 // stored bytes of the log that were trimmed away, as far as known
}

// append stores what of lines is not stored yet, batch by batch.
func (b *Bus) append(ctx context.Context, w *writer, to string, topic paas.Topic, lines []paas.Log, pos string) error {
	fresh := false
	if !w.known || w.stale {
		if err := b.readHead(ctx, w, to); err != nil {
			return err
		}
		fresh = true
	}
	end := lines[len(lines)-1].Seq
	if w.head.count > 0 {
		last := w.head.last()
		switch first := lines[0].Seq; {
		case first > last+1:
			w.stale = !fresh // another process may have appended what is missing here
			return &GapError{Topic: topic, Seq: w.head.posSeq, Pos: w.head.pos, First: first}
		case end <= last:
			return nil
		case first <= last:
			lines = lines[last-first+1:]
		}
	}
	for len(lines) > 0 {
		n := batchLen(lines)
		next := batch{posSeq: w.head.posSeq, pos: w.head.pos, before: w.head.before + w.head.size, until: w.head.until}
		if n == len(lines) {
			next.posSeq, next.pos = end, pos
		}
		message := next.encode(lines[:n])
		ack, err := b.stream.Publish(ctx, to, message, jetstream.WithExpectStream(streamName),
			jetstream.WithExpectLastSequencePerSubject(w.head.stream))
		if err != nil {
			w.stale = isStale(err)
			if w.stale {
				return fmt.Errorf("append to %s: %w", topic, err)
			}
			return unavailable(ctx, fmt.Errorf("append to %s: %w", topic, err))
		}
		next.first, next.count, next.stream, next.size = lines[0].Seq, int64(n), ack.Sequence, int64(len(message))
		for _, line := range lines[:n] {
			next.until = max(next.until, line.At.UnixNano())
		}
		w.head = next
		lines = lines[n:]
	}
	return nil
}

// isStale reports whether the server refused because the end of the log is not where this process thought.
func isStale(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongLastSequenceConstant)
}

// wrongLastSequenceConstant is JSStreamWrongLastSequenceConstantErr of the server: the same refusal without the number.
const wrongLastSequenceConstant = 10164

func (b *Bus) readHead(ctx context.Context, w *writer, to string) error {
	head, err := b.lastBatch(ctx, to)
	if err != nil {
		return err
	}
	head.body = nil
	w.head, w.known, w.stale = head, true, false
	return nil
}

// LastLog gives the last line that a shipper can go on after, and its position there. Zero and "" for a log without
// lines.
func (b *Bus) LastLog(ctx context.Context, topic paas.Topic) (seq int64, pos string, err error) {
	of, err := subject(logPrefix, logTopic(topic))
	if err != nil {
		return 0, "", err
	}
	head, err := b.lastBatch(ctx, of)
	return head.posSeq, head.pos, err
}

func checkLines(lines []paas.Log, pos string) error {
	if len(pos) > longestPos {
		return fmt.Errorf("a position of %d bytes is longer than %d", len(pos), longestPos)
	}
	for i, line := range lines {
		switch {
		case line.Seq != lines[0].Seq+int64(i) || line.Seq < 1:
			return fmt.Errorf("line %d stands at place %d after line %d", line.Seq, i, lines[0].Seq)
		case len(line.Text) > paas.MaxLogLine:
			return fmt.Errorf("line %d has %d bytes, more than %d", line.Seq, len(line.Text), paas.MaxLogLine)
		case len(line.Stream) > longestTopic:
			return fmt.Errorf("the stream name of line %d has %d bytes, more than %d", line.Seq, len(line.Stream), longestTopic)
		}
	}
	return nil
}

// batchLen is how many of lines go into one batch; at least one.
func batchLen(lines []paas.Log) int {
	text := 0
	for i, line := range lines {
		text += len(line.Text)
		if i > 0 && text > batchBytes || i == batchLines {
			return i
		}
	}
	return len(lines)
}
