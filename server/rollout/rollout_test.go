package rollout_test

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/rollout"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func group(process string, wanted int, tasks ...paas.Task) rollout.Group {
	return rollout.Group{ServerGroup: paas.ServerGroup{Process: process, Wanted: wanted}, Tasks: tasks}
}

func web(state paas.State, ready bool) paas.Task {
	return paas.Task{State: state, Ready: ready, Spec: paas.TaskSpec{Port: 8080}, StartedAt: noon.Add(-time.Minute)}
}

func worker(ran time.Duration) paas.Task {
	return paas.Task{State: paas.TaskRunning, StartedAt: noon.Add(-ran)}
}

func ended(reason paas.TaskReason) paas.Task {
	return paas.Task{State: paas.TaskFinished, Reason: reason, Detail: "It ended."}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	waiting := paas.Task{State: paas.TaskAccepted, Waiting: &paas.WaitingReason{Sentence: "Needs 8 GiB.", Position: 3}}
	once := func(t paas.Task) rollout.Group {
		t.Spec.Once = true
		g := group("web", 1, t)
		g.Once, g.Spec.Once = true, true
		return g
	}
	own := func(t paas.Task) rollout.Group {
		t.Spec = paas.TaskSpec{Port: 8080, MayFinish: true}
		return group("web", 1, t)
	}
	fell := ended(paas.ReasonNormal)
	fell.Diagnosis = paas.Diagnose(paas.CodeExitedEarly, "It listened before.")
	wasReady := ended(paas.ReasonNormal)
	wasReady.ReadyAt = noon
	tests := map[string]struct {
		groups []rollout.Group
		stage  rollout.Stage
		note   string
	}{
		"no process at all is ready":                 {nil, rollout.Ready, ""},
		"a group without tasks is being placed":      {[]rollout.Group{group("web", 1)}, rollout.Placing, "The web process is being placed."},
		"a task that waits says why":                 {[]rollout.Group{group("web", 1, waiting)}, rollout.Placing, "The web process waits at place 3: Needs 8 GiB."},
		"a placed task is starting":                  {[]rollout.Group{group("web", 1, web(paas.TaskPlaced, false))}, rollout.Starting, "0 of 1 web ready."},
		"one of two ready is still starting":         {[]rollout.Group{group("web", 2, web(paas.TaskRunning, true), web(paas.TaskRunning, false))}, rollout.Starting, "1 of 2 web ready."},
		"all ready":                                  {[]rollout.Group{group("web", 1, web(paas.TaskRunning, true))}, rollout.Ready, ""},
		"a worker must have run a moment":            {[]rollout.Group{group("worker", 1, worker(time.Millisecond))}, rollout.Starting, "0 of 1 worker ready."},
		"a worker that runs is ready":                {[]rollout.Group{group("worker", 1, worker(time.Second))}, rollout.Ready, ""},
		"a crash condemns the version":               {[]rollout.Group{group("web", 2, web(paas.TaskRunning, true), ended(paas.ReasonFailed))}, rollout.Failed, ""},
		"a lost node does not condemn":               {[]rollout.Group{group("web", 1, ended(paas.ReasonNodeLost), web(paas.TaskRunning, true))}, rollout.Ready, ""},
		"an image that is gone condemns":             {[]rollout.Group{group("web", 1, ended(paas.ReasonImageMissing))}, rollout.Failed, ""},
		"a program that finished is ready":           {[]rollout.Group{once(ended(paas.ReasonNormal))}, rollout.Ready, ""},
		"a program that finishes is watched":         {[]rollout.Group{once(worker(9 * time.Second))}, rollout.Starting, "web runs, and its end is waited for."},
		"a program that goes on is not waited for":   {[]rollout.Group{once(worker(10 * time.Second))}, rollout.Ready, ""},
		"a program that fails while watched":         {[]rollout.Group{once(ended(paas.ReasonFailed))}, rollout.Failed, ""},
		"a command of one's own may finish":          {[]rollout.Group{own(ended(paas.ReasonNormal))}, rollout.Ready, ""},
		"a command of one's own that fell over":      {[]rollout.Group{own(fell)}, rollout.Failed, ""},
		"a command of one's own that was ready":      {[]rollout.Group{own(wasReady)}, rollout.Failed, ""},
		"a service that ends by itself condemns too": {[]rollout.Group{group("worker", 1, ended(paas.ReasonNormal))}, rollout.Failed, ""},
		"a task told to stop does not count":         {[]rollout.Group{group("web", 1, paas.Task{State: paas.TaskRunning, Ready: true, Stop: true, Spec: paas.TaskSpec{Port: 1}})}, rollout.Placing, "The web process is being placed."},
		"placing is said before starting":            {[]rollout.Group{group("web", 1, web(paas.TaskStarting, false)), group("worker", 1)}, rollout.Placing, "The worker process is being placed."},
		"a group scaled to nothing is no problem":    {[]rollout.Group{group("web", 0)}, rollout.Ready, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := rollout.Judge(tt.groups, noon)
			if got.Stage != tt.stage || got.Note != tt.note {
				t.Errorf("got %s %q, want %s %q", got.Stage, got.Note, tt.stage, tt.note)
			}
			if (got.Diagnosis != nil) != (tt.stage == rollout.Failed) {
				t.Errorf("diagnosis %v does not go with %s", got.Diagnosis, got.Stage)
			}
		})
	}
}
