package executor

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// outageMargin is how far from an engine's outage the end of a task still belongs to it: the engine ends tasks before
// it goes down itself, and says so after it is up again.
const outageMargin = 15 * time.Second

// outageNotice is how long after the end of a task its engine's going down may become known.
const outageNotice = 3 * time.Second

// outage is the last time the engine was away. Tasks that end with their engine are not to blame.
type outage struct {
	mu          sync.Mutex
	from, until time.Time // until is zero while it lasts
}

func (o *outage) begin(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.from.IsZero() || !o.until.IsZero() {
		o.from, o.until = now, time.Time{}
	}
}

func (o *outage) end(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.from.IsZero() && o.until.IsZero() {
		o.until = now
	}
}

// covers reports whether something that happened at that time happened together with the outage.
func (o *outage) covers(at time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.from.IsZero() && at.After(o.from.Add(-outageMargin)) && (o.until.IsZero() || at.Before(o.until.Add(outageMargin)))
}

// stoppedCodes are the exit codes of a program that was ended from outside: by its own orderly exit at SIGTERM, by
// SIGKILL or SIGTERM, and what Docker notes for a program whose end it did not see.
var stoppedCodes = []int{0, killed, 128 + int(syscall.SIGTERM), 255}

// endedFromOutside reports whether the container may have been ended by its engine's going down rather than by itself.
func endedFromOutside(t paas.Task, c engine.Container) bool {
	return t.Reason == "" && !t.Stop && !c.OutOfMemory && !t.Spec.Once && slices.Contains(stoppedCodes, c.ExitCode)
}

// withEngine is the outcome of a task that went down with its engine.
func withEngine(t paas.Task, c engine.Container) paas.TaskReport {
	detail := fmt.Sprintf("%s ended when the container engine was restarted.", subject(t))
	return paas.TaskReport{
		State: paas.TaskFinished, Reason: paas.ReasonEngineFault, ExitCode: c.ExitCode, FinishedAt: c.EndedAt,
		Detail: detail, Diagnosis: paas.Diagnose(paas.CodeEngineFault, detail),
	}
}
