package scheduler

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Restart back-off of a task that ended by its own fault: 1 s, doubled with each attempt, at most 5 min as in
// Kubernetes' CrashLoopBackOff; forgotten after ten quiet minutes, likewise its figure.
const (
	backoffFirst = time.Second
	backoffMost  = 5 * time.Minute
	backoffQuiet = 10 * time.Minute
	// enginePause is the pause after an engine could not start a task by its own fault: it will hardly be better at once, and
	// each try leaves a row.
	enginePause = 15 * time.Second
)

// replicas compares what server groups want with the tasks they have, where something changed: a slot without a living
// task gets one, a task without a wanted slot is stopped.
func (d *Decider) replicas() {
	for _, id := range d.freshGroups.sorted() {
		if g := d.groups[id]; g != nil {
			d.replicate(g)
		}
	}
}

func (d *Decider) replicate(g *group) {
	living := make(map[int]bool, len(g.tasks)) // slots with a task that is to stay
	for _, id := range g.tasks {
		switch t := d.tasks[id]; {
		case t.Stop:
		case t.Slot > g.Wanted || !g.RetiredAt.IsZero() || living[t.Slot]:
			d.unwanted(g, *t)
		default:
			living[t.Slot] = true
		}
	}
	if !g.RetiredAt.IsZero() {
		return
	}
	for slot := 1; slot <= g.Wanted; slot++ {
		if living[slot] {
			continue
		}
		before := g.slots[slot].last
		if before != nil && g.Once && before.Reason.Fault() != paas.FaultPlatform {
			continue // it has had its run
		}
		if before != nil && !g.Traffic && before.Done() {
			continue // its deployment decides what that means
		}
		if d.again[g.ID] = true; d.full() {
			return
		}
		d.plan.Create = append(d.plan.Create, next(g.ServerGroup, slot, before, d.now))
	}
}

// unwanted ends a task: at once in the books when no engine has heard of it, else by asking its executor.
func (d *Decider) unwanted(g *group, t paas.Task) {
	d.again[g.ID] = true
	switch {
	case t.State == paas.TaskAccepted:
		d.finish(t.ID, paas.ReasonScaledDown, "No longer wanted.")
	case !d.ending[t.ID] && !d.full():
		d.plan.Stop = append(d.plan.Stop, t.ID)
	}
}

// next is the task that fills a slot, after the one that was there before.
func next(g paas.ServerGroup, slot int, before *paas.Task, now time.Time) paas.Task {
	t := paas.Task{
		GroupID: g.ID, AppID: g.AppID, AppName: g.AppName, TeamID: g.TeamID, TeamName: g.TeamName,
		ReleaseID: g.ReleaseID, Release: g.Release, Process: g.Process, Image: g.Image, Spec: g.Spec, Resources: g.Resources,
		Slot: slot, Attempt: 1, State: paas.TaskAccepted, CreatedAt: now,
	}
	if before == nil {
		return t
	}
	t.Attempt = before.Attempt
	wait := time.Duration(0)
	if fault := before.Reason.Fault(); fault == paas.FaultUser || before.Reason == paas.ReasonNormal {
		if !before.ReadyAt.IsZero() && before.FinishedAt.Sub(before.ReadyAt) >= backoffQuiet {
			t.Attempt = 0
		}
		t.Attempt++
		wait = backoff(t.Attempt - 1)
	}
	if before.Reason == paas.ReasonImageMissing || before.Reason == paas.ReasonEngineFault {
		wait = enginePause
	}
	t.NotBefore = before.FinishedAt.Add(wait)
	return t
}

// backoff is the pause before the restart after n failed attempts in a row, n from 1.
func backoff(n int) time.Duration {
	if n < 1 {
		return 0
	}
	if n > 9 { // 2^9 s is beyond the most already; a larger shift would overflow some day
		return backoffMost
	}
	return min(backoffFirst<<(n-1), backoffMost)
}
