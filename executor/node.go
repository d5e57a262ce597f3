package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// What is kept for the machine itself when nothing was configured: the operating system, the engine and Slipway.
const (
	reservedMemory = 768 << 20 // bytes, or a tenth of the machine when that is more
	reservedCPU    = 200       // thousandths of a core
)

// joinPause is how long to wait before trying to join again.
const joinPause = 2 * time.Second

// join registers the node. It waits for an engine that is not up yet, for both start when a machine boots; false when ctx
// ended before.
func (a *Agent) join(ctx context.Context) bool {
	for {
		info, err := a.Engine.Info(ctx)
		if err == nil {
			for _, w := range info.Warnings {
				a.Log.WarnContext(ctx, "engine", "warning", w)
			}
			var saved paas.Node
			if saved, err = a.saveNode(ctx, a.describe(info)); err == nil {
				a.node = saved
				return true
			}
		}
		if ctx.Err() != nil {
			return false
		}
		a.Log.ErrorContext(ctx, "join", "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(joinPause):
		}
	}
}

func (a *Agent) saveNode(ctx context.Context, n paas.Node) (paas.Node, error) {
	ctx, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	return a.Store.SaveNode(ctx, n)
}

// describe is the node as the records have it.
func (a *Agent) describe(info engine.Info) paas.Node {
	capacity, reserved := share(info.Capacity, a.Reserved, a.CPUFactor)
	return paas.Node{
		Name: cmp.Or(a.Name, info.Name), State: paas.NodeReady, Capacity: capacity, Reserved: reserved,
		Engine: info.Engine, Problem: strings.Join(info.Problems, " "), Warnings: strings.Join(info.Warnings, " "),
		Labels: map[string]string{},
	}
}

// share splits a machine between tasks and everything else. At least half of it is left to tasks, so that a small
// machine can run anything at all.
func share(machine, reserved paas.Resources, factor int64) (tasks, kept paas.Resources) {
	kept = reserved.Or(paas.Resources{CPUMillis: reservedCPU, MemoryBytes: max(reservedMemory, machine.MemoryBytes/10), DiskBytes: machine.DiskBytes / 10})
	kept.CPUMillis = min(kept.CPUMillis, machine.CPUMillis/2)
	kept.MemoryBytes = min(kept.MemoryBytes, machine.MemoryBytes/2)
	kept.DiskBytes = min(kept.DiskBytes, machine.DiskBytes/2)
	return paas.Resources{
		CPUMillis:   (machine.CPUMillis - kept.CPUMillis) * factor,
		MemoryBytes: machine.MemoryBytes - kept.MemoryBytes,
		DiskBytes:   machine.DiskBytes - kept.DiskBytes,
	}, kept
}

// heartbeats tells every five seconds that the node is there and how its engine is.
func (a *Agent) heartbeats(ctx context.Context) {
	timer := time.NewTimer(phase(a.node.ID, heartbeatEvery))
	defer timer.Stop()
	for {
		if err := a.heartbeat(ctx); err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "heartbeat", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(heartbeatEvery)
		}
	}
}

// heartbeat does not let a hanging engine look like a lost node: the question has less time than a beat.
func (a *Agent) heartbeat(ctx context.Context) error {
	problem := ""
	asking, cancel := context.WithTimeout(ctx, heartbeatEvery-time.Second)
	defer cancel()
	switch info, err := a.Engine.Info(asking); {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		problem = "The container engine does not answer."
	case err != nil:
		problem = fmt.Sprintf("The container engine cannot be used: %v.", err)
	default:
		problem = strings.Join(info.Problems, " ")
	}
	saving, cancelSaving := context.WithTimeout(ctx, storeDeadline)
	defer cancelSaving()
	return a.Store.Heartbeat(saving, a.node.ID, problem)
}
