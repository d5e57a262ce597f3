package paas

import (
	"slices"
	"time"
)

// TaskReport is what an executor observed of one task. It is sent once per observed change and may be sent again
// after a crash; Apply makes the repetition harmless.
//
// A zero field other than Ready leaves what the row has: a report of the end need not repeat the address.
type TaskReport struct {
	TaskID    int64
	Fence     int64 // the placement the observation belongs to; a report of an older one is refused
	State     State // starting, running, stopping or finished
	Ready     bool  // always meant: a report without it says "not ready"
	Address   string
	ExitCode  int
	Reason    TaskReason // may already come with stopping, when the executor itself ends the task
	Detail    string     // one sentence with the evidence
	Diagnosis *Diagnosis // nil unless something failed
	At        time.Time  // when it was observed

	StartedAt, ReadyAt, FinishedAt time.Time
}

// taskOrder is how task states grow.
var taskOrder = []State{TaskAccepted, TaskPlaced, TaskStarting, TaskRunning, TaskStopping, TaskFinished}

// LaterTask returns the later of two task states: states only grow, so of two reports the later state wins.
func LaterTask(a, b State) State {
	if slices.Index(taskOrder, b) > slices.Index(taskOrder, a) {
		return b
	}
	return a
}

// Apply returns the task with the report in it, and whether anything changed. A report with another fence is a
// Conflict: the task was placed anew and the reporter's container is not wanted any more. A report of an earlier state
// than the row's, and a repeated end, changes nothing; but whoever is about to start or still runs what is over by the
// row is told by a Conflict.
func (r TaskReport) Apply(t Task) (Task, bool, error) {
	if r.TaskID != t.ID || r.Fence != t.Fence {
		return t, false, Errorf(Conflict, "Task %d was placed again (placement %d, not %d).", t.ID, t.Fence, r.Fence)
	}
	if t.State == TaskFinished && (r.State == TaskStarting || r.State == TaskRunning) {
		return t, false, Errorf(Conflict, "Task %d is over.", t.ID)
	}
	if t.State == TaskFinished || LaterTask(t.State, r.State) != r.State {
		return t, false, nil
	}
	before := t
	if t.State != r.State {
		t.State, t.Since = r.State, r.At.UTC()
	}
	t.Ready = r.Ready && t.State == TaskRunning
	keep(&t.Address, r.Address)
	keep(&t.ExitCode, r.ExitCode)
	keep(&t.Reason, r.Reason)
	keep(&t.Detail, r.Detail)
	keep(&t.Diagnosis, r.Diagnosis)
	keepTime(&t.StartedAt, r.StartedAt)
	keepTime(&t.ReadyAt, r.ReadyAt)
	keepTime(&t.FinishedAt, r.FinishedAt)
	changed := before.State != t.State || before.Ready != t.Ready || before.Address != t.Address ||
		before.ExitCode != t.ExitCode || before.Reason != t.Reason || before.Detail != t.Detail || before.Diagnosis != t.Diagnosis ||
		!before.StartedAt.Equal(t.StartedAt) || !before.ReadyAt.Equal(t.ReadyAt) || !before.FinishedAt.Equal(t.FinishedAt)
	return t, changed, nil
}

// keep sets *field unless the new value says nothing.
func keep[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

func keepTime(field *time.Time, value time.Time) {
	if !value.IsZero() {
		*field = value.UTC()
	}
}
