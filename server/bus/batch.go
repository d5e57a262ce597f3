package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/slipway-paas/slipway/server/paas"
)

// One JetStream message holds one batch of lines, so that the cost of a message (51 µs acknowledged) is shared.
const (
	// batchBytes is how much text goes into one batch at most, unless a single line is longer. Small enough that
	// jumping into the middle of a log reads little, large enough to compress well.
	batchBytes = 64 << 10
	batchLines = 2048
	// maxMessage is the largest message the server inside the process takes: a batch that does not compress at all,
	// with its columns and position.
	maxMessage = 1 << 20
	// longestPos bounds a shipper's position, in bytes.
	longestPos = 1 << 10
)

// batch is what is known of a stored message without reading its lines.
//
// The layout of a message: version, first, count, time of the first line, time from there to the latest so far, bytes of the
// log before this batch, resumable seq, position, whether the body is compressed, the body. All numbers are varints.
// The body is columns: for each line its length with its stream, and the time since the line before; then all texts.
type batch struct {
	first  int64 // seq of the first line
	count  int64
	from   int64 // time of the first line, Unix nanoseconds
	until  int64 // time of the latest line of the log so far, so that it never falls from batch to batch
	before int64 // stored bytes of the log ahead of this batch, also those that are gone by now
	posSeq int64 // the line that pos stands after; less than last only when a shipper was killed within an append
	pos    string

	packed bool
	body   []byte

	stream uint64 // sequence of the message in the stream; not part of the message
	size   int64  // of the message; not part of it either
}

func (b batch) last() int64 { return b.first + b.count - 1 }

const layout = 1

// The streams a line can name in two bits. Any other name is written out.
var streamNames = [...]string{"out", "err", "slipway"}

const (
	otherStream = 3
	cutBit      = 1 << 2
	lengthShift = 3
)

var errDamaged = errors.New("a stored batch of log lines is damaged")

// encode packs lines, which follow each other without gaps, into one message. b.until is that of the batch before.
func (b batch) encode(lines []paas.Log) []byte {
	b.first, b.count, b.from = lines[0].Seq, int64(len(lines)), lines[0].At.UnixNano()
	b.until = max(b.until, b.from)
	text := 0
	for _, line := range lines {
		text += len(line.Text)
	}
	columns := make([]byte, 0, len(lines)*6+text)
	at := b.from
	for _, line := range lines {
		columns = appendLine(columns, line, at)
		at = line.At.UnixNano()
		b.until = max(b.until, at)
	}
	for _, line := range lines {
		columns = append(columns, line.Text...)
	}

	m := make([]byte, 0, 64+len(b.pos)+len(columns))
	m = append(m, layout)
	m = binary.AppendUvarint(m, uint64(b.first))
	m = binary.AppendUvarint(m, uint64(b.count))
	m = binary.AppendVarint(m, b.from)
	m = binary.AppendUvarint(m, uint64(b.until-b.from))
	m = binary.AppendUvarint(m, uint64(b.before))
	m = binary.AppendUvarint(m, uint64(b.posSeq))
	m = binary.AppendUvarint(m, uint64(len(b.pos)))
	m = append(m, b.pos...)
	if packed := s2.Encode(nil, columns); len(packed) < len(columns) {
		return append(append(m, 1), packed...)
	}
	return append(append(m, 0), columns...)
}

func appendLine(columns []byte, line paas.Log, previous int64) []byte {
	name := byte(otherStream)
	for i, known := range streamNames {
		if line.Stream == known {
			name = byte(i)
		}
	}
	head := uint64(len(line.Text))<<lengthShift | uint64(name)
	if line.Cut {
		head |= cutBit
	}
	columns = binary.AppendUvarint(columns, head)
	if name == otherStream {
		columns = binary.AppendUvarint(columns, uint64(len(line.Stream)))
		columns = append(columns, line.Stream...)
	}
	return binary.AppendVarint(columns, line.At.UnixNano()-previous)
}

// decode reads what stands before the lines of a message.
func decode(message []byte) (batch, error) {
	r := reader{left: message}
	version := r.bytes(1)
	b := batch{
		first: r.count(), count: r.count(), from: r.number(), until: r.count(), before: r.count(), posSeq: r.count(),
		size: int64(len(message)),
	}
	b.until += b.from
	b.pos = string(r.bytes(r.count()))
	packed := r.bytes(1)
	if r.short || version[0] != layout || b.first < 1 || b.count < 1 || b.count > maxMessage {
		return batch{}, errDamaged
	}
	b.packed, b.body = packed[0] == 1, r.left
	return b, nil
}

// columns are the lines of a batch without one value per line made: what a search reads.
type columns struct {
	lines []column
	text  string // of all lines, one after the other
}

type column struct {
	end    int // of the line's text
	at     int64
	stream string
	cut    bool
}

func (b batch) columns() (columns, error) {
	body := b.body
	if b.packed {
		if n, err := s2.DecodedLen(body); err != nil || n > maxMessage {
			return columns{}, errDamaged
		}
		var err error
		if body, err = s2.Decode(nil, body); err != nil {
			return columns{}, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	if b.count > int64(len(body)) { // every line takes at least two bytes
		return columns{}, errDamaged
	}
	r := reader{left: body}
	c := columns{lines: make([]column, b.count)}
	at, end := b.from, 0
	for i := range c.lines {
		head := uint64(r.count())
		stream := ""
		if name := head & otherStream; name == otherStream {
			stream = string(r.bytes(r.count()))
		} else {
			stream = streamNames[name]
		}
		at += r.number()
		end += int(head >> lengthShift)
		c.lines[i] = column{end: end, at: at, stream: stream, cut: head&cutBit != 0}
		if r.short || end > len(body) {
			return columns{}, errDamaged
		}
	}
	if len(r.left) != end {
		return columns{}, errDamaged
	}
	c.text = string(r.left)
	return c, nil
}

// lines makes the lines of a batch.
func (b batch) lines() ([]paas.Log, error) {
	c, err := b.columns()
	if err != nil {
		return nil, err
	}
	lines := make([]paas.Log, len(c.lines))
	start := 0
	for i, col := range c.lines {
		lines[i] = paas.Log{
			Seq: b.first + int64(i), At: time.Unix(0, col.at).UTC(), Stream: col.stream, Text: c.text[start:col.end], Cut: col.cut,
		}
		start = col.end
	}
	return lines, nil
}

// reader takes varints and bytes from a buffer, and remembers whether it ran short.
type reader struct {
	left  []byte
	short bool
}

func (r *reader) count() int64 {
	v, n := binary.Uvarint(r.left)
	if n <= 0 || v > 1<<62 {
		r.short = true
		return 0
	}
	r.left = r.left[n:]
	return int64(v)
}

func (r *reader) number() int64 {
	v, n := binary.Varint(r.left)
	if n <= 0 {
		r.short = true
		return 0
	}
	r.left = r.left[n:]
	return v
}

// bytes always gives n bytes when n is small, zeroes when there are fewer.
func (r *reader) bytes(n int64) []byte {
	if n > int64(len(r.left)) {
		r.short = true
		return make([]byte, min(n, 1))
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}
