package paas_test

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestTaskReportApply(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		row     paas.Task
		report  paas.TaskReport
		want    paas.Task
		changed bool
		kind    paas.Kind
	}{
		"a placed task starts": {
			row:     paas.Task{ID: 7, Fence: 2, State: paas.TaskPlaced},
			report:  paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskStarting, At: at},
			want:    paas.Task{ID: 7, Fence: 2, State: paas.TaskStarting, Since: at},
			changed: true,
		},
		"a report of an older placement is refused": {
			row:    paas.Task{ID: 7, Fence: 3, State: paas.TaskPlaced},
			report: paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskRunning, At: at},
			want:   paas.Task{ID: 7, Fence: 3, State: paas.TaskPlaced},
			kind:   paas.Conflict,
		},
		"a late report of an earlier state changes nothing": {
			row:    paas.Task{ID: 7, Fence: 2, State: paas.TaskStopping, Since: at},
			report: paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, At: at.Add(time.Second)},
			want:   paas.Task{ID: 7, Fence: 2, State: paas.TaskStopping, Since: at},
		},
		"a finished task stays as it ended": {
			row:    paas.Task{ID: 7, Fence: 2, State: paas.TaskFinished, Reason: paas.ReasonNormal},
			report: paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskFinished, Reason: paas.ReasonFailed, ExitCode: 3, At: at},
			want:   paas.Task{ID: 7, Fence: 2, State: paas.TaskFinished, Reason: paas.ReasonNormal},
		},
		"what is over is not started": {
			row:    paas.Task{ID: 7, Fence: 2, State: paas.TaskFinished, Reason: paas.ReasonNodeLost},
			report: paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskStarting, At: at},
			want:   paas.Task{ID: 7, Fence: 2, State: paas.TaskFinished, Reason: paas.ReasonNodeLost},
			kind:   paas.Conflict,
		},
		"readiness changes within a state and does not restart its clock": {
			row:     paas.Task{ID: 7, Fence: 2, State: paas.TaskRunning, Since: at, Address: "10.0.0.2:8080"},
			report:  paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, ReadyAt: at, At: at.Add(time.Minute)},
			want:    paas.Task{ID: 7, Fence: 2, State: paas.TaskRunning, Since: at, Address: "10.0.0.2:8080", Ready: true, ReadyAt: at},
			changed: true,
		},
		"the end keeps the address and drops readiness": {
			row:     paas.Task{ID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, Address: "10.0.0.2:8080"},
			report:  paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskFinished, Ready: true, ExitCode: 3, Reason: paas.ReasonFailed, FinishedAt: at, At: at},
			want:    paas.Task{ID: 7, Fence: 2, State: paas.TaskFinished, Since: at, Address: "10.0.0.2:8080", ExitCode: 3, Reason: paas.ReasonFailed, FinishedAt: at},
			changed: true,
		},
		"the same report twice changes nothing the second time": {
			row:    paas.Task{ID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, Address: "10.0.0.2:8080", Since: at},
			report: paas.TaskReport{TaskID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, Address: "10.0.0.2:8080", At: at.Add(time.Minute)},
			want:   paas.Task{ID: 7, Fence: 2, State: paas.TaskRunning, Ready: true, Address: "10.0.0.2:8080", Since: at},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, changed, err := tt.report.Apply(tt.row)
			if kind := paas.KindOf(err); err != nil && kind != tt.kind || (err == nil) != (tt.kind == "") {
				t.Fatalf("error %v, want kind %q", err, tt.kind)
			}
			if changed != tt.changed {
				t.Errorf("changed = %v, want %v", changed, tt.changed)
			}
			if got.State != tt.want.State || got.Ready != tt.want.Ready || got.Address != tt.want.Address || got.ExitCode != tt.want.ExitCode ||
				got.Reason != tt.want.Reason || !got.Since.Equal(tt.want.Since) || !got.ReadyAt.Equal(tt.want.ReadyAt) || !got.FinishedAt.Equal(tt.want.FinishedAt) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
