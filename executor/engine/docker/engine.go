// Package docker runs tasks on one Docker Engine, 20.10 or newer: api.go holds the bare calls, convert.go the pure
// translation, this file the order of calls, and spare.go what is made ready before it is asked for.
package docker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/engine"
)

// Options says which engine and which part of it.
type Options struct {
	// Install tells several Slipways on one engine apart; part of every name and label. Lower-case letters and digits.
	Install string
	// Pool is where the networks of teams get their addresses; the zero value is DefaultPool.
	Pool netip.Prefix
	// Client is how to reach the engine; nil means the environment's DOCKER_HOST or the default socket.
	Client *client.Client
	Log    *slog.Logger // nil means slog.Default
}

// Engine is a driver for one Docker Engine. It implements engine.Engine.
type Engine struct {
	api     api
	install string
	pool    netip.Prefix
	guard   guard
	spares  *spares
	// memory holds the ids of containers whose out-of-memory event was seen. On a busy machine the event comes after the
	// exit, and then Docker's own flag is never set.
	memory sync.Map
	// machineCores is 0 until the engine was asked; networks holds the names of those that were seen.
	machineCores atomic.Int64
	networks     sync.Map
}

var _ engine.Engine = (*Engine)(nil)

var installForm = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

// New makes the driver. It does not talk to the engine yet.
func New(o Options) (*Engine, error) {
	if !installForm.MatchString(o.Install) {
		return nil, fmt.Errorf("install id %q: want 1 to 32 lower-case letters and digits", o.Install)
	}
	if !o.Pool.IsValid() {
		o.Pool = DefaultPool
	}
	if o.Client == nil {
		c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
		if err != nil {
			return nil, fmt.Errorf("docker client: %w", err)
		}
		o.Client = c
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	a := api{docker: o.Client}
	return &Engine{api: a, install: o.Install, pool: o.Pool, spares: newSpares(a, o.Install, o.Log)}, nil
}

// Close ends the connections to the engine.
func (e *Engine) Close() error { return e.api.docker.Close() }

// HasImage implements engine.Engine.
func (e *Engine) HasImage(ctx context.Context, image string) (bool, error) {
	_, err := e.api.image(ctx, image)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Start implements engine.Engine. Creating is the decisive step: the name is the task's, so of two callers one gets a
// conflict and finds the other's container.
func (e *Engine) Start(ctx context.Context, s engine.Spec) (engine.Container, error) {
	c, err := e.Inspect(ctx, s.Task)
	if errors.Is(err, engine.ErrGone) {
		c, err = e.create(ctx, s)
	}
	if err != nil {
		return engine.Container{}, err
	}
	if c.Fence != s.Fence {
		return engine.Container{}, fmt.Errorf("task %d has placement %d, not %d: %w", s.Task, c.Fence, s.Fence, engine.ErrOtherFence)
	}
	if c.Status != engine.Created {
		return c, nil
	}
	if err := e.api.start(ctx, c.ID); err != nil {
		e.networks.Delete(networkName(e.install, s.Network)) // it may be what is missing
		return engine.Container{}, e.startError(ctx, s.Task, err)
	}
	e.spares.started(networkName(e.install, s.Network))
	return e.Inspect(ctx, s.Task)
}

// settleTries times settlePause is how long a name may be taken by a container that cannot be seen: Docker reserves the
// name before the container appears and frees it after it has gone.
const (
	settleTries = 100
	settlePause = 50 * time.Millisecond
)

// create makes the container, in a spare's network when there is one.
func (e *Engine) create(ctx context.Context, s engine.Spec) (engine.Container, error) {
	cores, err := e.cores(ctx)
	if err != nil {
		return engine.Container{}, err
	}
	volumes, err := e.api.image(ctx, s.Image)
	if errdefs.IsNotFound(err) {
		return engine.Container{}, fmt.Errorf("image %s: %w", s.Image, engine.ErrImageMissing)
	}
	if err != nil {
		return engine.Container{}, err
	}
	r, network := toRequest(e.install, s, volumes, cores), networkName(e.install, s.Network)
	spare, spared := e.spares.take(network)
	if spared {
		r = r.join(spare)
	}
	for range settleTries {
		var id string
		id, err = e.api.create(ctx, r)
		if err == nil {
			return engine.Container{Task: s.Task, Fence: s.Fence, ID: id, Status: engine.Created}, nil
		}
		if !errdefs.IsConflict(err) { // who knows whether the spare was joined: a sweep will
			return engine.Container{}, createError(s.Image, err)
		}
		// A conflict is another caller's container, our own of a call that was cut off, or one that is just going.
		c, err := e.Inspect(ctx, s.Task)
		if !errors.Is(err, engine.ErrGone) {
			if spared {
				e.spares.offer(network, spare)
			}
			return c, err
		}
		select {
		case <-ctx.Done():
			return engine.Container{}, ctx.Err()
		case <-time.After(settlePause):
		}
	}
	return engine.Container{}, err
}

func createError(image string, err error) error {
	switch text := err.Error(); {
	case errdefs.IsNotFound(err) && strings.Contains(text, "No such image"):
		return fmt.Errorf("image %s: %w", image, engine.ErrImageMissing)
	case errdefs.IsInvalidArgument(err) && strings.Contains(text, "No command specified"):
		return fmt.Errorf("the image has no command of its own and none was given: %w", engine.ErrNoCommand)
	case errdefs.IsInvalidArgument(err):
		return fmt.Errorf("%w: %w", engine.ErrRefused, err)
	}
	return err
}

// startError tells "no such program" and a refused specification from an engine in trouble. A container that cannot
// ever start is removed, so that nothing is left behind; so is one that joins a sandbox, which may be what is wrong.
func (e *Engine) startError(ctx context.Context, task int64, err error) error {
	text := err.Error()
	switch {
	case errdefs.IsInvalidArgument(err), strings.Contains(text, "executable file not found"), strings.Contains(text, "exec format error"),
		strings.Contains(text, "no such file or directory") && strings.Contains(text, "exec:"), strings.Contains(text, "permission denied") && strings.Contains(text, "exec:"):
		err = fmt.Errorf("%w: %w", engine.ErrNoCommand, err)
	case strings.Contains(text, "unable to find user"), strings.Contains(text, "no matching entries in passwd file"):
		err = fmt.Errorf("%w: %w", engine.ErrRefused, err)
	default:
		found, unknown := e.api.inspect(ctx, containerName(e.install, task))
		if unknown != nil || joined(found) == "" || status(string(found.State.Status)) != engine.Created {
			return err
		}
	}
	return errors.Join(err, e.Remove(ctx, task))
}

// Limit implements engine.Engine.
func (e *Engine) Limit(ctx context.Context, task int64, cpuMillis int64) error {
	cores, err := e.cores(ctx)
	if err != nil {
		return err
	}
	err = e.api.limit(ctx, containerName(e.install, task), nanoCPUs(cpuMillis, cores))
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	if err == nil {
		return nil
	}
	// The engine says "internal error" for one that has just ended, too.
	if c, gone := e.Inspect(ctx, task); gone != nil || c.Status != engine.Running {
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return err
}

// cores is how many the engine's machine has, asked once.
func (e *Engine) cores(ctx context.Context) (int64, error) {
	if n := e.machineCores.Load(); n > 0 {
		return n, nil
	}
	info, err := e.api.info(ctx)
	if err != nil {
		return 0, err
	}
	e.machineCores.Store(int64(info.NCPU))
	return int64(info.NCPU), nil
}

// Stop implements engine.Engine.
func (e *Engine) Stop(ctx context.Context, task int64, grace time.Duration) error {
	err := e.api.stop(ctx, containerName(e.install, task), grace)
	if errdefs.IsNotFound(err) {
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return err
}

// Remove implements engine.Engine.
func (e *Engine) Remove(ctx context.Context, task int64) error {
	found, err := e.api.inspect(ctx, containerName(e.install, task))
	if err == nil {
		e.memory.Delete(found.ID)
	}
	err = e.api.remove(ctx, containerName(e.install, task))
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress") {
		err = nil
	}
	if id := joined(found); err == nil && id != "" {
		err = e.spares.remove(ctx, id) // should this not come about, a sweep does it
	}
	return err
}

// List implements engine.Engine.
func (e *Engine) List(ctx context.Context) ([]engine.Container, error) {
	found, err := e.api.list(ctx, e.install)
	if err != nil {
		return nil, err
	}
	containers := make([]engine.Container, 0, len(found))
	for _, f := range found {
		if c, ok := fromSummary(f); ok {
			containers = append(containers, c)
		}
	}
	return containers, nil
}

// Inspect implements engine.Engine.
func (e *Engine) Inspect(ctx context.Context, task int64) (engine.Container, error) {
	found, err := e.api.inspect(ctx, containerName(e.install, task))
	if errdefs.IsNotFound(err) {
		return engine.Container{}, fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	if err != nil {
		return engine.Container{}, err
	}
	c, err := fromInspect(found)
	if _, seen := e.memory.Load(c.ID); seen && c.Status == engine.Ended && c.ExitCode != 0 {
		c.OutOfMemory = true
	}
	if c.Status == engine.Ended && !c.OutOfMemory && c.ExitCode == killedBySIGKILL {
		c.OutOfMemory = kernelKilledForMemory(c.ID)
	}
	return c, err
}

// Watch implements engine.Engine.
func (e *Engine) Watch(ctx context.Context, hint func(task int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	var spares sync.WaitGroup
	defer spares.Wait()
	defer cancel()
	spares.Go(func() { e.spares.keep(ctx) })
	filter := ours(e.install)
	filter.Add("type", string(events.ContainerEventType))
	for _, action := range []events.Action{events.ActionStart, events.ActionDie, events.ActionOOM, events.ActionDestroy} {
		filter.Add("event", string(action))
	}
	messages, errs := e.api.docker.Events(ctx, events.ListOptions{Filters: filter})
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-errs:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("follow the engine's events: %w", err)
		case m := <-messages:
			if m.Action == events.ActionOOM {
				e.memory.Store(m.Actor.ID, true)
			}
			if task, _, ok := identity(m.Actor.Attributes); ok {
				hint(task)
			} else if m.Action == events.ActionDie {
				poke(e.spares.died)
			}
		}
	}
}

// Purge removes every container and network of this install, running or not: for taking an install off a machine, and
// for tests.
func (e *Engine) Purge(ctx context.Context) error {
	containers, err := e.List(ctx)
	if err != nil {
		return err
	}
	for _, c := range containers {
		err = errors.Join(err, e.Remove(ctx, c.Task))
	}
	left, listing := e.api.list(ctx, e.install)
	for id := range inspectUse(left).sandboxes {
		err = errors.Join(err, e.spares.remove(ctx, id))
	}
	return errors.Join(err, listing, e.removeNetworks(ctx))
}
