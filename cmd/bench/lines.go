package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"github.com/slipway-paas/slipway/web/api"
)

// measureLines prints lines as fast as the engine takes them and counts them in the store.
func (b *bench) measureLines(ctx context.Context, s *installation) error {
	task, err := s.talking(ctx)
	if err != nil {
		return err
	}
	path := strings.TrimPrefix(task.Log, api.Prefix)
	before, err := read[api.Logs](ctx, s, path+"?limit=1")
	if err != nil {
		return err
	}
	began, said := time.Now(), make(chan error, 1)
	go func() { said <- say(ctx, "http://"+s.edge, "talker.localhost", b.lines, 0) }()
	want := before.Last + int64(b.lines)
	var stored api.Logs
	err = await(ctx, 5*time.Minute, poll, "every line is in the store", func(ctx context.Context) error {
		var err error
		stored, err = read[api.Logs](ctx, s, fmt.Sprintf("%s?from=-1&limit=1", path))
		if err == nil && stored.Last < want {
			err = fmt.Errorf("%d of %d are", stored.Last-before.Last, b.lines)
		}
		return err
	})
	took := time.Since(began)
	if err := errors.Join(err, <-said); err != nil {
		return err
	}
	missing, err := b.missing(ctx, s, task, before.Last+1)
	if err != nil {
		return err
	}
	intake, reading, err := b.linesByHand(ctx)
	if err != nil {
		return fmt.Errorf("by hand: %w", err)
	}
	b.add(
		figure{Name: "container to store", Value: float64(b.lines) / took.Seconds(), Unit: "lines/s"}.atLeast(100_000).
			against(reading, "docker logs reads").and(missing == 0, fmt.Sprintf("%d lines, %d missing or out of order", b.lines, missing)),
		figure{Name: "  the engine's own intake, read by nobody", Value: intake, Unit: "lines/s", Note: "the limit of this machine"},
	)
	return nil
}

// missing reads the lines back and counts those that are not where they belong.
func (b *bench) missing(ctx context.Context, s *installation, task api.Task, from int64) (missing int, err error) {
	path := strings.TrimPrefix(task.Log, api.Prefix)
	const page = 5000
	for n := 0; n < b.lines; {
		part, err := read[api.Logs](ctx, s, path+"?"+url.Values{"from": {fmt.Sprint(from + int64(n))}, "limit": {fmt.Sprint(page)}}.Encode())
		if err != nil {
			return 0, err
		}
		if len(part.Lines) == 0 {
			return missing + b.lines - n, nil
		}
		for _, l := range part.Lines {
			n++
			if n <= b.lines && !strings.HasPrefix(l.Text, fmt.Sprintf("%010d ", n)) {
				missing++
			}
		}
	}
	return missing, nil
}

// linesByHand is how many lines a second the engine takes from a container when nobody reads, and how many `docker logs`
// then reads.
func (b *bench) linesByHand(ctx context.Context) (intake, reading float64, err error) {
	err = b.withTalker(ctx, func(id, address string) error {
		began := time.Now()
		if err := say(ctx, "http://"+address, "", b.peerLines, 0); err != nil {
			return err
		}
		// The engine is behind the program: what counts is when it noted the last line.
		err := await(ctx, 2*time.Minute, 100*time.Millisecond, "the engine has every line", func(ctx context.Context) error {
			var noted string
			err := b.dockerLogs(ctx, id, container.LogsOptions{ShowStdout: true, Timestamps: true, Tail: "1"}, func(text string) bool { noted = text; return true })
			stamp, line, _ := strings.Cut(noted, " ")
			if err == nil && !strings.HasPrefix(line, fmt.Sprintf("%010d ", b.peerLines)) {
				return fmt.Errorf("the last is %.30q", line)
			}
			at, stampErr := time.Parse(time.RFC3339Nano, stamp)
			intake = float64(b.peerLines) / at.Sub(began).Seconds()
			return errors.Join(err, stampErr)
		})
		if err != nil {
			return err
		}
		began = time.Now()
		lines := 0
		err = b.dockerLogs(ctx, id, container.LogsOptions{ShowStdout: true}, func(string) bool { lines++; return true })
		reading = float64(lines) / time.Since(began).Seconds()
		if err == nil && lines != b.peerLines {
			err = fmt.Errorf("docker logs read %d lines of %d", lines, b.peerLines)
		}
		return err
	})
	return intake, reading, err
}

// withTalker runs a talker by hand.
func (b *bench) withTalker(ctx context.Context, do func(id, address string) error) (err error) {
	repo, err := b.repository(ctx, "talker-by-hand")
	if err != nil {
		return err
	}
	if err := writeTalker(ctx, repo.dir); err != nil {
		return err
	}
	h := b.hand("talker")
	if err := h.build(ctx, repo.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.removeImage(ctx)) }()
	id, address, err := h.run(ctx)
	defer func() { err = errors.Join(h.removeContainer(ctx, id), err) }()
	if err != nil {
		return err
	}
	err = await(ctx, time.Minute, poll, "the talker listens", func(ctx context.Context) error {
		status, _, err := get(ctx, "http://"+address+"/", "", "")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("it answers %d", status)
		}
		return err
	})
	if err != nil {
		return err
	}
	return do(id, address)
}

// dockerLogs gives each line that `docker logs` prints, until take has enough.
func (b *bench) dockerLogs(ctx context.Context, id string, o container.LogsOptions, take func(string) bool) error {
	answer, err := b.docker.ContainerLogs(ctx, id, o)
	if err != nil {
		return err
	}
	defer answer.Close()
	lines, plain := io.Pipe()
	defer lines.Close()
	go func() { // ends with the answer or with the pipe, both closed above
		_, err := stdcopy.StdCopy(plain, io.Discard, answer)
		plain.CloseWithError(err)
	}()
	scan := bufio.NewScanner(lines)
	for scan.Scan() {
		if !take(scan.Text()) {
			return nil
		}
	}
	return scan.Err()
}
