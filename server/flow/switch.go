package flow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/rollout"
)

// ready waits until every wanted task of the new groups is ready, with its reason on the page while it waits.
func (f *Flows) ready(ctx context.Context, id int64) (outcome, error) {
	var o outcome
	err := f.until(ctx, func(ctx context.Context) (bool, error) {
		verdict, err := f.judge(ctx, id)
		if err != nil {
			return false, err
		}
		_, err = f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
			now := f.Now()
			o = outcome{Canceled: !d.CancelAsked.IsZero()}
			switch {
			case !o.ok():
			case verdict.Stage == rollout.Failed:
				o = failed(verdict.Diagnosis)
			case verdict.Stage == rollout.Placing && d.State == paas.DeploymentPlacing:
				begin(d, phasePlace, verdict.Note, now)
				if now.Sub(phaseStarted(*d, phasePlace)) > f.Times.Place {
					o = failed(paas.Diagnose(paas.CodeNoCapacity, verdict.Note))
				}
			case d.State == paas.DeploymentPlacing: // starting, or ready already
				d.State = paas.DeploymentStarting
				begin(d, phaseStart, verdict.Note, now)
			case verdict.Stage != rollout.Ready: // starting, or a replacement is being placed
				begin(d, phaseStart, verdict.Note, now)
				if now.Sub(phaseStarted(*d, phaseStart)) > f.Times.Start {
					o = failed(paas.Diagnose(paas.CodeStartTimeout, verdict.Note))
				}
			}
			return "", nil
		})
		return !o.ok() || verdict.Stage == rollout.Ready, err
	}, topic("deployment", id), "tasks")
	if err != nil || !o.ok() {
		return o, err
	}
	return o, f.noteFinished(ctx, id)
}

// noteFinished makes groups whose tasks have all done their work what they turned out to be: programs that run once.
// They get no traffic and are not started again.
func (f *Flows) noteFinished(ctx context.Context, id int64) error {
	groups, err := f.looked(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range groups {
		going := func(t paas.Task) bool { return !t.Done() && t.Reason.Fault() != paas.FaultPlatform }
		if g.Once || !g.Spec.MayFinish || len(g.Tasks) == 0 || slices.ContainsFunc(g.Tasks, going) {
			continue
		}
		if err := f.Store.RunsOnce(ctx, g.ServerGroup); err != nil {
			return err
		}
	}
	return nil
}

func (f *Flows) judge(ctx context.Context, id int64) (rollout.Verdict, error) {
	groups, err := f.looked(ctx, id)
	return rollout.Judge(groups, f.Now()), err
}

// looked is the deployment's new groups with every task they had; the release command's is judged by itself.
func (f *Flows) looked(ctx context.Context, id int64) ([]rollout.Group, error) {
	groups, err := f.Store.Groups(ctx, id)
	if err != nil {
		return nil, err
	}
	looked := make([]rollout.Group, 0, len(groups))
	for _, g := range groups {
		if g.Process == releaseProcess && g.Once {
			continue
		}
		tasks, err := f.Store.GroupTasks(ctx, g.ID)
		if err != nil {
			return nil, err
		}
		looked = append(looked, rollout.Group{ServerGroup: g, Tasks: tasks})
	}
	return looked, nil
}

func phaseStarted(d paas.Deployment, name string) time.Time {
	if at := index(d.Phases, name); at >= 0 {
		return d.Phases[at].Started
	}
	return time.Time{}
}

// edgeWait is how long the edges may take to take a new route table; each looks at least every two seconds.
const edgeWait = 30 * time.Second

// switchTraffic gives the new groups the traffic, in the books and then at every edge. From here on a cancellation
// comes too late: the version is live, and going back is a rollback.
func (f *Flows) switchTraffic(ctx context.Context, id int64) (outcome, error) {
	var o outcome
	_, err := f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		o = outcome{}
		if d.State == paas.DeploymentSwitching {
			return "", nil
		}
		if !d.CancelAsked.IsZero() {
			o.Canceled = true
			return "", nil
		}
		d.State = paas.DeploymentSwitching
		begin(d, phaseSwitch, "", f.Now())
		return "", nil
	})
	if err != nil || !o.ok() {
		return o, err
	}
	version, err := f.Store.SwitchTraffic(ctx, id)
	if err != nil {
		return o, err
	}
	applied, err := f.edgesHave(ctx, version)
	if err == nil && !applied {
		o = failed(paas.Diagnose(paas.CodePlatformFault, fmt.Sprintf("The edge did not take the new routes within %s.", edgeWait)))
	}
	return o, err
}

// edgesHave waits until every edge serves by a route table at least as new as version.
func (f *Flows) edgesHave(ctx context.Context, version int64) (bool, error) {
	deadline := f.Now().Add(edgeWait)
	applied := false
	err := f.until(ctx, func(ctx context.Context) (bool, error) {
		v, err := f.Store.RoutesApplied(ctx)
		applied = err == nil && v >= version
		return applied || f.Now().After(deadline), err
	}, "edges")
	return applied, err
}

// drain keeps both versions side by side for a moment, then stops the old one. A new version that falls over in that
// moment loses the traffic again.
func (f *Flows) drain(ctx context.Context, id int64) (outcome, error) {
	d, err := f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		if d.State == paas.DeploymentSwitching {
			d.State = paas.DeploymentDraining
			begin(d, phaseDrain, "", f.Now())
		}
		return "", nil
	})
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	held := phaseStarted(d, phaseDrain).Add(f.Times.Hold)
	err = f.until(ctx, func(ctx context.Context) (bool, error) {
		verdict, err := f.judge(ctx, id)
		if err == nil && verdict.Stage == rollout.Failed {
			o = failed(verdict.Diagnosis)
		}
		return !o.ok() || !f.Now().Before(held), err
	}, topic("deployment", id), "tasks")
	if err != nil || !o.ok() || d.PreviousID == 0 {
		return o, err
	}
	if err := f.Store.RetireGroups(ctx, d.AppID, d.ReleaseID); err != nil {
		return o, err
	}
	deadline := f.Now().Add(f.Times.Drain)
	return o, f.until(ctx, func(ctx context.Context) (bool, error) {
		tasks, err := f.Store.AppTasks(ctx, d.AppID)
		for _, t := range tasks {
			if t.ReleaseID != d.ReleaseID && f.Now().Before(deadline) {
				return false, err
			}
		}
		return true, err
	}, topic("app", d.AppID), "tasks")
}

func (f *Flows) finish(ctx context.Context, id int64) (outcome, error) {
	if _, err := f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		end(d, paas.PhaseSucceeded, f.Now())
		return "", nil
	}); err != nil {
		return outcome{}, err
	}
	_, err := f.Store.FinishDeployment(ctx, id)
	return outcome{}, err
}

// revert gives the traffic back to the version that had it, and waits for the edges so that no request is lost while
// the new tasks are stopped.
func (f *Flows) revert(ctx context.Context, d paas.Deployment) error {
	version, err := f.Store.RevertTraffic(ctx, d.ID)
	if err != nil {
		return err
	}
	_, err = f.edgesHave(ctx, version)
	return err
}
