package flow

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// The phases of a deployment, in their order, as they stand on its page.
const (
	phaseQueue   = "queue"
	phaseFetch   = "fetch"
	phaseBuild   = "build"
	phaseRelease = "release"
	phasePlace   = "place"
	phaseStart   = "start"
	phaseSwitch  = "switch"
	phaseDrain   = "drain"
)

// phaseOf is the phase in which a deployment of a state fails when none runs.
var phaseOf = map[paas.State]string{
	paas.DeploymentQueued: phaseQueue, paas.DeploymentBuilding: phaseBuild, paas.DeploymentReleasing: phaseRelease,
	paas.DeploymentPlacing: phasePlace, paas.DeploymentStarting: phaseStart, paas.DeploymentSwitching: phaseSwitch,
	paas.DeploymentDraining: phaseDrain,
}

// begin starts a phase: what ran before it is finished, what lies between is skipped. A phase that runs already keeps
// its clock.
func begin(d *paas.Deployment, name, note string, now time.Time) {
	at := index(d.Phases, name)
	if at < 0 {
		d.Phases = append(d.Phases, paas.Phase{Name: name, State: paas.PhaseNotStarted})
		at = len(d.Phases) - 1
	}
	for i := range d.Phases[:at] {
		switch p := &d.Phases[i]; p.State {
		case paas.PhaseRunning:
			p.State, p.Finished, p.Note = paas.PhaseSucceeded, now, "" // what it waited for is over
		case paas.PhaseNotStarted:
			p.State = paas.PhaseSkipped
		}
	}
	p := &d.Phases[at]
	if p.State != paas.PhaseRunning {
		p.State, p.Started, p.Finished = paas.PhaseRunning, now, time.Time{}
	}
	p.Note = note
}

// end closes the running phase as state says; the ones after it never start.
func end(d *paas.Deployment, state paas.PhaseState, now time.Time) {
	for i := range d.Phases {
		if p := &d.Phases[i]; p.State == paas.PhaseRunning {
			p.State, p.Finished = state, now
			if state == paas.PhaseSucceeded {
				p.Note = ""
			}
		}
	}
}

// running is the name of the phase that runs, "" when none does.
func running(d paas.Deployment) string {
	for _, p := range d.Phases {
		if p.State == paas.PhaseRunning {
			return p.Name
		}
	}
	return ""
}

func index(phases []paas.Phase, name string) int {
	for i, p := range phases {
		if p.Name == name {
			return i
		}
	}
	return -1
}
