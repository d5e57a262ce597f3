package executor_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/fake"
	"github.com/slipway-paas/slipway/server/paas"
)

// house is one node with a fake engine, inside a bubble where time passes at once.
type house struct {
	*testing.T
	memory *memory
	engine *fake.Engine
	agent  *executor.Agent
	hints  chan struct{}
	kill   context.CancelFunc
	done   chan error
}

// inHouse runs a test whose tasks behave as the script says, by the process type.
func inHouse(t *testing.T, script map[string]fake.Behaviour, test func(*house)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, memory: newMemory(), hints: make(chan struct{}, 1)}
		h.engine = fake.New(fake.Options{Script: func(s engine.Spec) fake.Behaviour { return script[s.Process] }})
		h.begin()
		defer h.end()
		test(h)
	})
}

// begin starts an agent as after a start of Slipway.
func (h *house) begin() {
	h.Helper()
	h.agent = executor.New(executor.Config{
		Engine: h.engine, Store: h.memory, Logs: h.memory, Drainer: h.memory, Prober: h.engine,
		Hints: h, Log: slog.New(slog.DiscardHandler),
	})
	var ctx context.Context
	ctx, h.kill = context.WithCancel(h.Context())
	h.done = make(chan error, 1)
	go func() { h.done <- h.agent.Run(ctx) }()
	h.wait(0)
}

// end stops it as SIGKILL would: nothing is tidied up.
func (h *house) end() {
	h.Helper()
	h.kill()
	if err := <-h.done; err != nil {
		h.Errorf("the agent ended with %v", err)
	}
}

// wait lets time pass.
func (h *house) wait(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

// place writes the row of a placed task and wakes the agent.
func (h *house) place(t paas.Task) {
	t.NodeID, t.State, t.AppName, t.TeamID = 1, paas.TaskPlaced, "hello", 1
	if t.Fence == 0 {
		t.Fence = 1
	}
	h.memory.put(t)
	h.hint()
	h.wait(time.Second)
}

func (h *house) stop(id int64) {
	h.memory.change(id, func(t *paas.Task) { t.Stop = true })
	h.hint()
}

// Watch implements executor.Hints.
func (h *house) Watch(context.Context, ...paas.Topic) <-chan struct{} { return h.hints }

// hint tells the agent that rows changed.
func (h *house) hint() {
	select {
	case h.hints <- struct{}{}:
	default: // it has one to read already
	}
}

func web(id int64) paas.Task {
	return paas.Task{ID: id, Process: "web", Spec: paas.TaskSpec{Port: 8080, HealthPath: "/"}}
}

func (h *house) containers() int {
	h.Helper()
	list, err := h.engine.List(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return len(list)
}

func TestLifeOfAWebTask(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {Log: []string{"hello"}, ReadyAfter: 3 * time.Second}}, func(h *house) {
		h.place(web(1))
		if got := h.memory.task(1); got.State != paas.TaskRunning || got.Ready || !strings.HasSuffix(got.Address, ":8080") {
			t.Fatalf("after a second: %+v", got)
		}
		h.wait(10 * time.Second)
		if got := h.memory.task(1); !got.Ready || got.ReadyAt.IsZero() {
			t.Fatalf("after ten seconds: %+v", got)
		}
		h.stop(1)
		h.wait(time.Second)
		got := h.memory.task(1)
		if got.State != paas.TaskFinished || got.Reason != paas.ReasonScaledDown || got.Ready || got.Diagnosis != nil {
			t.Errorf("stopped: %+v", got)
		}
		equal(t, "states", h.memory.states(1), []string{"starting", "running", "running ready", "stopping", "finished"})
		equal(t, "drained", h.memory.drained, []string{got.Address})
		equal(t, "output", h.memory.output(1), []string{"hello"})
		if h.containers() != 0 {
			t.Error("the container is still there")
		}
	})
}

func TestEndings(t *testing.T) {
	t.Parallel()
	mayFinish := web(1)
	mayFinish.Spec.MayFinish = true
	tests := map[string]struct {
		does      fake.Behaviour
		task      paas.Task
		reason    paas.TaskReason
		code      paas.Code // "" means no diagnosis
		detail    string
		exitCode  int
		unstarted bool
	}{
		"a program that finishes is normal": {
			does: fake.Behaviour{Ends: true}, task: paas.Task{Spec: paas.TaskSpec{Once: true}}, reason: paas.ReasonNormal,
		},
		"a server that exits 0 ended early": {
			does: fake.Behaviour{RunFor: time.Second}, task: web(1), reason: paas.ReasonNormal, code: paas.CodeExitedEarly,
			detail: "The web process ended with exit code 0 after 1.0 s, although it should serve requests.",
		},
		"a command of one's own that exits 0 has finished": {
			does: fake.Behaviour{RunFor: time.Second, NeverReady: true, Log: []string{"the sum is 3"}}, task: mayFinish, reason: paas.ReasonNormal,
			detail: "The web process ended with exit code 0 after 1.0 s and never listened, so it counts as a program that finishes.",
		},
		"a command of one's own that listened ended early": {
			does: fake.Behaviour{RunFor: time.Second, Status: 503}, task: mayFinish, reason: paas.ReasonNormal, code: paas.CodeExitedEarly,
		},
		"a command of one's own that served ended early": {
			does: fake.Behaviour{RunFor: time.Minute}, task: mayFinish, reason: paas.ReasonNormal, code: paas.CodeExitedEarly,
		},
		"a crash keeps its exit code": {
			does: fake.Behaviour{RunFor: 2 * time.Second, ExitCode: 3, Log: []string{"panic: no"}}, task: web(1), reason: paas.ReasonFailed,
			code: paas.CodeCrashed, exitCode: 3, detail: "The web process exited with code 3, 2.0 s after its start.",
		},
		"a signal is named": {
			does: fake.Behaviour{RunFor: time.Second, ExitCode: 139}, task: web(1), reason: paas.ReasonFailed, code: paas.CodeCrashed,
			exitCode: 139, detail: "The web process was ended by signal 11 (segmentation fault), 1.0 s after its start.",
		},
		"a kill from outside is told from a crash": {
			does: fake.Behaviour{RunFor: time.Second, ExitCode: 137}, task: web(1), reason: paas.ReasonKilled, code: paas.CodeCrashed,
			exitCode: 137, detail: "Slipway did not send it",
		},
		"memory": {
			does: fake.Behaviour{RunFor: time.Second, OutOfMemory: true}, task: web(1), reason: paas.ReasonOutOfMemory,
			code: paas.CodeOutOfMemory, exitCode: 137, detail: "512 MiB",
		},
		"a shell that does not find the command": {
			does: fake.Behaviour{Ends: true, ExitCode: 127, Log: []string{"/bin/sh: 1: serve: not found"}}, task: web(1),
			reason: paas.ReasonNoCommand, code: paas.CodeNoCommand, exitCode: 127, detail: "does not exist",
		},
		"an image that is gone": {
			does: fake.Behaviour{StartError: engine.ErrImageMissing}, task: web(1), reason: paas.ReasonImageMissing, code: paas.CodeImageMissing, unstarted: true,
		},
		"an engine that refuses": {
			does: fake.Behaviour{StartError: engine.ErrRefused}, task: web(1), reason: paas.ReasonEngineFault, code: paas.CodeEngineFault, unstarted: true,
		},
		"an engine that fails again and again": {
			does: fake.Behaviour{StartError: fmt.Errorf("no space left")}, task: web(1), reason: paas.ReasonEngineFault, code: paas.CodeEngineFault, unstarted: true,
		},
		"an engine that lies": {
			does: fake.Behaviour{Absent: true}, task: web(1), reason: paas.ReasonEngineFault, code: paas.CodeEngineFault, unstarted: true,
		},
		"not listening": {
			does: fake.Behaviour{NeverReady: true, TermCode: 143}, task: web(1), reason: paas.ReasonUnready, code: paas.CodeNotListening, exitCode: 143,
			detail: "The web process did not listen on port 8080 (the variable PORT) within 60 s.",
		},
		"listening elsewhere": {
			does: fake.Behaviour{NeverReady: true, Listens: []engine.Listener{{Port: 3000}, {Port: 9229, Loopback: true}}}, task: web(1),
			reason: paas.ReasonUnready, code: paas.CodeNotListening,
			detail: "The web process should listen on port 8080 (the variable PORT), but listens on port 3000 and 127.0.0.1:9229.",
		},
		"listening inside only": {
			does: fake.Behaviour{NeverReady: true, Listens: []engine.Listener{{Port: 8080, Loopback: true}}}, task: web(1),
			reason: paas.ReasonUnready, code: paas.CodeNotListening, detail: "127.0.0.1:8080, where nothing outside",
		},
		"unhealthy": {
			does: fake.Behaviour{Status: 503}, task: web(1), reason: paas.ReasonUnready, code: paas.CodeUnhealthy,
			detail: "The web process still answered GET / with status 503 after 60 s.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inHouse(t, map[string]fake.Behaviour{"web": tt.does}, func(h *house) {
				tt.task.ID, tt.task.Process = 1, "web"
				h.place(tt.task)
				h.wait(2 * time.Minute)
				got := h.memory.task(1)
				if got.State != paas.TaskFinished || got.Reason != tt.reason || got.ExitCode != tt.exitCode || !strings.Contains(got.Detail, tt.detail) {
					t.Errorf("got %s, %s, exit code %d, %q", got.State, got.Reason, got.ExitCode, got.Detail)
				}
				if (got.Diagnosis == nil) != (tt.code == "") || got.Diagnosis != nil && got.Diagnosis.Code != tt.code {
					t.Errorf("diagnosis %+v, want %q", got.Diagnosis, tt.code)
				}
				if got.Diagnosis != nil && len(tt.does.Log) > 0 && !strings.Contains(strings.Join(got.Diagnosis.Evidence, "\n"), tt.does.Log[0]) {
					t.Errorf("the last lines are not in the evidence: %q", got.Diagnosis.Evidence)
				}
				equal(t, "output", h.memory.output(1), tt.does.Log)
				if h.containers() != 0 {
					t.Error("the container is still there")
				}
				if n := h.engine.Starts(1); n > 1 {
					t.Errorf("started %d times", n)
				}
			})
		})
	}
}

func TestAWorkerIsReadyWhenItStays(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(paas.Task{ID: 1, Process: "worker"})
		if h.memory.task(1).Ready {
			t.Error("ready after a second")
		}
		h.wait(2 * time.Second)
		if !h.memory.task(1).Ready {
			t.Error("not ready after three seconds")
		}
	})
}

func TestAStartingProgramHasMoreCPU(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {ReadyAfter: 20 * time.Second}}, func(h *house) {
		cpu := func(task int64) int64 {
			c, err := h.engine.Inspect(h.Context(), task)
			if err != nil {
				h.Fatal(err)
			}
			return c.CPUMillis
		}
		large, once := web(2), paas.Task{ID: 3, Process: "task", Spec: paas.TaskSpec{Once: true}}
		large.Resources.CPUMillis = 3000
		h.place(web(1))
		h.place(large)
		h.place(once)
		if small, large, once := cpu(1), cpu(2), cpu(3); small != 1000 || large != 6000 || once != 500 {
			t.Errorf("while they start they have %d, %d and %d thousandths", small, large, once)
		}
		h.wait(time.Minute)
		if small, large, once := cpu(1), cpu(2), cpu(3); small != 500 || large != 3000 || once != 500 {
			t.Errorf("when they are ready they have %d, %d and %d thousandths", small, large, once)
		}
	})
}

func TestReadinessComesAndGoes(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.engine.Change(1, func(b *fake.Behaviour) { b.Status = 500 })
		h.wait(11 * time.Second)
		if !h.memory.task(1).Ready {
			t.Error("one miss took the traffic away")
		}
		h.wait(10 * time.Second)
		if got := h.memory.task(1); got.Ready || got.State != paas.TaskRunning {
			t.Errorf("after three misses: %+v", got)
		}
		h.engine.Change(1, func(b *fake.Behaviour) { b.Status = 404 })
		h.wait(3 * time.Second)
		if !h.memory.task(1).Ready {
			t.Error("not ready again")
		}
	})
}

func TestADeafTaskIsKilledAfterItsGrace(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {IgnoreTerm: true}}, func(h *house) {
		h.memory.holdDrain = true
		h.place(web(1))
		h.stop(1)
		h.wait(39 * time.Second) // drain 10 s, grace 30 s
		if got := h.memory.task(1); got.State != paas.TaskStopping {
			t.Errorf("before its grace is over: %s", got.State)
		}
		h.wait(2 * time.Second)
		got := h.memory.task(1)
		if got.State != paas.TaskFinished || got.Reason != paas.ReasonScaledDown || !strings.Contains(got.Detail, "did not end within 30 s of SIGTERM") {
			t.Errorf("after its grace: %+v", got)
		}
	})
}

func TestAHungTaskHoldsNobodyUp(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"hang": {Hang: true}}, func(h *house) {
		h.place(paas.Task{ID: 1, Process: "hang", Spec: paas.TaskSpec{Port: 8080}})
		h.place(web(2))
		if got := h.memory.task(2); !got.Ready {
			t.Errorf("beside a hung task: %+v", got)
		}
		h.wait(3 * time.Minute)
		if got := h.memory.task(1); got.State != paas.TaskFinished || got.Reason != paas.ReasonEngineFault {
			t.Errorf("the hung task: %s %s", got.State, got.Reason)
		}
	})
}

func TestAHungEngineIsTheNodesProblem(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.engine.Hang(true)
		h.wait(20 * time.Second)
		h.engine.Hang(false)
		h.wait(20 * time.Second)
		equal(t, "problems", h.memory.problems, []string{"", "The container engine does not answer.", ""})
		if got := h.memory.task(1); got.State != paas.TaskRunning || !got.Ready {
			t.Errorf("the task: %+v", got)
		}
		if h.memory.beats < 8 {
			t.Errorf("%d heartbeats in 41 s", h.memory.beats)
		}
	})
}

func TestAForgetfulEngine(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.engine.Forget()
		h.wait(time.Second)
		if got := h.memory.task(1); got.State != paas.TaskFinished || got.Reason != paas.ReasonEngineFault || !strings.Contains(got.Detail, "vanished") {
			t.Errorf("got %+v", got)
		}
		if h.engine.Starts(1) != 1 {
			t.Error("it was started again: that is the scheduler's to decide")
		}
	})
}

func TestARestartOfTheEngineIsNotTheAppsFault(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.wait(time.Hour)
		h.engine.Restart()
		h.wait(5 * time.Second)
		if got := h.memory.task(1); got.Reason != paas.ReasonEngineFault || !strings.Contains(got.Detail, "engine was restarted") {
			t.Errorf("got %s %s %q", got.State, got.Reason, got.Detail)
		}
		h.place(web(2))
		h.wait(time.Minute)
		h.engine.Exit(2, 137)
		h.wait(5 * time.Second)
		if got := h.memory.task(2); got.Reason != paas.ReasonKilled {
			t.Errorf("long after: %s %s %q", got.State, got.Reason, got.Detail)
		}
	})
}

func TestARestartAdoptsWhatRuns(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		h.place(web(2))
		h.end()
		h.engine.Exit(2, 9)
		h.wait(time.Minute)
		h.begin()
		h.wait(time.Second)
		if got := h.memory.task(1); !got.Ready || h.engine.Starts(1) != 1 {
			t.Errorf("the running task, started %d times: %+v", h.engine.Starts(1), got)
		}
		if got := h.memory.task(2); got.State != paas.TaskFinished || got.ExitCode != 9 {
			t.Errorf("the task that ended meanwhile: %+v", got)
		}
		equal(t, "states", h.memory.states(1), []string{"starting", "running", "running ready"})
	})
}

func TestARestartFinishesAStop(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {IgnoreTerm: true}}, func(h *house) {
		h.place(web(1))
		h.stop(1)
		h.wait(5 * time.Second)
		h.end()
		h.begin()
		h.wait(time.Minute)
		if got := h.memory.task(1); got.State != paas.TaskFinished || h.containers() != 0 {
			t.Errorf("%d containers, task %s", h.containers(), got.State)
		}
	})
}

func TestOrphansAreStoppedAndTheirOutputIsKept(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {Log: []string{"one"}}}, func(h *house) {
		h.place(web(1))
		h.memory.change(1, func(t *paas.Task) { t.State = paas.TaskFinished }) // the scheduler gave the node up
		h.engine.Say(1, "two")
		h.wait(11 * time.Second)
		if h.containers() != 0 {
			t.Error("the container is still there")
		}
		equal(t, "output", h.memory.output(1), []string{"one", "two"})
	})
}

func TestOrphansOfAnEarlierLife(t *testing.T) {
	inHouse(t, map[string]fake.Behaviour{"web": {Log: []string{"one"}}}, func(h *house) {
		h.place(web(1))
		h.end()
		h.memory.change(1, func(t *paas.Task) { t.State = paas.TaskFinished })
		h.engine.Say(1, "two")
		h.begin()
		h.wait(time.Second)
		if h.containers() != 0 {
			t.Error("the container is still there")
		}
		equal(t, "output", h.memory.output(1), []string{"one", "two"})
	})
}

func TestANewPlacementReplacesAnOldOne(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.place(web(1))
		again := web(1)
		again.Fence = 2
		h.place(again)
		h.wait(time.Second)
		c, err := h.engine.Inspect(h.Context(), 1)
		if err != nil || c.Fence != 2 || h.engine.Starts(1) != 2 {
			t.Errorf("container %+v, %v, started %d times", c, err, h.engine.Starts(1))
		}
		if got := h.memory.task(1); got.Fence != 2 || !got.Ready {
			t.Errorf("row %+v", got)
		}
	})
}

func TestOutputIsStoredOnceAlthoughAnswersAreLost(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.memory.lose = func(n int) bool { return n%3 == 0 }
		h.place(web(1))
		var want []string
		for i := range 500 {
			want = append(want, fmt.Sprintf("line %d", i))
			h.engine.Say(1, want[i])
			if i%50 == 0 {
				h.end()
				h.begin()
			}
			h.wait(100 * time.Millisecond)
		}
		h.wait(time.Minute)
		equal(t, "output", h.memory.output(1), want)
	})
}

func TestHundredsOfTasks(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		const tasks = 500
		for id := int64(1); id <= tasks; id++ {
			w := web(id)
			w.NodeID, w.State, w.Fence, w.TeamID = 1, paas.TaskPlaced, 1, 1
			h.memory.put(w)
		}
		h.hint()
		h.wait(5 * time.Second)
		for id := int64(1); id <= tasks; id++ {
			if got := h.memory.task(id); !got.Ready || h.engine.Starts(id) != 1 {
				t.Fatalf("task %d, started %d times: %+v", id, h.engine.Starts(id), got)
			}
		}
	})
}

func TestTheNodeJoins(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		n := h.memory.nodes[0]
		want := paas.Resources{CPUMillis: (64_000 - 200) * 4, MemoryBytes: 256<<30 - (256<<30)/10, DiskBytes: 1<<40 - (1<<40)/10}
		if n.Name != "fake" || n.State != paas.NodeReady || n.Engine != "Fake 1.0" || n.Capacity != want {
			t.Errorf("joined as %+v", n)
		}
	})
}
