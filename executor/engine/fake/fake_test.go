package fake_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
	"github.com/slipway-paas/slipway/executor/engine/fake"
)

// script does what testapp would do with the same flags.
func script(s engine.Spec) fake.Behaviour {
	var b fake.Behaviour
	f := flag.NewFlagSet("testapp", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	exit, eat, lines := f.Int("exit", -1, ""), f.Int64("eat", 0, ""), f.Int("lines", 0, "")
	line := f.String("print", "", "")
	f.BoolVar(&b.IgnoreTerm, "ignore-term", false, "")
	f.StringVar(&b.Unfinished, "open", "", "")
	if err := f.Parse(s.Args[1:]); err != nil {
		b.StartError = err
		return b
	}
	if *line != "" {
		b.Log = append(b.Log, *line)
	}
	for i := range *lines {
		b.Log = append(b.Log, fmt.Sprintf("%010d xxxx", i+1))
	}
	b.OutOfMemory = *eat > s.Resources.MemoryBytes
	b.Ends, b.ExitCode = *exit >= 0 || b.OutOfMemory, max(0, *exit)
	return b
}

func TestEngine(t *testing.T) {
	enginetest.Exercise(t, func(*testing.T) enginetest.Subject {
		return enginetest.Subject{
			Engine: fake.New(fake.Options{Images: []string{"testapp"}, Script: script}),
			Image:  "testapp",
		}
	})
}

func TestFiftyThousandTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 50_000
		e := fake.New(fake.Options{Script: func(s engine.Spec) fake.Behaviour {
			return fake.Behaviour{RunFor: time.Duration(s.Task) * time.Second, ExitCode: int(s.Task % 2)}
		}})
		network := engine.Network{Team: 1, Environment: engine.DefaultEnvironment}
		if err := e.EnsureNetwork(t.Context(), network); err != nil {
			t.Fatal(err)
		}
		for id := int64(1); id <= tasks; id++ {
			if _, err := e.Start(t.Context(), engine.Spec{Task: id, Network: network}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(tasks*time.Second/2 + time.Millisecond) // the bubble's time, not ours
		synctest.Wait()
		if info, err := e.Info(t.Context()); err != nil || info.Running != tasks/2 {
			t.Errorf("%d of %d run after half of the time, %v", info.Running, tasks, err)
		}
	})
}

func TestHangingCallsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := fake.New(fake.Options{})
		e.Hang(true)
		began := time.Now()
		if _, err := e.List(t.Context()); err == nil || context.Cause(t.Context()) != nil {
			t.Errorf("list: %v", err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("gave up after %v", took)
		}
		e.Hang(false)
		if _, err := e.List(t.Context()); err != nil {
			t.Errorf("list: %v", err)
		}
	})
}
