// Package fake is an engine that runs nothing: containers are entries in a map and do what a script says. It obeys the
// contract (it passes enginetest.Exercise) until it is told to misbehave. Time is the runtime's own, so that inside a
// testing/synctest bubble an hour passes at once; 50,000 tasks cost one map entry and at most one timer each.
package fake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Behaviour is what one task does. The zero value starts at once, answers its readiness check, prints nothing, and runs
// until it is stopped.
type Behaviour struct {
	RunFor      time.Duration // ends by itself after so long; 0 never; see Ends
	Ends        bool          // with RunFor 0: ends at once
	ExitCode    int           // when it ends by itself
	OutOfMemory bool          // it ends by itself because of its memory
	TermCode    int           // exit code after SIGTERM
	IgnoreTerm  bool
	Log         []string // printed at the start
	Unfinished  string   // printed last, without a line end
	IP          string   // instead of an invented address

	StartError error         // Start fails with this
	Absent     bool          // Start says it worked, yet there is no container
	Hang       bool          // every call about this task hangs
	NeverReady bool          // nothing listens
	Status     int           // answers readiness checks with this HTTP status; 0 means 200
	ReadyAfter time.Duration // nothing listens before
	Listens    []engine.Listener
}

// Options shape the engine.
type Options struct {
	Name     string         // host name; "fake" by default
	Capacity paas.Resources // 64 cores and 256 GiB by default
	Images   []string       // known images; nil means that every image is there
	Script   func(engine.Spec) Behaviour
	Deadline time.Duration // after which a hanging call gives up; 10 s by default
}

// Engine is the fake. It implements engine.Engine.
type Engine struct {
	options Options

	mu         sync.Mutex
	containers map[int64]*container
	networks   map[engine.Network]bool
	starts     map[int64]int
	hanging    bool
	problem    string
	watchers   map[*watcher]struct{}
	born       int64 // counts containers, for ids and addresses
}

var _ engine.Engine = (*Engine)(nil)

type container struct {
	engine.Container
	spec    engine.Spec
	does    Behaviour
	lines   []paas.Log
	changed chan struct{} // closed and replaced at every change
	timer   *time.Timer
}

// New makes a fake engine.
func New(o Options) *Engine {
	if o.Name == "" {
		o.Name = "fake"
	}
	if o.Capacity == (paas.Resources{}) {
		o.Capacity = paas.Resources{CPUMillis: 64_000, MemoryBytes: 256 << 30, DiskBytes: 1 << 40}
	}
	if o.Script == nil {
		o.Script = func(engine.Spec) Behaviour { return Behaviour{} }
	}
	if o.Deadline == 0 {
		o.Deadline = 10 * time.Second
	}
	return &Engine{
		options: o, containers: map[int64]*container{}, networks: map[engine.Network]bool{},
		starts: map[int64]int{}, watchers: map[*watcher]struct{}{},
	}
}

// enter is the beginning of every call: it hangs when the engine or the task was told to. The caller must unlock.
func (e *Engine) enter(ctx context.Context, task int64) error {
	e.mu.Lock()
	c := e.containers[task]
	if !e.hanging && (c == nil || !c.does.Hang) && ctx.Err() == nil {
		return nil
	}
	e.mu.Unlock()
	return e.hang(ctx)
}

func (e *Engine) hang(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.options.Deadline)
	defer cancel()
	<-ctx.Done()
	return fmt.Errorf("fake engine: %w", ctx.Err())
}

// Info implements engine.Engine.
func (e *Engine) Info(ctx context.Context) (engine.Info, error) {
	if err := e.enter(ctx, 0); err != nil {
		return engine.Info{}, err
	}
	defer e.mu.Unlock()
	info := engine.Info{Name: e.options.Name, Engine: "Fake 1.0", Capacity: e.options.Capacity}
	for _, c := range e.containers {
		if c.Status == engine.Running {
			info.Running++
		}
	}
	if e.problem != "" {
		info.Problems = []string{e.problem}
	}
	return info, nil
}

// HasImage implements engine.Engine.
func (e *Engine) HasImage(ctx context.Context, image string) (bool, error) {
	if err := e.enter(ctx, 0); err != nil {
		return false, err
	}
	defer e.mu.Unlock()
	return e.has(image), nil
}

func (e *Engine) has(image string) bool {
	return e.options.Images == nil || slices.Contains(e.options.Images, image)
}

// EnsureNetwork implements engine.Engine.
func (e *Engine) EnsureNetwork(ctx context.Context, n engine.Network) error {
	if err := e.enter(ctx, 0); err != nil {
		return err
	}
	defer e.mu.Unlock()
	e.networks[n] = true
	return nil
}

// Start implements engine.Engine.
func (e *Engine) Start(ctx context.Context, s engine.Spec) (engine.Container, error) {
	if err := e.enter(ctx, s.Task); err != nil {
		return engine.Container{}, err
	}
	defer e.mu.Unlock()
	if c := e.containers[s.Task]; c != nil {
		if c.Fence != s.Fence {
			return engine.Container{}, fmt.Errorf("task %d has placement %d, not %d: %w", s.Task, c.Fence, s.Fence, engine.ErrOtherFence)
		}
		return c.Container, nil
	}
	does := e.options.Script(s)
	switch {
	case !e.networks[s.Network]:
		return engine.Container{}, fmt.Errorf("network of team %d: %w", s.Network.Team, engine.ErrRefused)
	case !e.has(s.Image):
		return engine.Container{}, fmt.Errorf("image %s: %w", s.Image, engine.ErrImageMissing)
	case does.StartError != nil:
		return engine.Container{}, does.StartError
	}
	if does.Hang {
		e.mu.Unlock()
		err := e.hang(ctx)
		e.mu.Lock()
		return engine.Container{}, err
	}
	e.born++
	e.starts[s.Task]++
	c := &container{spec: s, does: does, changed: make(chan struct{})}
	c.Container = engine.Container{
		Task: s.Task, Fence: s.Fence, ID: fmt.Sprintf("fake-%d", e.born), Status: engine.Running,
		IP: address(does, e.born), StartedAt: time.Now().UTC(), CPUMillis: cmp.Or(s.StartCPU, s.Resources.CPUMillis),
	}
	if does.Absent {
		return c.Container, nil
	}
	e.containers[s.Task] = c
	for _, line := range does.Log {
		c.say(line)
	}
	if does.Unfinished != "" {
		c.say(does.Unfinished)
	}
	started := c.Container
	switch {
	case does.RunFor > 0:
		c.timer = time.AfterFunc(does.RunFor, func() { e.endIf(c, does.ExitCode, does.OutOfMemory) })
	case does.Ends:
		e.end(c, does.ExitCode, does.OutOfMemory)
	}
	e.notify(s.Task)
	return started, nil
}

func address(does Behaviour, n int64) string {
	if does.IP != "" {
		return does.IP
	}
	return fmt.Sprintf("10.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff)
}

// Limit implements engine.Engine.
func (e *Engine) Limit(ctx context.Context, task int64, cpuMillis int64) error {
	if err := e.enter(ctx, task); err != nil {
		return err
	}
	defer e.mu.Unlock()
	c := e.containers[task]
	if c == nil || c.Status != engine.Running {
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	c.CPUMillis = cpuMillis
	return nil
}

// Stop implements engine.Engine.
func (e *Engine) Stop(ctx context.Context, task int64, grace time.Duration) error {
	if err := e.enter(ctx, task); err != nil {
		return err
	}
	c := e.containers[task]
	if c == nil {
		e.mu.Unlock()
		return fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	if c.Status == engine.Running && c.does.IgnoreTerm {
		e.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(grace):
		}
		e.endIf(c, 137, false)
		return nil
	}
	defer e.mu.Unlock()
	e.end(c, c.does.TermCode, false)
	return nil
}

// Remove implements engine.Engine.
func (e *Engine) Remove(ctx context.Context, task int64) error {
	if err := e.enter(ctx, task); err != nil {
		return err
	}
	defer e.mu.Unlock()
	e.forget(task)
	return nil
}

func (e *Engine) forget(task int64) {
	c := e.containers[task]
	if c == nil {
		return
	}
	e.end(c, 137, false)
	delete(e.containers, task)
	c.change()
	e.notify(task)
}

// List implements engine.Engine.
func (e *Engine) List(ctx context.Context) ([]engine.Container, error) {
	if err := e.enter(ctx, 0); err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	list := make([]engine.Container, 0, len(e.containers))
	for _, task := range slices.Sorted(maps.Keys(e.containers)) {
		list = append(list, e.containers[task].Container)
	}
	return list, nil
}

// Inspect implements engine.Engine.
func (e *Engine) Inspect(ctx context.Context, task int64) (engine.Container, error) {
	if err := e.enter(ctx, task); err != nil {
		return engine.Container{}, err
	}
	defer e.mu.Unlock()
	c := e.containers[task]
	if c == nil {
		return engine.Container{}, fmt.Errorf("task %d: %w", task, engine.ErrGone)
	}
	return c.Container, nil
}

// endIf ends a container unless it was forgotten meanwhile.
func (e *Engine) endIf(c *container, code int, memory bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.containers[c.Task] == c {
		e.end(c, code, memory)
	}
}

// end ends a running container; e.mu is held.
func (e *Engine) end(c *container, code int, memory bool) {
	if c.Status != engine.Running {
		return
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	if memory && code == 0 {
		code = 137
	}
	c.Status, c.ExitCode, c.OutOfMemory, c.EndedAt, c.IP = engine.Ended, code, memory, time.Now().UTC(), ""
	c.change()
	e.notify(c.Task)
}

func (c *container) change() {
	close(c.changed)
	c.changed = make(chan struct{})
}
