package executor

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		mine, row, want paas.Task
	}{
		"a newer placement replaces everything": {
			mine: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true}, row: paas.Task{Fence: 2, State: paas.TaskPlaced},
			want: paas.Task{Fence: 2, State: paas.TaskPlaced},
		},
		"a row that was read before our report does not undo it": {
			mine: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true, ReadyAt: at}, row: paas.Task{Fence: 1, State: paas.TaskStarting},
			want: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true, ReadyAt: at},
		},
		"nor does it undo our readiness": {
			mine: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true, ReadyAt: at}, row: paas.Task{Fence: 1, State: paas.TaskRunning},
			want: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true, ReadyAt: at},
		},
		"but its wish to stop counts": {
			mine: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true}, row: paas.Task{Fence: 1, State: paas.TaskStarting, Stop: true},
			want: paas.Task{Fence: 1, State: paas.TaskRunning, Ready: true, Stop: true},
		},
		"a row of a placement before ours is out of date": {
			mine: paas.Task{Fence: 2, State: paas.TaskPlaced}, row: paas.Task{Fence: 1, State: paas.TaskRunning},
			want: paas.Task{Fence: 2, State: paas.TaskPlaced},
		},
		"what is over by the records is over": {
			mine: paas.Task{Fence: 2, State: paas.TaskRunning}, row: orphan(0, 2), want: orphan(0, 2),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := merge(tt.mine, tt.row)
			if got.Fence != tt.want.Fence || got.State != tt.want.State || got.Stop != tt.want.Stop || got.Ready != tt.want.Ready || !got.ReadyAt.Equal(tt.want.ReadyAt) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
