package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// How often a file that has nothing new is looked at: soon at first, for a program that prints now will print again,
// then less often, so that fifty silent tasks cost nothing. The rarest look bounds the delay of a line.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 100 * time.Millisecond
	// confirmEvery is how often the engine is asked whether a silent container still runs, in case its process id was
	// given to another program.
	confirmEvery = 10 * time.Second
	chunkBytes   = 256 << 10 // read at once; holds at least one whole entry
)

// Logs implements engine.Engine: from the engine's own files where they can be read, else through its API.
func (e *Engine) Logs(ctx context.Context, task int64, from engine.Position, each func(engine.Batch) error) error {
	c, err := e.api.inspect(ctx, containerName(e.install, task))
	if err != nil {
		return e.gone(task, err)
	}
	if c.ContainerJSONBase == nil {
		return fmt.Errorf("task %d: the engine described a container without its state", task)
	}
	if stamp(c.Created).UnixNano() > max(from.Out.Nanos, from.Err.Nanos) {
		from = engine.Position{} // what was read before came from another container: all of this one is new
	}
	if readable(c.LogPath) {
		return e.followFiles(ctx, task, c.LogPath, from, each)
	}
	return e.followAPI(ctx, task, from, each)
}

func readable(path string) bool {
	if path == "" {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

func (e *Engine) followFiles(ctx context.Context, task int64, path string, from engine.Position, each func(engine.Batch) error) error {
	alive, err := e.liveness(ctx, task)
	if err != nil {
		return err
	}
	files, err := openChain(path, engine.Tasks.LogFiles, from.File)
	if err != nil {
		return fmt.Errorf("logs of task %d: %w", task, err)
	}
	defer files.close()
	return newTail(files, from, each).follow(ctx, alive)
}

// liveness gives a cheap question whether the container still runs: its process on this machine, and only when that
// has gone the engine itself.
func (e *Engine) liveness(ctx context.Context, task int64) (func(context.Context) (bool, error), error) {
	c, err := e.Inspect(ctx, task)
	if err != nil {
		return nil, err
	}
	proc, asked := fmt.Sprintf("/proc/%d", c.Pid), time.Now()
	return func(ctx context.Context) (bool, error) {
		if c.Pid > 0 && time.Since(asked) < confirmEvery {
			if _, err := os.Stat(proc); err == nil {
				return true, nil
			}
		}
		asked = time.Now()
		now, err := e.Inspect(ctx, task)
		return now.Status != engine.Ended, err
	}, nil
}

// tail reads a chain of files into batches.
type tail struct {
	*chain
	batch
	decoder decoder
	offset  int64  // in the current file, of the first byte that is not in a batch
	file    string // fingerprint of the current file; "" while unknown
	chunk   []byte
}

func newTail(files *chain, from engine.Position, each func(engine.Batch) error) *tail {
	exact := from.File != "" && !files.gap
	t := &tail{chain: files, batch: batch{each: each, at: from, from: from, skip: !exact}}
	if exact {
		t.offset = from.Offset
	}
	return t
}

// follow reads until the container has ended and everything is read.
func (t *tail) follow(ctx context.Context, alive func(context.Context) (bool, error)) error {
	pause := firstPause
	for ctx.Err() == nil {
		n, err := t.read()
		if err != nil {
			return err
		}
		if n > 0 {
			pause = firstPause
			continue
		}
		running, err := alive(ctx)
		if err != nil {
			return err
		}
		if !running {
			// Docker closes the log before it says that a container has ended: one more look sees all of it.
			return t.drain()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, lastPause)
		}
	}
	return ctx.Err()
}

// read hands over what one chunk of the current file holds, or goes on to the next file. It returns how much it did; 0
// when it reached the end of what there is.
func (t *tail) read() (int, error) {
	if err := t.refresh(); err != nil {
		return 0, err
	}
	last := t.last() // before reading: a file that is not the newest is not written to any more
	if t.chunk == nil {
		t.chunk = make([]byte, chunkBytes)
	}
	n, err := t.current().ReadAt(t.chunk, t.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	end := bytes.LastIndexByte(t.chunk[:n], '\n') + 1
	if end == 0 && n == len(t.chunk) {
		end = n // longer than any entry can be: damaged
	}
	if end == 0 {
		if last {
			return 0, nil
		}
		t.next()
		t.offset, t.file = 0, ""
		return 1, nil
	}
	if t.file == "" {
		if t.file, err = identify(t.current()); err != nil {
			return 0, err
		}
	}
	return end, t.entries(string(t.chunk[:end]))
}

// entries reads whole entries; text of lines is cut out of this one string.
func (t *tail) entries(s string) error {
	for s != "" {
		line, rest, _ := strings.Cut(s, "\n")
		t.offset += int64(len(s) - len(rest))
		s = rest
		r, ok := t.decoder.decode(line)
		if !ok {
			r = record{text: "[a damaged line of the engine's log]", stream: platformStream, nanos: t.lastNanos()}
		}
		if t.gapNow(); !t.add(r) {
			continue
		}
		t.at.File, t.at.Offset = t.file, t.offset
		if t.bytes >= engine.BatchBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.flush()
}

// gapNow moves the chain's gap into the batch that begins here.
func (t *tail) gapNow() {
	if t.gap && len(t.lines) == 0 {
		t.missing, t.gap = true, false
	}
}

// drain reads to the end of files that nobody writes to any more.
func (t *tail) drain() error {
	for {
		if n, err := t.read(); n == 0 || err != nil {
			return err
		}
	}
}

// platformStream marks lines that are Slipway's, not the program's.
const platformStream = "slipway"

// batch gathers lines until they are handed over.
type batch struct {
	each    func(engine.Batch) error
	lines   []paas.Log
	bytes   int
	missing bool
	at      engine.Position // after the lines
	from    engine.Position // where reading began
	skip    bool            // lines up to from's marks were seen already, as far as their times tell
	met     engine.Position // marks counted anew while skipping
}

// add takes a record, cut into pieces that fit. It reports false for a record that was handed over in an earlier life.
func (b *batch) add(r record) bool {
	if b.skip && b.seen(r) {
		return false
	}
	b.at = b.at.Saw(r.stream, r.nanos)
	at := time.Unix(0, r.nanos).UTC()
	for len(r.text) > paas.MaxLogLine {
		end := paas.MaxLogLine
		for !utf8.RuneStart(r.text[end]) {
			end--
		}
		b.append(paas.Log{At: at, Stream: r.stream, Text: r.text[:end], Cut: true})
		r.text = r.text[end:]
	}
	b.append(paas.Log{At: at, Stream: r.stream, Text: r.text, Cut: r.cut})
	return true
}

func (b *batch) append(l paas.Log) {
	b.lines = append(b.lines, l)
	b.bytes += len(l.Text) + 1
}

// seen compares a record with where reading began. Within one stream times never run backwards, so that the last time
// and the number of lines with it say exactly what was seen.
func (b *batch) seen(r record) bool {
	b.met = b.met.Saw(r.stream, r.nanos)
	mark, met := b.from.Out, b.met.Out
	if r.stream == "err" {
		mark, met = b.from.Err, b.met.Err
	}
	return r.nanos < mark.Nanos || (r.nanos == mark.Nanos && met.Count <= mark.Count)
}

func (b *batch) lastNanos() int64 { return max(b.at.Out.Nanos, b.at.Err.Nanos) }

// flush hands the lines over.
func (b *batch) flush() error {
	if len(b.lines) == 0 {
		return nil
	}
	err := b.each(engine.Batch{Lines: b.lines, Next: b.at, Gap: b.missing})
	b.lines, b.bytes, b.missing = b.lines[:0], 0, false
	return err
}
