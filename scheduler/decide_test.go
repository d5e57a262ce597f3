package scheduler

import (
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fleet is one ready node of 4 cores and 8 GiB, heard of just now, and one group that wants two tasks of 1 GiB.
func fleet() paas.FleetSnapshot {
	return paas.FleetSnapshot{
		Nodes: []paas.Node{{ID: 1, Name: "one", State: paas.NodeReady, SeenAt: noon,
			Capacity: paas.Resources{CPUMillis: 4000, MemoryBytes: 8 << 30, DiskBytes: 100 << 30}}},
		Groups: []paas.ServerGroup{{ID: 7, AppID: 3, TeamID: 2, ReleaseID: 5, Process: "web", Wanted: 2, Image: "img",
			Resources: paas.Resources{CPUMillis: 500, MemoryBytes: 1 << 30, DiskBytes: 1 << 28}}},
	}
}

func task(id int64, slot int, state paas.State) paas.Task {
	return paas.Task{ID: id, GroupID: 7, AppID: 3, TeamID: 2, Slot: slot, Attempt: 1, State: state, NodeID: 1, Since: noon,
		CreatedAt: noon, Version: 1, Resources: paas.Resources{CPUMillis: 500, MemoryBytes: 1 << 30}}
}

// finished is a task of a command that may finish, and did.
func finished(slot int) paas.Task {
	t := task(1, slot, paas.TaskFinished)
	t.Reason, t.Spec.MayFinish = paas.ReasonNormal, true
	return t
}

func decide(t *testing.T, s paas.FleetSnapshot, now time.Time) paas.FleetPlan {
	t.Helper()
	var d Decider
	d.Begin(s)
	plan, err := d.Decide(now)
	if err != nil {
		t.Fatalf("Decide: %v", err)
	}
	return plan
}

func TestDecide(t *testing.T) {
	t.Parallel()
	type want struct{ create, place, stop, finish, wait, nodes int }
	tests := map[string]struct {
		change func(*paas.FleetSnapshot)
		want   want
	}{
		"a new group gets a task for each slot": {
			change: func(*paas.FleetSnapshot) {}, want: want{create: 2}},
		"accepted tasks get a node": {
			change: func(s *paas.FleetSnapshot) {
				s.Tasks = []paas.Task{task(1, 1, paas.TaskAccepted), task(2, 2, paas.TaskAccepted)}
			}, want: want{place: 2}},
		"a full group is left alone": {
			change: func(s *paas.FleetSnapshot) {
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskStarting)}
			}, want: want{}},
		"a task beyond the wanted number is stopped": {
			change: func(s *paas.FleetSnapshot) {
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning), task(3, 3, paas.TaskRunning)}
			}, want: want{stop: 1}},
		"a task that no engine has heard of ends in the books": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].Wanted = 0
				s.Tasks = []paas.Task{task(1, 1, paas.TaskAccepted)}
			}, want: want{finish: 1}},
		"a retired group loses all its tasks": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].RetiredAt = noon
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning)}
			}, want: want{stop: 2}},
		"two living tasks in one slot are one too many": {
			change: func(s *paas.FleetSnapshot) {
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning), task(3, 2, paas.TaskRunning)}
			}, want: want{stop: 1}},
		"a stopping task does not fill its slot": {
			change: func(s *paas.FleetSnapshot) {
				gone := task(1, 1, paas.TaskStopping)
				gone.Stop = true
				s.Tasks = []paas.Task{gone, task(2, 2, paas.TaskRunning)}
			}, want: want{create: 1}},
		"a task that fits nowhere waits with its reason": {
			change: func(s *paas.FleetSnapshot) {
				big := task(1, 1, paas.TaskAccepted)
				big.Resources.MemoryBytes = 64 << 30
				s.Tasks = []paas.Task{big, task(2, 2, paas.TaskRunning)}
			}, want: want{wait: 1}},
		"a run-once task that ended is not started again": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].Once, s.Groups[0].Wanted = true, 1
				done := task(1, 1, paas.TaskFinished)
				done.Reason = paas.ReasonFailed
				s.Finished = []paas.Task{done}
			}, want: want{}},
		"a run-once task whose node was lost is started again": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].Once, s.Groups[0].Wanted = true, 1
				done := task(1, 1, paas.TaskFinished)
				done.Reason = paas.ReasonNodeLost
				s.Finished = []paas.Task{done}
			}, want: want{create: 1}},
		"a program that did its work before the switch is left to its deployment": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].Wanted = 1
				s.Finished = []paas.Task{finished(1)}
			}, want: want{}},
		"a server that ends like a program after the switch is started again": {
			change: func(s *paas.FleetSnapshot) {
				s.Groups[0].Wanted, s.Groups[0].Traffic = 1, true
				s.Finished = []paas.Task{finished(1)}
			}, want: want{create: 1}},
		"a task stuck in placed is ended": {
			change: func(s *paas.FleetSnapshot) {
				stuck := task(1, 1, paas.TaskPlaced)
				stuck.Since = noon.Add(-placedLimit)
				s.Tasks = []paas.Task{stuck, task(2, 2, paas.TaskRunning)}
			}, want: want{finish: 1}},
		"the only node is never given up for being silent": {
			change: func(s *paas.FleetSnapshot) {
				s.Nodes[0].SeenAt = noon.Add(-time.Hour)
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning)}
			}, want: want{}},
		"one silent node of three is given up with its tasks": {
			change: func(s *paas.FleetSnapshot) {
				s.Nodes[0].SeenAt = noon.Add(-paas.NodeLostAfter)
				for id := int64(2); id <= 3; id++ {
					s.Nodes = append(s.Nodes, paas.Node{ID: id, State: paas.NodeReady, SeenAt: noon})
				}
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning)}
			}, want: want{nodes: 1, finish: 2}},
		"a joining node that speaks is ready": {
			change: func(s *paas.FleetSnapshot) {
				s.Nodes[0].State = paas.NodeJoining
				s.Tasks = []paas.Task{task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskRunning)}
			}, want: want{nodes: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fleet()
			tt.change(&s)
			p := decide(t, s, noon)
			got := want{len(p.Create), len(p.Place), len(p.Stop), len(p.Finish), len(p.Wait), len(p.Nodes)}
			if got != tt.want {
				t.Errorf("got %+v, want %+v\nplan: %+v", got, tt.want, p)
			}
		})
	}
}

func TestWaitingReasonIsASentenceWithFigures(t *testing.T) {
	t.Parallel()
	s := fleet()
	big := task(1, 1, paas.TaskAccepted)
	big.Resources.MemoryBytes = 64 << 30
	s.Tasks = []paas.Task{big, task(2, 2, paas.TaskRunning)}
	var d Decider
	d.Begin(s)
	plan, err := d.Decide(noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Wait[1].Sentence; !strings.Contains(got, "64 GiB") {
		t.Errorf("got %q, want the asked 64 GiB in it", got)
	}
	reason := plan.Wait[1]
	s.Tasks[0].Waiting = &reason
	d.Begin(s)
	if plan, err = d.Decide(noon); err != nil || len(plan.Wait) != 0 {
		t.Errorf("a reason that is written already is written again: %+v, %v", plan.Wait, err)
	}
}

func TestRestartsBackOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before  func(*paas.Task)
		attempt int
		wait    time.Duration
	}{
		"the first crash waits a second":                        {func(t *paas.Task) {}, 2, time.Second},
		"the fifth crash waits 16 seconds":                      {func(t *paas.Task) { t.Attempt = 5 }, 6, 16 * time.Second},
		"no pause is longer than the most":                      {func(t *paas.Task) { t.Attempt = 400 }, 401, backoffMost},
		"a platform's fault costs no attempt":                   {func(t *paas.Task) { t.Reason, t.Attempt = paas.ReasonNodeLost, 3 }, 3, 0},
		"an engine that cannot start it is left alone a moment": {func(t *paas.Task) { t.Reason = paas.ReasonImageMissing }, 1, enginePause},
		"a long quiet time forgets the past":                    {func(t *paas.Task) { t.Attempt, t.ReadyAt = 7, noon.Add(-time.Hour) }, 1, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fleet()
			s.Groups[0].Wanted = 1
			before := task(1, 1, paas.TaskFinished)
			before.Reason, before.FinishedAt = paas.ReasonFailed, noon
			tt.before(&before)
			s.Finished = []paas.Task{before}
			plan := decide(t, s, noon)
			if len(plan.Create) != 1 {
				t.Fatalf("got %d new tasks, want 1", len(plan.Create))
			}
			if c := plan.Create[0]; c.Attempt != tt.attempt || c.NotBefore.Sub(noon) != tt.wait {
				t.Errorf("got attempt %d after %s, want %d after %s", c.Attempt, c.NotBefore.Sub(noon), tt.attempt, tt.wait)
			}
		})
	}
}
