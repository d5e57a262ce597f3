package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/fake"
	"github.com/slipway-paas/slipway/scheduler"
	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/server/store"
)

// fleet is everything that takes part: records, bus, loop, executors and their engines.
type fleet struct {
	size
	store   *store.Store
	bus     *bus.Bus
	engines []*fake.Engine
	groups  []paas.ServerGroup
	passes  counts
	pending pending
	stop    context.CancelFunc
	parts   sync.WaitGroup
}

// counts is what the parts did.
type counts struct {
	passes, plans, rows, reports atomic.Int64
	reading, writing, reporting  durations
}

// durations are how long calls took.
type durations struct {
	mu  sync.Mutex
	all []time.Duration
}

func (d *durations) since(began time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, time.Since(began))
}

// take gives what was measured since the last time, sorted.
func (d *durations) take() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.all
	d.all = nil
	slices.Sort(all)
	return all
}

// open starts every part and waits until all nodes have joined.
func open(ctx context.Context, s size, dir string, log *slog.Logger) (_ *fleet, err error) {
	f := &fleet{size: s, pending: pending{asked: map[string][]ask{}}, stop: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeyBytes)) // nothing secret is kept
	if err != nil {
		return nil, err
	}
	if f.store, err = store.Open(ctx, store.Config{Path: filepath.Join(dir, "slipway.db"), DatabaseURL: s.database, Secrets: keeper}); err != nil {
		return nil, err
	}
	if f.bus, err = bus.Open(ctx, bus.Config{Dir: filepath.Join(dir, "nats")}); err != nil {
		return nil, err
	}
	f.store.Use(store.Hooks{Notify: func(topics []paas.Topic) {
		if err := f.bus.Publish(ctx, topics...); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "hints were not sent", "error", err)
		}
	}})
	if err := f.makeGroups(ctx); err != nil {
		return nil, err
	}
	ctx, f.stop = context.WithCancel(ctx)
	for i := range s.nodes {
		e := fake.New(fake.Options{Name: fmt.Sprintf("node-%03d", i+1)})
		f.engines = append(f.engines, e)
		agent := executor.New(executor.Config{
			Engine: watched{e, f}, Store: reports{f.store, &f.passes}, Prober: e, Hints: f.bus, Log: log,
		})
		f.parts.Go(func() { _ = agent.Run(ctx) }) // ends with ctx, always with nil
	}
	loop := &scheduler.Loop{Store: passes{f.store, &f.passes}, Hints: f.bus, Holder: "bench", Now: time.Now, Log: log}
	f.parts.Go(func() { _ = loop.Run(ctx) })
	return f, f.await(ctx, "all nodes to join", func() (bool, error) {
		nodes, err := f.nodes(ctx)
		return len(nodes) == s.nodes, err
	})
}

func (f *fleet) close() error {
	f.stop()
	f.parts.Wait()
	if f.bus != nil {
		f.bus.Close()
	}
	if f.store == nil {
		return nil
	}
	return f.store.Close()
}

// await looks twice a second until something is so.
func (f *fleet) await(ctx context.Context, what string, so func() (bool, error)) error {
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for {
		if ok, err := so(); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		case <-look.C:
		}
	}
}

// running is how many containers run on all engines.
func (f *fleet) running(ctx context.Context) (n int, err error) {
	for _, e := range f.engines {
		info, err := e.Info(ctx)
		if err != nil {
			return n, err
		}
		n += info.Running
	}
	return n, nil
}

// watched is an engine that notes when it is told to start something.
type watched struct {
	*fake.Engine
	fleet *fleet
}

// Start implements engine.Engine.
func (w watched) Start(ctx context.Context, s engine.Spec) (engine.Container, error) {
	w.fleet.pending.started(s.App, time.Now())
	return w.Engine.Start(ctx, s)
}

// passes is the loop's store that counts.
type passes struct {
	scheduler.Store
	counts *counts
}

func (p passes) Snapshot(ctx context.Context) (paas.FleetSnapshot, error) {
	p.counts.passes.Add(1)
	return p.Store.Snapshot(ctx)
}

func (p passes) Changes(ctx context.Context, since paas.FleetCursor, known func(int64) bool, part paas.FleetPart) (paas.FleetChanges, error) {
	p.counts.passes.Add(1)
	defer p.counts.reading.since(time.Now())
	return p.Store.Changes(ctx, since, known, part)
}

func (p passes) ApplyPlan(ctx context.Context, lease paas.Lease, plan paas.FleetPlan) error {
	p.counts.plans.Add(1)
	p.counts.rows.Add(int64(len(plan.Create) + len(plan.Place) + len(plan.Wait) + len(plan.Stop) + len(plan.Finish) + len(plan.Nodes)))
	defer p.counts.writing.since(time.Now())
	return p.Store.ApplyPlan(ctx, lease, plan)
}

// reports is an executor's store that counts.
type reports struct {
	executor.Store
	counts *counts
}

func (r reports) ReportTask(ctx context.Context, report paas.TaskReport) error {
	r.counts.reports.Add(1)
	defer r.counts.reporting.since(time.Now())
	return r.Store.ReportTask(ctx, report)
}
