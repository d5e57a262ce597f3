package docker

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
)

// MakeSparesAtOnce leaves out the pause between a start and the next spare. Call it before Watch.
func MakeSparesAtOnce(e *Engine) { e.spares.settle = time.Millisecond }

// WantSpare makes the engine keep a spare for a network, as a start there does.
func WantSpare(e *Engine, n engine.Network) { e.spares.started(networkName(e.install, n)) }

// Spare is the id of the network's spare, "" for none.
func Spare(e *Engine, n engine.Network) string {
	e.spares.mu.Lock()
	defer e.spares.mu.Unlock()
	return e.spares.ready[networkName(e.install, n)].id
}

// Sweep looks for sandboxes that nobody needs.
func Sweep(ctx context.Context, e *Engine) error { return e.spares.sweep(ctx) }

// Sandboxes is the ids of all sandboxes, with the one that a task has joined, if it has.
func Sandboxes(ctx context.Context, e *Engine, task int64) (all []string, of string, err error) {
	list, err := e.api.list(ctx, e.install)
	if err != nil {
		return nil, "", err
	}
	for id := range inspectUse(list).sandboxes {
		all = append(all, id)
	}
	found, err := e.api.inspect(ctx, containerName(e.install, task))
	return all, joined(found), err
}

// Kill ends a container behind the engine's back.
func Kill(ctx context.Context, e *Engine, id string) error {
	return e.api.docker.ContainerKill(ctx, id, "SIGKILL")
}

// ForgetSpares makes the engine forget its spares and those networks, as the end of its process does.
func ForgetSpares(e *Engine) {
	e.spares.mu.Lock()
	defer e.spares.mu.Unlock()
	clear(e.spares.ready)
	clear(e.spares.used)
}
