package docker_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
)

// sparing is a subject that has a spare in the network of its specs, and makes the next as soon as it is taken.
func sparing(t *testing.T) enginetest.Subject {
	t.Helper()
	s := subject(t)
	e, network := s.Engine.(*docker.Engine), s.Spec(1).Network
	docker.MakeSparesAtOnce(e)
	ctx, cancel := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	watch.Go(func() {
		if err := e.Watch(ctx, func(int64) {}); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); watch.Wait() })
	if err := e.EnsureNetwork(t.Context(), network); err != nil {
		t.Fatal(err)
	}
	docker.WantSpare(e, network)
	awaitSpare(t, s)
	return s
}

func awaitSpare(t *testing.T, s enginetest.Subject) (id string) {
	t.Helper()
	enginetest.Await(t, "a spare", func() bool {
		id = docker.Spare(s.Engine.(*docker.Engine), s.Spec(1).Network)
		return id != ""
	})
	return id
}

func sandboxes(t *testing.T, s enginetest.Subject, task int64) (all []string, of string) {
	t.Helper()
	all, of, err := docker.Sandboxes(t.Context(), s.Engine.(*docker.Engine), task)
	if err != nil {
		t.Fatal(err)
	}
	return all, of
}

// TestEngineWithSpares runs the suite on tasks that join a spare's network.
func TestEngineWithSpares(t *testing.T) { enginetest.Exercise(t, sparing) }

func TestATaskTakesTheSpareOfItsNetworkAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := sparing(t)
	spare := awaitSpare(t, s)
	c, err := s.Engine.Start(t.Context(), s.Spec(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, of := sandboxes(t, s, 1); of != spare {
		t.Errorf("the task joined %q, want the spare %q", of, spare)
	}
	enginetest.Await(t, "the task to listen", func() bool {
		l, err := s.Engine.Listeners(t.Context(), 1)
		return err == nil && slices.Contains(l, engine.Listener{Port: 8080})
	})
	next := awaitSpare(t, s)
	if next == spare {
		t.Error("the spare that was taken is offered again")
	}
	if said := strings.Join(lines(t, s, s.Spec(2, "-dial", c.IP+":8080", "-exit", "0")), " "); !strings.HasSuffix(said, "reached") {
		t.Errorf("another task of the network dials %s: %s", c.IP, said)
	}
	if err := s.Engine.Remove(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if all, of := sandboxes(t, s, 2); slices.Contains(all, spare) || of != next {
		t.Errorf("after the first task was removed the sandboxes are %v, the second task's is %q; want %q to be gone and %q", all, of, spare, next)
	}
}

func TestATaskInANetworkWithoutASpareIsAttachedItself(t *testing.T) {
	t.Parallel()
	s := sparing(t)
	other := s.Spec(1)
	other.Network.Team = 2
	if err := s.Engine.EnsureNetwork(t.Context(), other.Network); err != nil {
		t.Fatal(err)
	}
	c, err := s.Engine.Start(t.Context(), other)
	if err != nil || c.IP == "" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, of := sandboxes(t, s, 1); of != "" {
		t.Errorf("it joined the sandbox %q of another team's network", of)
	}
}

func TestADeadSpareCostsOneTry(t *testing.T) {
	t.Parallel()
	s := sparing(t)
	e := s.Engine.(*docker.Engine)
	if err := docker.Kill(t.Context(), e, awaitSpare(t, s)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Start(t.Context(), s.Spec(1)); err == nil {
		t.Fatal("a task was started in a network that is gone")
	}
	c, err := e.Start(t.Context(), s.Spec(1))
	if err != nil || c.Status != engine.Running || c.IP == "" {
		t.Errorf("the second try: %+v, %v", c, err)
	}
}

// TestASweepRemovesWhatNobodyNeeds leaves sandboxes behind, as a process that was killed does.
func TestASweepRemovesWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	s := sparing(t)
	e := s.Engine.(*docker.Engine)
	if _, err := e.Start(t.Context(), s.Spec(1)); err != nil {
		t.Fatal(err)
	}
	left := awaitSpare(t, s)
	_, taken := sandboxes(t, s, 1)
	docker.ForgetSpares(e)
	for range 2 {
		if err := docker.Sweep(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if all, _ := sandboxes(t, s, 1); !slices.Contains(all, taken) {
			t.Fatal("the sweep removed a task's sandbox")
		}
	}
	if all, _ := sandboxes(t, s, 1); slices.Contains(all, left) {
		t.Errorf("after two sweeps %q is still there", left)
	}
	if c, err := e.Inspect(t.Context(), 1); err != nil || c.Status != engine.Running {
		t.Errorf("the task is %+v, %v; want it to run", c, err)
	}
	if err := docker.Kill(t.Context(), e, taken); err != nil {
		t.Fatal(err)
	}
	enginetest.Await(t, "the end of a task that nobody can reach", func() bool {
		c, err := e.Inspect(t.Context(), 1)
		return err == nil && c.Status == engine.Ended
	})
}

func TestSparesGoWithTheirKeeper(t *testing.T) {
	t.Parallel()
	s := subject(t)
	e := s.Engine.(*docker.Engine)
	docker.MakeSparesAtOnce(e)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watched := make(chan error, 1)
	go func() { watched <- e.Watch(ctx, func(int64) {}) }()
	if err := e.EnsureNetwork(t.Context(), s.Spec(1).Network); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Start(t.Context(), s.Spec(1)); err != nil {
		t.Fatal(err)
	}
	awaitSpare(t, s)
	cancel()
	if err := <-watched; err != nil {
		t.Fatal(err)
	}
	if all, _ := sandboxes(t, s, 1); len(all) > 0 {
		t.Errorf("after the end the sandboxes %v are left", all)
	}
	if c, err := e.Inspect(t.Context(), 1); err != nil || c.Status != engine.Running {
		t.Errorf("the task is %+v, %v; want it to go on", c, err)
	}
}
