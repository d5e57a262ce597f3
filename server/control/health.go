package control

import (
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

// fleet is what runs of an app's live release.
type fleet struct {
	groups []paas.ServerGroup
	tasks  []paas.Task // the last one of each slot
}

// serves reports whether a task does what it is for: it is ready, or it runs and nobody asks it for anything.
func serves(t paas.Task) bool {
	return t.State == paas.TaskRunning && !t.Stop && (t.Ready || t.Spec.Port == 0)
}

// judge fills in an app's counts, its health, and what a person has to do.
func (f *fleet) judge(s *AppSummary) {
	finishes := false // the web process is a program that prints and ends
	wanted := map[int64]int{}
	for _, g := range f.groups {
		switch {
		case !g.Once:
			wanted[g.ID] = g.Wanted
			s.Wanted += g.Wanted
		case g.Process == paas.WebProcess:
			finishes = true
			wanted[g.ID] = g.Wanted
		}
	}
	var failed, ended *paas.Task
	for i := range f.tasks {
		t := &f.tasks[i]
		if _, counts := wanted[t.GroupID]; !counts || t.Slot > wanted[t.GroupID] {
			continue
		}
		switch {
		case serves(*t):
			s.Running++
		case t.State == paas.TaskFinished && t.Reason == paas.ReasonNormal:
			ended = t
		case t.State == paas.TaskFinished || t.Attempt > 1:
			failed = t
		}
	}
	if finishes && ended == nil { // one that has done its work is wanted no more
		s.Wanted++
	}
	s.Health = health(*s, finishes && ended != nil)
	s.NeedsMe = needsMe(*s, failed)
}

func health(s AppSummary, ended bool) Health {
	moving := s.Latest != nil && s.Latest.Active()
	switch {
	case s.App.LiveID == 0 && moving:
		return HealthDeploying
	case s.App.LiveID == 0 && s.Latest != nil && s.Latest.State == paas.DeploymentFailed:
		return HealthFailing
	case s.App.LiveID == 0:
		return HealthNew
	case s.App.Stopped:
		return HealthStopped
	case ended:
		return HealthFinished
	case s.Wanted == 0:
		return HealthStopped
	case s.Running >= s.Wanted:
		return HealthRunning
	case s.Running > 0:
		return HealthDegraded
	default:
		return HealthFailing
	}
}

// needsMe is one sentence when a person has to act.
func needsMe(s AppSummary, failed *paas.Task) string {
	switch {
	case s.Latest != nil && s.Latest.State == paas.DeploymentFailed && s.Latest.Diagnosis != nil:
		return fmt.Sprintf("Deployment %d failed: %s.", s.Latest.Number, s.Latest.Diagnosis.Title)
	case s.Latest != nil && s.Latest.State == paas.DeploymentFailed:
		return fmt.Sprintf("Deployment %d failed.", s.Latest.Number)
	case s.Health != HealthFailing && s.Health != HealthDegraded:
		return ""
	case failed != nil && failed.Diagnosis != nil:
		return failed.Diagnosis.Cause
	case failed != nil && failed.Detail != "":
		return failed.Detail
	default:
		return ""
	}
}
