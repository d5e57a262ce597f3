package executor

import (
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestACrashOnTheReadOnlyDiskSaysWhereToWrite(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tail     []string
		writable bool
		want     bool
	}{
		"Python cannot write":           {[]string{"OSError: [Errno 30] Read-only file system: '.key'"}, false, true},
		"Node.js cannot write":          {[]string{"Error: EROFS: read-only file system, open '/app/db.sqlite'"}, false, true},
		"SQLite cannot write":           {[]string{"sqlite3.OperationalError: attempt to write a readonly database"}, false, true},
		"another crash":                 {[]string{"panic: index out of range"}, false, false},
		"an app with a writable root":   {[]string{"mount: /proc: read-only file system"}, true, false},
		"a crash that printed no lines": {nil, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := outcome(paas.Task{Process: paas.WebProcess, Spec: paas.TaskSpec{WritableRoot: tt.writable}}, engine.Container{ExitCode: 1}, false, tt.tail).Diagnosis
			if d == nil || d.Code != paas.CodeCrashed || strings.Contains(d.Next, "/tmp") != tt.want || strings.Contains(d.Next, "writable-root") != tt.want {
				t.Errorf("diagnosis %+v, want where to write: %v", d, tt.want)
			}
		})
	}
}

func TestAnUnhealthyAppThatCannotWriteIsToldWhere(t *testing.T) {
	t.Parallel()
	task := paas.Task{Process: paas.WebProcess, Spec: paas.TaskSpec{Port: 8080, HealthPath: "/"}}
	d := unready(task, engine.Answer{Connected: true, Status: 500}, nil, []string{"OSError: [Errno 30] Read-only file system: 'x'"})
	if d.Code != paas.CodeUnhealthy || !strings.Contains(d.Next, "/tmp") {
		t.Errorf("diagnosis %+v, want it to say where to write", d)
	}
}
