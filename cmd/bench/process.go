package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// measureIdle reads the memory of a new installation that does nothing.
func (b *bench) measureIdle(ctx context.Context, s *installation) error {
	f, err := s.settled(ctx, "memory, idle, new installation")
	if err == nil {
		b.add(f.atMost(150))
	}
	return err
}

// measureTasks reads the memory while many tasks run.
func (b *bench) measureTasks(ctx context.Context, s *installation) error {
	const app = "crowd"
	if err := s.talker(ctx, app, b.tasks, paas.Resources{CPUMillis: 20, MemoryBytes: 64 << 20, DiskBytes: 16 << 20}); err != nil {
		return err
	}
	if err := s.live(ctx, app, 1, 5*time.Minute); err != nil {
		return err
	}
	err := await(ctx, 5*time.Minute, time.Second, "all tasks run", func(ctx context.Context) error {
		is, err := read[api.App](ctx, s, "/apps/"+app)
		if err == nil && is.Ready < b.tasks {
			err = fmt.Errorf("%d of %d do", is.Ready, b.tasks)
		}
		return err
	})
	if err != nil {
		return err
	}
	f, err := s.settled(ctx, fmt.Sprintf("memory, %d running tasks", b.tasks))
	if err != nil {
		return err
	}
	b.add(f)
	if err := s.destroy(ctx, app); err != nil {
		return err
	}
	return await(ctx, 5*time.Minute, time.Second, "the tasks are gone", func(ctx context.Context) error {
		node, err := read[api.List[api.Node]](ctx, s, "/nodes")
		if err == nil && len(node.Items) > 0 && node.Items[0].Used.CPUMillis >= 1000 {
			err = fmt.Errorf("%s are in use", paas.Cores(node.Items[0].Used.CPUMillis))
		}
		return err
	})
}

// measureStart stops Slipway and starts it on the data and the apps that are there.
func (b *bench) measureStart(ctx context.Context, s *installation) error {
	f, err := s.restarts(ctx, "start until ready, existing data, apps running")
	if err != nil {
		return err
	}
	b.add(f.atMost(5))
	f, err = s.settled(ctx, "memory, idle, after that start")
	if err == nil {
		b.add(f.atMost(150))
	}
	return err
}

// restarts is the median of several starts.
func (s *installation) restarts(ctx context.Context, name string) (figure, error) {
	var all []time.Duration
	for range s.bench.sizes.restarts {
		if err := s.stop(); err != nil {
			return figure{}, err
		}
		took, err := s.start(ctx)
		if err != nil {
			return figure{}, err
		}
		all = append(all, took)
	}
	return figure{Name: name, Value: median(all), Unit: "s"}, nil
}

// settled reads the process's memory once it had time to settle, beside the engine's own.
func (s *installation) settled(ctx context.Context, name string) (figure, error) {
	select {
	case <-ctx.Done():
		return figure{}, ctx.Err()
	case <-time.After(s.settle):
	}
	mine, err := s.memory()
	if err != nil {
		return figure{}, err
	}
	f := figure{Name: name, Value: mine, Unit: "MB"}
	if peer, err := engineMemory(); err == nil { // only where the engine runs on this machine, visibly
		f = f.against(peer, "dockerd")
	}
	return f, nil
}

func engineMemory() (float64, error) {
	text, err := os.ReadFile("/var/run/docker.pid")
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, err
	}
	return resident(pid)
}
