package executor_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
	"github.com/slipway-paas/slipway/server/paas"
)

// yard is one node with the machine's Docker Engine.
type yard struct {
	*testing.T
	memory *memory
	engine *docker.Engine
	agent  *executor.Agent
	kill   context.CancelFunc
	done   chan error
}

func newYard(t *testing.T) *yard {
	t.Helper()
	e, err := docker.New(docker.Options{Install: enginetest.Install()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := e.Purge(ctx); err != nil {
			t.Errorf("clean up: %v", err)
		}
		_ = e.Close()
	})
	y := &yard{T: t, memory: newMemory(), engine: e}
	y.begin()
	t.Cleanup(y.end)
	return y
}

func (y *yard) begin() {
	y.agent = executor.New(executor.Config{
		Engine: y.engine, Store: y.memory, Logs: y.memory, Drainer: y.memory,
		Log: slog.New(slog.NewTextHandler(y.Output(), nil)),
	})
	ctx, kill := context.WithCancel(context.WithoutCancel(y.Context()))
	y.kill, y.done = kill, make(chan error, 1)
	go func() { y.done <- y.agent.Run(ctx) }()
	enginetest.Await(y, "the node to join", func() bool {
		y.memory.mu.Lock()
		defer y.memory.mu.Unlock()
		return len(y.memory.nodes) == 1
	})
}

func (y *yard) end() {
	y.kill()
	if err := <-y.done; err != nil {
		y.Errorf("the agent ended with %v", err)
	}
}

// place runs testapp with flags.
func (y *yard) place(id int64, change func(*paas.Task), flags ...string) {
	y.Helper()
	t := paas.Task{
		ID: id, NodeID: 1, Fence: 1, TeamID: 1, TeamName: "crew", AppName: "hello", Release: 1, Process: "web", State: paas.TaskPlaced,
		Image: enginetest.Image(y), Resources: paas.Resources{CPUMillis: 500, MemoryBytes: 64 << 20, DiskBytes: 64 << 20},
		Spec: paas.TaskSpec{Args: append([]string{"/app"}, flags...), Port: 8080, HealthPath: "/", StartTimeout: 5 * time.Second, StopTimeout: 2 * time.Second},
	}
	if change != nil {
		change(&t)
	}
	y.memory.put(t)
	y.agent.Wake()
}

func (y *yard) await(id int64, what string, ok func(paas.Task) bool) paas.Task {
	y.Helper()
	enginetest.Await(y, fmt.Sprintf("task %d to be %s", id, what), func() bool { return ok(y.memory.task(id)) })
	return y.memory.task(id)
}

func finished(t paas.Task) bool { return t.State == paas.TaskFinished }
func isReady(t paas.Task) bool  { return t.Ready }

// gone waits until nothing of the task is left on the engine; its output is stored by then.
func (y *yard) gone(id int64) {
	y.Helper()
	enginetest.Await(y, "the container to be removed", func() bool {
		list, err := y.engine.List(y.Context())
		if err != nil {
			y.Fatal(err)
		}
		for _, c := range list {
			if c.Task == id {
				return false
			}
		}
		return true
	})
}

func TestAppsOnDocker(t *testing.T) {
	y := newYard(t)
	worker := func(t *paas.Task) { t.Process, t.Spec.Port = "worker", 0 }
	once := func(t *paas.Task) { t.Spec.Port, t.Spec.Once = 0, true }
	tests := map[string]struct {
		flags  []string
		change func(*paas.Task)
		reason paas.TaskReason
		code   paas.Code
		detail string
		output string // one of the lines
	}{
		"a program that prints and ends":            {[]string{"-print", "done", "-exit", "0"}, once, paas.ReasonNormal, "", "", "done"},
		"a server that exits 0":                     {[]string{"-exit", "0"}, nil, paas.ReasonNormal, paas.CodeExitedEarly, "ended with exit code 0", ""},
		"a crash":                                   {[]string{"-crash"}, nil, paas.ReasonFailed, paas.CodeCrashed, "exited with code 2", "panic: as asked"},
		"an exit code":                              {[]string{"-exit", "3"}, worker, paas.ReasonFailed, paas.CodeCrashed, "exited with code 3", ""},
		"an app that eats its memory":               {[]string{"-eat", "268435456"}, nil, paas.ReasonOutOfMemory, paas.CodeOutOfMemory, "more than its 64 MiB", ""},
		"a command that does not exist":             {nil, func(t *paas.Task) { t.Spec.Args = []string{"serve"} }, paas.ReasonNoCommand, paas.CodeNoCommand, "", ""},
		"an image that is not there":                {nil, func(t *paas.Task) { t.Image = "slipway-testapp:never" }, paas.ReasonImageMissing, paas.CodeImageMissing, "not on this node", ""},
		"a server that listens inside only":         {[]string{"-loopback"}, nil, paas.ReasonUnready, paas.CodeNotListening, "127.0.0.1:8080", ""},
		"a server that listens elsewhere":           {[]string{"-port", "3000"}, nil, paas.ReasonUnready, paas.CodeNotListening, "listens on port 3000", "listening on 3000"},
		"a server that does not listen":             {[]string{"-port", ""}, nil, paas.ReasonUnready, paas.CodeNotListening, "did not listen on port 8080", ""},
		"a server that is unhealthy":                {[]string{"-status", "503"}, nil, paas.ReasonUnready, paas.CodeUnhealthy, "status 503", ""},
		"a server that never answers":               {[]string{"-slow", "1h"}, nil, paas.ReasonUnready, paas.CodeStartTimeout, "gave no answer", ""},
		"a server that never answers nor ends":      {[]string{"-slow", "1h", "-ignore-term"}, nil, paas.ReasonUnready, paas.CodeStartTimeout, "gave no answer", "ignoring SIGTERM"},
		"a fork bomb is stopped at its pids limit":  {[]string{"-fork-bomb", "-exit", "0"}, func(t *paas.Task) { once(t); t.Resources.MemoryBytes = 512 << 20 }, paas.ReasonNormal, "", "", "resource temporarily unavailable"},
		"a line of 10 MB is kept in pieces":         {[]string{"-long-line", "10000000", "-exit", "0"}, once, paas.ReasonNormal, "", "", strings.Repeat("y", paas.MaxLogLine)},
		"a user that is not in the image is no bar": {[]string{"-exit", "0"}, func(t *paas.Task) { once(t); t.Spec.User = "4711:4711" }, paas.ReasonNormal, "", "", ""},
	}
	ids := map[string]int64{}
	for name, tt := range tests {
		ids[name] = int64(len(ids) + 1)
		y.place(ids[name], tt.change, tt.flags...)
	}
	for name, tt := range tests {
		id := ids[name]
		t.Run(name, func(t *testing.T) {
			got := y.await(id, "finished", finished)
			if got.Reason != tt.reason || !strings.Contains(got.Detail, tt.detail) {
				t.Errorf("%s, exit code %d, %q", got.Reason, got.ExitCode, got.Detail)
			}
			if (got.Diagnosis == nil) != (tt.code == "") || got.Diagnosis != nil && got.Diagnosis.Code != tt.code {
				t.Errorf("diagnosis %+v, want %q", got.Diagnosis, tt.code)
			}
			y.gone(id)
			if out := strings.Join(y.memory.output(id), "\n"); !strings.Contains(out, tt.output) || strings.Contains(out, "WRONG") {
				t.Errorf("output of %d bytes: %.300q", len(out), out)
			}
		})
	}
}

func TestServersOnDocker(t *testing.T) {
	y := newYard(t)
	y.place(1, nil, "-delay", "300ms")
	y.place(2, nil, "-tcp")
	y.place(3, nil, "-status", "404")
	for id := int64(1); id <= 3; id++ {
		y.await(id, "ready", isReady)
	}
	answer, err := http.Get("http://" + y.memory.task(1).Address + "/x")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if !strings.Contains(string(body), "answers 200") {
		t.Errorf("answer %q", body)
	}

	// Slipway goes down and comes back: what runs goes on running, what ended meanwhile is noticed, no line is lost.
	before := y.memory.task(1)
	y.end()
	if err := y.engine.Stop(t.Context(), 2, time.Second); err != nil {
		t.Fatal(err)
	}
	y.begin()
	if got := y.await(2, "finished", finished); got.Reason == paas.ReasonScaledDown {
		t.Errorf("stopped behind our back: %+v", got)
	}
	if got := y.memory.task(1); !got.StartedAt.Equal(before.StartedAt) || got.Address != before.Address || !got.Ready {
		t.Errorf("adopted: %+v, before: %+v", got, before)
	}
	y.memory.change(1, func(t *paas.Task) { t.Stop = true })
	y.agent.Wake()
	if got := y.await(1, "finished", finished); got.Reason != paas.ReasonScaledDown || got.ExitCode != 0 {
		t.Errorf("stopped: %+v", got)
	}
	y.gone(1)
	equal(t, "output", y.memory.output(1), []string{"listening on 8080", "bye"})
}

func TestOutputSurvivesRestarts(t *testing.T) {
	y := newYard(t)
	const printed = 200_000
	y.memory.lose = func(n int) bool { return n%29 == 0 }
	y.place(1, func(t *paas.Task) { t.Spec.Port, t.Spec.Once = 0, true; t.Resources.DiskBytes = 256 << 20 }, "-lines", fmt.Sprint(printed), "-exit", "0")
	for at := 20_000; at < printed; at += 40_000 {
		enginetest.Await(t, "output to go on", func() bool { return y.memory.stored(1) >= at })
		y.end()
		y.begin()
	}
	y.gone(1)
	out := y.memory.output(1)
	if len(out) != printed {
		t.Fatalf("%d lines, want %d", len(out), printed)
	}
	for i, line := range out {
		if !strings.HasPrefix(line, fmt.Sprintf("%010d ", i+1)) {
			t.Fatalf("line %d is %q", i+1, line)
		}
	}
}
