// Package enginetest is the suite that every engine driver passes, and the image its tests run.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Subject is one engine under test.
type Subject struct {
	Engine engine.Engine
	Image  string // holds testapp; drivers that run nothing understand its flags all the same
}

// Install makes an install id of a test's own.
func Install() string { return fmt.Sprintf("t%08x", rand.Uint32()) }

// Await waits until ok holds, and fails the test when that takes longer than a minute.
func Await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited a minute for: %s", what)
		case <-tick.C:
		}
	}
}

// Spec is a small task that runs testapp with these flags.
func (s Subject) Spec(task int64, flags ...string) engine.Spec {
	return engine.Spec{
		Task: task, Fence: 1, Team: "crew", App: "hello", Release: 3, Process: paas.WebProcess,
		Network: engine.Network{Team: 1, Environment: engine.DefaultEnvironment},
		Image:   s.Image, Args: append([]string{"/app"}, flags...), Env: map[string]string{"SECRET": "hush"}, Port: 8080,
		Resources: paas.Resources{CPUMillis: 500, MemoryBytes: 64 << 20, DiskBytes: 64 << 20},
	}
}

// Exercise runs the suite. factory makes an engine that nothing else uses; it cleans up by t.Cleanup.
func Exercise(t *testing.T, factory func(t *testing.T) Subject) {
	tests := map[string]func(*testing.T, Subject){
		"a started task runs until it is stopped":                          startsAndStops,
		"starting twice gives the same container":                          startsOnce,
		"racing starts give one container":                                 startsOnceInARace,
		"an ended task is not started again":                               endsOnce,
		"another placement's container is refused and left alone":          keepsFences,
		"a task has its CPU for starting until it is limited":              limits,
		"a missing image is named as such":                                 missesImage,
		"what is not there is gone":                                        knowsGone,
		"a task that ignores SIGTERM is killed after its grace":            killsTheDeaf,
		"a task over its memory limit is reported as such":                 reportsMemory,
		"an exit code comes through":                                       reportsExitCode,
		"output is read from the beginning and from where one had been":    resumesLogs,
		"output of an ended task is still there":                           tails,
		"the engine hints at changes":                                      hints,
		"the engine counts its tasks":                                      counts,
		"a removed task is not listed":                                     removes,
		"making a network twice, also at the same time, gives one network": networksOnce,
	}
	run(t, factory, tests)
	ExerciseOutput(t, factory)
}

// ExerciseOutput is the part of the suite about output, for drivers with more than one way to read it.
func ExerciseOutput(t *testing.T, factory func(t *testing.T) Subject) {
	run(t, factory, map[string]func(*testing.T, Subject){
		"output is read from the beginning and from where one had been": resumesLogs,
		"output of an ended task is still there":                        tails,
	})
}

func run(t *testing.T, factory func(t *testing.T) Subject, tests map[string]func(*testing.T, Subject)) {
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			s := factory(t)
			if err := s.Engine.EnsureNetwork(t.Context(), s.Spec(1).Network); err != nil {
				t.Fatalf("network: %v", err)
			}
			tests[name](t, s)
		})
	}
}

func start(t *testing.T, s Subject, spec engine.Spec) engine.Container {
	t.Helper()
	c, err := s.Engine.Start(t.Context(), spec)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	return c
}

func inspect(t *testing.T, s Subject, task int64) engine.Container {
	t.Helper()
	c, err := s.Engine.Inspect(t.Context(), task)
	if err != nil {
		t.Fatalf("inspect: %v", err)
	}
	return c
}

func awaitEnd(t *testing.T, s Subject, task int64) engine.Container {
	t.Helper()
	var c engine.Container
	Await(t, "the container to end", func() bool {
		c = inspect(t, s, task)
		return c.Status == engine.Ended
	})
	return c
}

func startsAndStops(t *testing.T, s Subject) {
	c := start(t, s, s.Spec(1))
	if c.Task != 1 || c.Fence != 1 || c.Status != engine.Running || c.IP == "" || c.StartedAt.IsZero() {
		t.Fatalf("started: %+v", c)
	}
	if err := s.Engine.Stop(t.Context(), 1, 20*time.Second); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if c = inspect(t, s, 1); c.Status != engine.Ended || c.EndedAt.IsZero() || c.OutOfMemory {
		t.Errorf("stopped: %+v", c)
	}
	if err := s.Engine.Stop(t.Context(), 1, time.Second); err != nil {
		t.Errorf("stop again: %v", err)
	}
}

func startsOnce(t *testing.T, s Subject) {
	first, second := start(t, s, s.Spec(1)), start(t, s, s.Spec(1))
	if first.ID != second.ID || !first.StartedAt.Equal(second.StartedAt) {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func startsOnceInARace(t *testing.T, s Subject) {
	ids := make([]string, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			if c, err := s.Engine.Start(t.Context(), s.Spec(1)); err != nil {
				t.Errorf("start: %v", err)
			} else {
				ids[i] = c.ID
			}
		})
	}
	group.Wait()
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
		t.Errorf("containers: %q", ids)
	}
	if list, err := s.Engine.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("listed %d, %v", len(list), err)
	}
}

func endsOnce(t *testing.T, s Subject) {
	start(t, s, s.Spec(1, "-exit", "0"))
	ended := awaitEnd(t, s, 1)
	again := start(t, s, s.Spec(1, "-exit", "0"))
	if again.Status != engine.Ended || !again.EndedAt.Equal(ended.EndedAt) {
		t.Errorf("ended %+v, then %+v", ended, again)
	}
}

func keepsFences(t *testing.T, s Subject) {
	start(t, s, s.Spec(1))
	newer := s.Spec(1)
	newer.Fence = 2
	if _, err := s.Engine.Start(t.Context(), newer); !errors.Is(err, engine.ErrOtherFence) {
		t.Errorf("start of placement 2: %v", err)
	}
	if c := inspect(t, s, 1); c.Fence != 1 || c.Status != engine.Running {
		t.Errorf("placement 1: %+v", c)
	}
}

func limits(t *testing.T, s Subject) {
	spec := s.Spec(1)
	spec.StartCPU = 2 * spec.Resources.CPUMillis
	start(t, s, spec)
	if c := inspect(t, s, 1); c.CPUMillis != spec.StartCPU {
		t.Errorf("started with %d thousandths, want %d", c.CPUMillis, spec.StartCPU)
	}
	for range 2 {
		if err := s.Engine.Limit(t.Context(), 1, spec.Resources.CPUMillis); err != nil {
			t.Errorf("limit: %v", err)
		}
	}
	if c := inspect(t, s, 1); c.CPUMillis != spec.Resources.CPUMillis || c.Status != engine.Running {
		t.Errorf("limited: %+v", c)
	}
	start(t, s, s.Spec(2, "-exit", "0"))
	awaitEnd(t, s, 2)
	if err := s.Engine.Limit(t.Context(), 2, 500); err != nil && !errors.Is(err, engine.ErrGone) {
		t.Errorf("limit of a task that has ended: %v", err)
	}
	if err := s.Engine.Limit(t.Context(), 404, 500); !errors.Is(err, engine.ErrGone) {
		t.Errorf("limit of a task that never was: %v", err)
	}
}

func missesImage(t *testing.T, s Subject) {
	spec := s.Spec(1)
	spec.Image = "slipway-testapp:never"
	if has, err := s.Engine.HasImage(t.Context(), spec.Image); err != nil || has {
		t.Errorf("HasImage = %v, %v", has, err)
	}
	if has, err := s.Engine.HasImage(t.Context(), s.Image); err != nil || !has {
		t.Errorf("HasImage of the test image = %v, %v", has, err)
	}
	if _, err := s.Engine.Start(t.Context(), spec); !errors.Is(err, engine.ErrImageMissing) {
		t.Errorf("start: %v", err)
	}
	if _, err := s.Engine.Inspect(t.Context(), 1); !errors.Is(err, engine.ErrGone) {
		t.Errorf("left behind: %v", err)
	}
}

func knowsGone(t *testing.T, s Subject) {
	if _, err := s.Engine.Inspect(t.Context(), 404); !errors.Is(err, engine.ErrGone) {
		t.Errorf("inspect: %v", err)
	}
	if err := s.Engine.Stop(t.Context(), 404, time.Second); !errors.Is(err, engine.ErrGone) {
		t.Errorf("stop: %v", err)
	}
	if err := s.Engine.Remove(t.Context(), 404); err != nil {
		t.Errorf("remove: %v", err)
	}
	if err := s.Engine.Logs(t.Context(), 404, engine.Position{}, func(engine.Batch) error { return nil }); !errors.Is(err, engine.ErrGone) {
		t.Errorf("logs: %v", err)
	}
}

func killsTheDeaf(t *testing.T, s Subject) {
	start(t, s, s.Spec(1, "-ignore-term", "-print", "up"))
	awaitLine(t, s, 1, "up")
	began := time.Now()
	if err := s.Engine.Stop(t.Context(), 1, time.Second); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if c := inspect(t, s, 1); c.Status != engine.Ended || c.ExitCode != 137 || c.OutOfMemory {
		t.Errorf("killed: %+v", c)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("killed after %v, before its grace", took)
	}
}

func reportsMemory(t *testing.T, s Subject) {
	start(t, s, s.Spec(1, "-eat", fmt.Sprint(256<<20)))
	if c := awaitEnd(t, s, 1); !c.OutOfMemory || c.ExitCode == 0 {
		t.Errorf("ended: %+v", c)
	}
}

func reportsExitCode(t *testing.T, s Subject) {
	start(t, s, s.Spec(1, "-exit", "3"))
	if c := awaitEnd(t, s, 1); c.ExitCode != 3 || c.OutOfMemory || c.IP != "" {
		t.Errorf("ended: %+v", c)
	}
}

func hints(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan int64, 100)
	done := make(chan error, 1)
	go func() {
		done <- s.Engine.Watch(ctx, func(task int64) { seen <- task })
	}()
	// Watching may begin a moment after the call: start tasks until one is noticed.
	task := int64(0)
	Await(t, "a hint", func() bool {
		task++
		start(t, s, s.Spec(task, "-exit", "0"))
		select {
		case hint := <-seen:
			return hint == 0 || hint <= task
		case <-time.After(200 * time.Millisecond):
			return false
		}
	})
	cancel()
	if err := <-done; err != nil {
		t.Errorf("watch ended with %v", err)
	}
}

func counts(t *testing.T, s Subject) {
	start(t, s, s.Spec(1))
	start(t, s, s.Spec(2, "-exit", "0"))
	awaitEnd(t, s, 2)
	info, err := s.Engine.Info(t.Context())
	if err != nil || info.Running != 1 || info.Name == "" || info.Engine == "" || info.Capacity.CPUMillis < 1000 || info.Capacity.MemoryBytes < 64<<20 {
		t.Errorf("info: %+v, %v", info, err)
	}
	list, err := s.Engine.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Errorf("list: %+v, %v", list, err)
	}
}

func removes(t *testing.T, s Subject) {
	start(t, s, s.Spec(1))
	for range 2 {
		if err := s.Engine.Remove(t.Context(), 1); err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	if list, err := s.Engine.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("list: %+v, %v", list, err)
	}
}

func networksOnce(t *testing.T, s Subject) {
	n := engine.Network{Team: 2, Environment: engine.DefaultEnvironment}
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			if err := s.Engine.EnsureNetwork(t.Context(), n); err != nil {
				t.Errorf("network: %v", err)
			}
		})
	}
	group.Wait()
	spec := s.Spec(1)
	spec.Network = n
	start(t, s, spec)
}
