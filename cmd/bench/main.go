// Command bench measures the real program on this machine's Docker Engine: it starts bin/slipway with a data folder of
// its own, deploys to it, and holds each figure against its goal and against a peer or a limit measured in the same run.
//
//	bench [-quick] [-only PART] [-out FILE]
//
// The figures mean something on a quiet machine only. Everything it makes is removed at the end, also after Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/docker/docker/client"
)

// sizes is how much is measured.
type sizes struct {
	deploys   int // of each kind
	lines     int // printed as fast as they are taken
	peerLines int // of these `docker logs` reads fewer: it is slow
	live      time.Duration
	tasks     int
	restarts  int
	settle    time.Duration // until memory is read
	apps      int
	history   int // deployments of each app
	requests  int // of each page
}

var (
	full  = sizes{5, 2_000_000, 300_000, 30 * time.Second, 50, 5, 15 * time.Second, 1000, 100, 200}
	quick = sizes{3, 200_000, 50_000, 5 * time.Second, 5, 3, 3 * time.Second, 50, 10, 40}
)

// bench is one run.
type bench struct {
	sizes
	program string // bin/slipway
	dir     string // temporary: data folders, repositories
	docker  *client.Client
	only    string
	notes   io.Writer // progress
	figures []figure
}

func main() {
	short := flag.Bool("quick", false, "measure little, to see that everything works")
	only := flag.String("only", "", "one part: idle, deploy, tasks, lines, live, start or pages")
	out := flag.String("out", os.Getenv("OUT"), "also write the table as JSON to this file")
	program := flag.String("program", "bin/slipway", "the program to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := &bench{sizes: full, program: *program, only: *only, notes: os.Stderr}
	if *short {
		b.sizes = quick
	}
	err := b.run(ctx)
	// What was measured is shown, also when a later part failed.
	err = errors.Join(err, printTable(os.Stdout, b.figures))
	if *out != "" {
		err = errors.Join(err, writeJSON(*out, b.figures))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if _, err := os.Stat(b.program); err != nil {
		return fmt.Errorf("run `make build` first: %w", err)
	}
	if b.dir, err = os.MkdirTemp("", "slipway-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.docker, err = client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.docker.Close()) }()
	return errors.Join(b.measureApps(ctx), b.measurePages(ctx))
}

// measureApps measures what has to do with apps that run, on one installation.
func (b *bench) measureApps(ctx context.Context) (err error) {
	if b.only == "pages" {
		return nil
	}
	s, err := b.install(ctx, "apps")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove(ctx)) }()
	for _, part := range []struct {
		name    string
		measure func(context.Context, *installation) error
	}{
		{"idle", b.measureIdle}, {"deploy", b.measureDeploys}, {"tasks", b.measureTasks},
		{"lines", b.measureLines}, {"live", b.measureLive}, {"start", b.measureStart},
	} {
		if !strings.Contains(part.name, b.only) {
			continue
		}
		b.note("measuring: %s", part.name)
		if err := part.measure(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func (b *bench) note(format string, args ...any) {
	fmt.Fprintf(b.notes, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

func (b *bench) add(f ...figure) { b.figures = append(b.figures, f...) }

// await calls check until it is nil; its last word is the error when the time is over.
func await(ctx context.Context, within, every time.Duration, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %s: %w", what, within, err)
		case <-tick.C:
		}
	}
}
