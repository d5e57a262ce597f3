// Package rollout holds the strategies of bringing a release to life, as pure functions: server groups and their tasks
// in, the next move out. No clock, no I/O; time is passed in.
package rollout

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Stage is how far the new server groups of a deployment are.
type Stage string

// The stages, in their order.
const (
	Placing  Stage = "placing"  // some task has no node yet
	Starting Stage = "starting" // all placed, some not ready
	Ready    Stage = "ready"    // every wanted task is ready: traffic may move
	Failed   Stage = "failed"   // a task ended by its own fault: the version is not good
)

// Group is a server group with every task it ever had.
type Group struct {
	paas.ServerGroup
	Tasks []paas.Task
}

// Verdict is what the groups of a deployment amount to.
type Verdict struct {
	Stage     Stage
	Note      string          // one sentence for the phase on the page; "" when there is nothing to say
	Diagnosis *paas.Diagnosis // set when Failed
}

// settle is how long a task that has no port must have run to count as started: long enough to catch a program that
// falls over at once.
const settle = time.Second

// watch is how long a program that runs once is waited for: how it ends within that is how its deployment ends. One that
// runs longer counts as started. It covers the start of a JVM or of R on a slow machine, where most of what goes wrong
// does, and is what a bot that was taken for such a program pays at each deploy.
const watch = 10 * time.Second

// Judge looks at the new groups of a deployment. One task that ended by the user's fault condemns the version: a
// service that crashes at its first start will crash at its second. A platform's fault does not, but for an image that is
// gone; the task is replaced.
func Judge(groups []Group, now time.Time) Verdict {
	var waiting, starting []string
	for _, g := range groups {
		if d := condemned(g); d != nil {
			return Verdict{Stage: Failed, Diagnosis: d}
		}
		placed, ready, reason := count(g, now)
		switch {
		case ready >= g.Wanted:
		case placed < g.Wanted:
			waiting = append(waiting, waitingNote(g, reason))
		case g.Spec.Once:
			starting = append(starting, fmt.Sprintf("%s runs, and its end is waited for", g.Process))
		default:
			starting = append(starting, fmt.Sprintf("%d of %d %s ready", ready, g.Wanted, g.Process))
		}
	}
	switch {
	case len(waiting) > 0:
		return Verdict{Stage: Placing, Note: strings.Join(waiting, " ")}
	case len(starting) > 0:
		return Verdict{Stage: Starting, Note: strings.Join(starting, ", ") + "."}
	default:
		return Verdict{Stage: Ready}
	}
}

func condemned(g Group) *paas.Diagnosis {
	for _, t := range g.Tasks {
		ended := t.State == paas.TaskFinished
		early := t.Reason == paas.ReasonNormal && !t.Done() // exit 0, but nobody asked it to end
		// No further try brings an image back.
		if hopeless := t.Reason.Fault() == paas.FaultUser || t.Reason == paas.ReasonImageMissing; !ended || !early && !hopeless {
			continue
		}
		switch {
		case t.Diagnosis != nil:
			return t.Diagnosis
		case early:
			return paas.Diagnose(paas.CodeExitedEarly, fmt.Sprintf("The %s process ended with exit code 0, although it should go on.", g.Process))
		}
		return paas.Diagnose(paas.CodeCrashed, fmt.Sprintf("The %s process ended: %s", g.Process, t.Detail))
	}
	return nil
}

// count is how many of the group's wanted tasks have a node and how many are ready, and why one still waits.
func count(g Group, now time.Time) (placed, ready int, reason *paas.WaitingReason) {
	for _, t := range g.Tasks {
		switch {
		case t.State == paas.TaskFinished:
			if t.Done() {
				placed, ready = placed+1, ready+1
			}
		case t.State == paas.TaskAccepted:
			if reason == nil {
				reason = t.Waiting
			}
		case t.Stop:
		default:
			placed++
			if up(t, now) {
				ready++
			}
		}
	}
	return placed, ready, reason
}

// up reports whether a placed task does its work: answers its readiness check, or, without a port, has run a moment.
func up(t paas.Task, now time.Time) bool {
	if t.State != paas.TaskRunning {
		return false
	}
	if t.Spec.Port != 0 {
		return t.Ready
	}
	enough := settle
	if t.Spec.Once {
		enough = watch
	}
	return !t.StartedAt.IsZero() && now.Sub(t.StartedAt) >= enough
}

func waitingNote(g Group, reason *paas.WaitingReason) string {
	if reason == nil || reason.Sentence == "" {
		return fmt.Sprintf("The %s process is being placed.", g.Process)
	}
	if reason.Position > 1 {
		return fmt.Sprintf("The %s process waits at place %d: %s", g.Process, reason.Position, reason.Sentence)
	}
	return fmt.Sprintf("The %s process waits: %s", g.Process, reason.Sentence)
}
