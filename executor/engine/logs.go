package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// Limits of a Batch. A batch is handed over when it is full or when nothing more is waiting to be read, so that a
// lone line is not held back and a flood travels in large pieces.
const BatchBytes = 64 << 10 // text, in bytes; one line may be up to paas.MaxLogLine

// Batch is some consecutive output of a container.
type Batch struct {
	Lines []paas.Log // without Seq; Text is valid UTF-8 of at most paas.MaxLogLine bytes; never empty
	Next  Position   // where to go on after these lines
	Gap   bool       // output before these lines is lost: the engine threw it away before it was read
}

// Position is a place in a container's output. The zero value is its beginning. It has two halves, so that output can
// be resumed exactly from the engine's files and nearly as well through its API: the file and the offset in it, and for
// each stream the time of the last line and how many lines had that very time.
type Position struct {
	File   string // fingerprint of the log file; "" when read through the API
	Offset int64  // bytes of that file that are done
	Out    Mark
	Err    Mark
}

// Mark is the last line of one stream.
type Mark struct {
	Nanos int64 // Unix time in nanoseconds; 0 before the first line
	Count int64 // lines seen with that very time
}

// next is the mark after a line at this time.
func (m Mark) next(nanos int64) Mark {
	if nanos == m.Nanos {
		return Mark{nanos, m.Count + 1}
	}
	return Mark{nanos, 1}
}

// Saw returns the position after a line of the stream at this time; file and offset are the reader's to set.
func (p Position) Saw(stream string, nanos int64) Position {
	if stream == "err" {
		p.Err = p.Err.next(nanos)
	} else {
		p.Out = p.Out.next(nanos)
	}
	return p
}

// String is the position as it is kept with each stored batch.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d:%d:%d:%d", p.File, p.Offset, p.Out.Nanos, p.Out.Count, p.Err.Nanos, p.Err.Count)
}

// ParsePosition reads what String wrote. "" is the beginning.
func ParsePosition(s string) (Position, error) {
	if s == "" {
		return Position{}, nil
	}
	parts := strings.Split(s, ":")
	if len(parts) != 6 {
		return Position{}, fmt.Errorf("log position %q: want 6 parts", s)
	}
	p := Position{File: parts[0]}
	for i, field := range []*int64{&p.Offset, &p.Out.Nanos, &p.Out.Count, &p.Err.Nanos, &p.Err.Count} {
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n < 0 {
			return Position{}, fmt.Errorf("log position %q: part %d is no number", s, i+2)
		}
		*field = n
	}
	return p, nil
}
