package docker

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// overlap is how far before the last known line reading through the API begins: the two streams are written by two
// threads, so that their lines may lie a little out of order.
const overlap = 2 * time.Second

// gone translates the engine's "not found".
func (e *Engine) gone(task int64, err error) error {
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return err
}

// followAPI reads output where the engine's files are out of reach.
func (e *Engine) followAPI(ctx context.Context, task int64, from engine.Position, each func(engine.Batch) error) error {
	options := container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: true}
	if last := max(from.Out.Nanos, from.Err.Nanos); last > 0 {
		since := time.Unix(0, last).Add(-overlap)
		options.Since = fmt.Sprintf("%d.%09d", since.Unix(), since.Nanosecond())
	}
	stream, err := e.api.docker.ContainerLogs(ctx, containerName(e.install, task), options)
	if err != nil {
		return e.gone(task, fmt.Errorf("follow logs: %w", err))
	}
	defer func() { _ = stream.Close() }()
	from.File, from.Offset = "", 0
	b := batch{each: each, from: from, at: from, skip: true}
	r := frames{in: bufio.NewReaderSize(stream, engine.BatchBytes)}
	for {
		record, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("follow logs of task %d: %w", task, errors.Join(ctx.Err(), err))
		}
		b.add(record)
		if b.bytes >= engine.BatchBytes || r.in.Buffered() == 0 {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(b.flush(), ctx.Err()); err != nil {
		return err
	}
	if c, err := e.Inspect(ctx, task); err != nil || c.Status == engine.Ended {
		return err
	}
	return fmt.Errorf("follow logs of task %d: the engine ended the stream", task)
}

// Tail implements engine.Engine.
func (e *Engine) Tail(ctx context.Context, task int64, n int) ([]paas.Log, error) {
	return call(ctx, "read logs", readDeadline, func(ctx context.Context) ([]paas.Log, error) {
		stream, err := e.api.docker.ContainerLogs(ctx, containerName(e.install, task),
			container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Tail: strconv.Itoa(n)})
		if err != nil {
			return nil, e.gone(task, err)
		}
		defer func() { _ = stream.Close() }()
		var b batch
		r := frames{in: bufio.NewReader(stream)}
		for {
			record, err := r.next()
			if errors.Is(err, io.EOF) {
				return b.lines[max(0, len(b.lines)-n):], nil
			}
			if err != nil {
				return nil, err
			}
			b.add(record)
		}
	})
}

// frames reads Docker's multiplexed stream: eight bytes of header (stream, three zeros, size), then the text, which
// begins with its time.
type frames struct {
	in      *bufio.Reader
	decoder decoder
}

func (f *frames) next() (record, error) {
	var header [8]byte
	if _, err := io.ReadFull(f.in, header[:]); err != nil {
		return record{}, err // io.EOF only between frames
	}
	size := binary.BigEndian.Uint32(header[4:])
	if size > maxEntry {
		return record{}, fmt.Errorf("a frame of %d bytes", size)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(f.in, text); err != nil {
		return record{}, err
	}
	stamp, line, _ := strings.Cut(string(text), " ")
	nanos, ok := f.decoder.nanos(strings.TrimSuffix(stamp, "Z"))
	if !ok {
		return record{}, fmt.Errorf("a line without its time")
	}
	r := record{stream: "out", nanos: nanos}
	if header[0] == 2 {
		r.stream = "err"
	}
	r.end(strings.ToValidUTF8(line, "\uFFFD"))
	return r, nil
}
