package control

import (
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestHealthOfAProgramThatEnds(t *testing.T) {
	t.Parallel()
	program := paas.ServerGroup{ID: 1, Process: paas.WebProcess, Wanted: 1, Once: true}
	worker := paas.ServerGroup{ID: 2, Process: "worker", Wanted: 1}
	task := func(group int64, state paas.State, reason paas.TaskReason) paas.Task {
		return paas.Task{GroupID: group, Slot: 1, Attempt: 1, State: state, Reason: reason}
	}
	for name, tt := range map[string]struct {
		groups          []paas.ServerGroup
		tasks           []paas.Task
		health          Health
		running, wanted int
	}{
		"it runs":               {[]paas.ServerGroup{program}, []paas.Task{task(1, paas.TaskRunning, "")}, HealthRunning, 1, 1},
		"it has done its work":  {[]paas.ServerGroup{program}, []paas.Task{task(1, paas.TaskFinished, paas.ReasonNormal)}, HealthFinished, 0, 0},
		"it crashed":            {[]paas.ServerGroup{program}, []paas.Task{task(1, paas.TaskFinished, paas.ReasonFailed)}, HealthFailing, 0, 1},
		"a worker goes on":      {[]paas.ServerGroup{program, worker}, []paas.Task{task(1, paas.TaskFinished, paas.ReasonNormal), task(2, paas.TaskRunning, "")}, HealthFinished, 1, 1},
		"it has not begun work": {[]paas.ServerGroup{program}, nil, HealthFailing, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := AppSummary{App: paas.App{LiveID: 1}}
			(&fleet{groups: tt.groups, tasks: tt.tasks}).judge(&s)
			if s.Health != tt.health || s.Running != tt.running || s.Wanted != tt.wanted {
				t.Errorf("%s with %d of %d, want %s with %d of %d", s.Health, s.Running, s.Wanted, tt.health, tt.running, tt.wanted)
			}
		})
	}
}
