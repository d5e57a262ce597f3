package executor

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	row := func(s paas.State) paas.Task {
		t := paas.Task{ID: 1, Fence: 2, State: s}
		if s == paas.TaskRunning || s == paas.TaskStopping {
			t.StartedAt = started
		}
		return t
	}
	asked := func(t paas.Task) paas.Task { t.Stop = true; return t }
	is := func(s engine.Status) *engine.Container { return &engine.Container{Task: 1, Fence: 2, Status: s} }
	ready := func(t paas.Task) paas.Task { t.Ready = true; return t }
	fast := &engine.Container{Task: 1, Fence: 2, Status: engine.Running, CPUMillis: 1000}
	older, newer := &engine.Container{Task: 1, Fence: 1, Status: engine.Running}, &engine.Container{Task: 1, Fence: 3, Status: engine.Running}
	tests := map[string]struct {
		row  paas.Task
		c    *engine.Container
		want step
	}{
		"a placed task is started":                            {row(paas.TaskPlaced), nil, stepStart},
		"a start that was cut off is repeated":                {row(paas.TaskStarting), nil, stepStart},
		"a container that was only created is started":        {row(paas.TaskStarting), is(engine.Created), stepStart},
		"a container nobody reported is adopted":              {row(paas.TaskStarting), is(engine.Running), stepAdopt},
		"a placed task whose container runs is adopted":       {row(paas.TaskPlaced), is(engine.Running), stepAdopt},
		"a running task is asked":                             {row(paas.TaskRunning), is(engine.Running), stepProbe},
		"a starting program keeps its CPU for that":           {row(paas.TaskRunning), fast, stepProbe},
		"a program that has started gives its CPU back":       {ready(row(paas.TaskRunning)), fast, stepCalm},
		"a running task without a container has vanished":     {row(paas.TaskRunning), nil, stepVanish},
		"a running task that ended is over":                   {row(paas.TaskRunning), is(engine.Ended), stepFinish},
		"a task that ended before it was adopted is over":     {row(paas.TaskStarting), is(engine.Ended), stepFinish},
		"an unwanted task is stopped":                         {asked(row(paas.TaskRunning)), is(engine.Running), stepStop},
		"an unwanted task that was never started is over":     {asked(row(paas.TaskPlaced)), nil, stepFinish},
		"an unwanted task that was only created is over":      {asked(row(paas.TaskStarting)), is(engine.Created), stepFinish},
		"a stop goes on after a restart":                      {row(paas.TaskStopping), is(engine.Running), stepStop},
		"a stopped task whose container is gone is over":      {row(paas.TaskStopping), nil, stepFinish},
		"what is over is removed":                             {row(paas.TaskFinished), is(engine.Ended), stepRemove},
		"what is over but was never started is removed":       {row(paas.TaskFinished), is(engine.Created), stepRemove},
		"what is over but runs is stopped":                    {row(paas.TaskFinished), is(engine.Running), stepStop},
		"what is over and gone needs nothing":                 {row(paas.TaskFinished), nil, stepNone},
		"the container of an older placement is replaced":     {row(paas.TaskPlaced), older, stepReplace},
		"the container of a newer placement is left alone":    {row(paas.TaskRunning), newer, stepYield},
		"what is over does not keep an older placement alive": {row(paas.TaskFinished), older, stepReplace},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := decide(tt.row, tt.c); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
