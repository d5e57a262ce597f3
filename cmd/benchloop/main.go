// Command benchloop measures the scheduler's loop under load: real records, the real loop, a real executor for each of
// many nodes, and engines that run nothing. It fills the fleet, then asks for one more task many times a second while as
// many are taken away, and measures each time from the commit of the row that asks to the call that starts the container.
//
//	benchloop [-for 30s] [-tasks 50000] [-rate 50] [-nodes 100] [-groups 500] [-out FILE]
//
// The records are in SQLite, or in the PostgreSQL database that DATABASE_URL names, which should be empty.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	_ "net/http/pprof" // served with -pprof only
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// size is how much is measured.
type size struct {
	tasks    int           // live all the time
	rate     int           // launches a second, and as many ends
	nodes    int           // each with an executor of its own
	groups   int           // server groups, each of an app of its own
	last     time.Duration // of the load
	database string        // PostgreSQL; "" is SQLite
}

func main() {
	var s size
	flag.DurationVar(&s.last, "for", 30*time.Second, "how long the load lasts; the goal is stated for 10m")
	flag.IntVar(&s.tasks, "tasks", 50_000, "tasks that live all the time")
	flag.IntVar(&s.rate, "rate", 50, "launches a second")
	flag.IntVar(&s.nodes, "nodes", 100, "nodes")
	flag.IntVar(&s.groups, "groups", 500, "server groups")
	out := flag.String("out", os.Getenv("OUT"), "also write the table as JSON to this file")
	profile := flag.String("pprof", "", "serve net/http/pprof at this address")
	flag.Parse()
	s.database = os.Getenv("DATABASE_URL")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *profile != "" {
		go func() { _ = http.ListenAndServe(*profile, nil) }() // ends with the process
	}
	if err := run(ctx, s, *out, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchloop:", err)
		os.Exit(1)
	}
}

// run measures once and reports; notes tell of the progress.
func run(ctx context.Context, s size, out string, table, notes io.Writer) (err error) {
	// This one heap holds the agents of a hundred machines and is collected for all of them while it serves each; GOGC=100
	// measures with the runtime's own percentage.
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	dir, err := os.MkdirTemp("", "slipway-benchloop-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log := slog.New(slog.NewTextHandler(notes, &slog.HandlerOptions{Level: slog.LevelWarn}))
	f, err := open(ctx, s, dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	fmt.Fprintf(notes, "filling %d nodes with %d tasks\n", s.nodes, s.tasks)
	filled, err := f.fill(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(notes, "filled in %s; %d launches a second for %s\n", filled.Round(time.Second), s.rate, s.last)
	r, err := f.load(ctx)
	if err != nil {
		return err
	}
	r.Filled = s.tasks
	r.FillPerS = float64(s.tasks) / filled.Seconds()
	figures := r.figures(s)
	err = printTable(table, figures)
	if out != "" {
		err = errors.Join(err, writeJSON(out, figures))
	}
	return err
}
