package executor_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// nowhere counts lines and keeps none.
type nowhere struct {
	*memory
	last int64
}

func (n *nowhere) AppendLogs(_ context.Context, _ paas.Topic, lines []paas.Log, _ string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = lines[len(lines)-1].Seq
	return nil
}

func (n *nowhere) LastLog(context.Context, paas.Topic) (int64, string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last, "", nil
}

// BenchmarkShip measures lines from a container's write to the store's acknowledgement. Goal: 100,000/s into the bus.
func BenchmarkShip(b *testing.B) {
	b.Run("nowhere", func(b *testing.B) {
		ship(b, func(m *memory) executor.Logs { return &nowhere{memory: m} })
	})
	b.Run("bus", func(b *testing.B) {
		to, err := bus.Open(b.Context(), bus.Config{Dir: b.TempDir(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(to.Close)
		ship(b, func(*memory) executor.Logs { return to })
	})
}

func ship(b *testing.B, logs func(*memory) executor.Logs) {
	const lines = 1_000_000
	e, err := docker.New(docker.Options{Install: enginetest.Install()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(b.Context()), time.Minute)
		defer cancel()
		_ = e.Purge(ctx)
		_ = e.Close()
	})
	m := newMemory()
	to := logs(m)
	agent := executor.New(executor.Config{Engine: e, Store: m, Logs: to, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx) }()
	defer func() { cancel(); <-done }()
	image := enginetest.Image(b)
	id := int64(0)
	for b.Loop() {
		id++
		m.put(paas.Task{
			ID: id, NodeID: 1, Fence: 1, TeamID: 1, Process: "job", State: paas.TaskPlaced, Image: image,
			Resources: paas.Resources{CPUMillis: 2000, MemoryBytes: 64 << 20, DiskBytes: 512 << 20},
			Spec:      paas.TaskSpec{Args: []string{"/app", "-lines", fmt.Sprint(lines), "-line-bytes", "80", "-exit", "0"}, Once: true},
		})
		agent.Wake()
		topic := paas.Topic(fmt.Sprintf("logs:task:%d", id))
		enginetest.Await(b, "all lines to be stored", func() bool {
			seq, _, err := to.LastLog(b.Context(), topic)
			return err == nil && seq >= lines
		})
		if _, kept := to.(*nowhere); kept {
			to.(*nowhere).last = 0
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
