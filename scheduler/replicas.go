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

// replicas compares what each server group wants with the tasks it has: a slot without a living task gets one, a task
// without a wanted slot is stopped.
func replicas(s paas.FleetSnapshot, now time.Time, plan *paas.FleetPlan) {
	living := make(map[int64]map[int]bool, len(s.Groups)) // group → slots with a task that is to stay
	groups := make(map[int64]paas.ServerGroup, len(s.Groups))
	for _, g := range s.Groups {
		groups[g.ID], living[g.ID] = g, map[int]bool{}
	}
	for _, t := range s.Tasks {
		g, known := groups[t.GroupID]
		switch {
		case t.Stop:
		case !known || t.Slot > g.Wanted || !g.RetiredAt.IsZero() || living[g.ID][t.Slot]:
			unwanted(t, plan)
		default:
			living[g.ID][t.Slot] = true
		}
	}
	last := make(map[[2]int64]paas.Task, len(s.Finished))
	for _, t := range s.Finished {
		last[[2]int64{t.GroupID, int64(t.Slot)}] = t
	}
	for _, g := range s.Groups {
		if !g.RetiredAt.IsZero() {
			continue
		}
		for slot := 1; slot <= g.Wanted; slot++ {
			if living[g.ID][slot] {
				continue
			}
			before, restarted := last[[2]int64{g.ID, int64(slot)}]
			if restarted && g.Once && before.Reason.Fault() != paas.FaultPlatform {
				continue // it has had its run
			}
			plan.Create = append(plan.Create, next(g, slot, before, restarted, now))
		}
	}
}

// unwanted ends a task: at once in the books when no engine has heard of it, else by asking its executor.
func unwanted(t paas.Task, plan *paas.FleetPlan) {
	if t.State == paas.TaskAccepted {
		plan.Finish = append(plan.Finish, paas.Finish{Task: t.ID, Reason: paas.ReasonScaledDown, Detail: "No longer wanted."})
		return
	}
	plan.Stop = append(plan.Stop, t.ID)
}

// next is the task that fills a slot, after the one that was there before.
func next(g paas.ServerGroup, slot int, before paas.Task, restarted bool, now time.Time) paas.Task {
	t := paas.Task{
		GroupID: g.ID, AppID: g.AppID, AppName: g.AppName, TeamID: g.TeamID, TeamName: g.TeamName,
		ReleaseID: g.ReleaseID, Release: g.Release, Process: g.Process, Image: g.Image, Spec: g.Spec, Resources: g.Resources,
		Slot: slot, Attempt: 1, State: paas.TaskAccepted, CreatedAt: now,
	}
	if !restarted {
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
