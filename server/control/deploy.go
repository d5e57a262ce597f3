package control

import (
	"context"
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

// Deploy brings a commit, or with ConfigOnly the live image with the present settings and variables, to life. One that
// still waits in the app's queue is replaced by it.
func (c *Control) Deploy(ctx context.Context, actor paas.Actor, name string, in DeployRequest) (paas.Deployment, error) {
	ref, err := paas.ParseRef(in.Ref)
	if err != nil {
		return paas.Deployment{}, err
	}
	return result(ctx, c, func(tx Tx) (paas.Deployment, error) {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return paas.Deployment{}, err
		}
		if in.ConfigOnly {
			if a.LiveID == 0 {
				return paas.Deployment{}, paas.Errorf(paas.Conflict, "%s has no release yet whose settings could change. Deploy a commit first.", a.Name)
			}
			live, err := tx.Release(a.LiveID)
			if err != nil {
				return paas.Deployment{}, err
			}
			return deploy(tx, actor, a, paas.Deployment{Kind: paas.KindConfig}, again(live))
		}
		if ref == "" {
			ref = a.Branch
		}
		return deploy(tx, actor, a, paas.Deployment{Kind: paas.KindDeploy}, paas.Build{Ref: ref, NoCache: in.NoCache})
	})
}

// Rollback brings an old release to life again, with the image and the config it had. release is its number; 0 is the
// release that was live before.
func (c *Control) Rollback(ctx context.Context, actor paas.Actor, name string, release int) (paas.Deployment, error) {
	return result(ctx, c, func(tx Tx) (paas.Deployment, error) {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return paas.Deployment{}, err
		}
		target, err := rollbackTarget(tx, a, release)
		if err != nil {
			return paas.Deployment{}, err
		}
		return deploy(tx, actor, a, paas.Deployment{Kind: paas.KindRollback, TargetID: target.ID}, again(target))
	})
}

// again is the build that a release needs before it can be started again: none while its image is there.
func again(r paas.Release) paas.Build {
	if r.ImageGone.IsZero() {
		return paas.Build{}
	}
	return paas.Build{Ref: paas.Ref(r.Commit.SHA)}
}

func rollbackTarget(tx Tx, a paas.App, number int) (paas.Release, error) {
	if number != 0 {
		r, err := tx.ReleaseNumbered(a.ID, number)
		switch {
		case paas.KindOf(err) == paas.NotFound:
			return r, paas.FieldErrorf("to", "%s has no release v%d.", a.Name, number)
		case err == nil && r.ID == a.LiveID:
			return r, paas.FieldErrorf("to", "v%d is live already.", number)
		}
		return r, err
	}
	live, err := tx.LiveDeployment(a.ID)
	if err != nil && paas.KindOf(err) != paas.NotFound {
		return paas.Release{}, err
	}
	if err != nil || live.PreviousID == 0 {
		return paas.Release{}, paas.Errorf(paas.Conflict, "%s has no earlier release to go back to.", a.Name)
	}
	return tx.Release(live.PreviousID)
}

// deploy writes a deployment, with its build for KindDeploy and for an image that is gone, and takes those that still wait out of the queue. The
// caller holds the app. Deploying a stopped app starts it.
func deploy(tx Tx, actor paas.Actor, a paas.App, d paas.Deployment, b paas.Build) (paas.Deployment, error) {
	waiting, err := tx.Pending(a.ID)
	if err != nil {
		return d, err
	}
	if a.Stopped {
		a.Stopped = false
		if a, err = tx.SaveApp(a); err != nil {
			return d, err
		}
	}
	if d.Kind == paas.KindDeploy || b.Ref != "" {
		b.AppID = a.ID
		if b, err = tx.InsertBuild(b); err != nil {
			return d, err
		}
		d.BuildID = b.ID
	}
	d.AppID, d.AppName, d.TeamID, d.PreviousID, d.Actor = a.ID, a.Name, a.TeamID, a.LiveID, actor.Name
	d.Phases = []paas.Phase{{Name: "queue", State: paas.PhaseRunning, Started: tx.Time()}}
	if d, err = tx.InsertDeployment(d); err != nil {
		return d, err
	}
	tx.Event(paas.Event{
		TeamID: a.TeamID, AppID: a.ID, Kind: "deployment.created", Subject: topic("deployment", d.ID), Actor: actor.Name, Text: asked(d, b),
	})
	for _, w := range waiting {
		if w.State != paas.DeploymentQueued {
			continue
		}
		_, err := tx.ChangeDeployment(w.ID, actor.Name, func(w *paas.Deployment) (string, error) {
			endQueued(w, tx)
			w.Reason, w.SupersededBy = fmt.Sprintf("Deployment %d replaced it before it started.", d.Number), d.ID
			return fmt.Sprintf("was replaced by deployment %d before it started", d.Number), nil
		})
		if err != nil {
			return d, err
		}
		if err := cancelBuild(tx, w); err != nil {
			return d, err
		}
	}
	return d, nil
}

// asked is the sentence of the timeline for a new deployment.
func asked(d paas.Deployment, b paas.Build) string {
	switch {
	case d.Kind == paas.KindRollback && b.Ref != "":
		return fmt.Sprintf("Started deployment %d, a rollback. The image is gone and is built again from commit %s.", d.Number, short(b.Ref))
	case d.Kind == paas.KindConfig && b.Ref != "":
		return fmt.Sprintf("Started deployment %d of the changed settings. The image is gone and is built again from commit %s.", d.Number, short(b.Ref))
	case d.Kind == paas.KindRollback:
		return fmt.Sprintf("Started deployment %d, a rollback.", d.Number)
	case d.Kind == paas.KindConfig:
		return fmt.Sprintf("Started deployment %d of the changed settings.", d.Number)
	case b.Ref != "":
		return fmt.Sprintf("Started deployment %d of %s.", d.Number, b.Ref)
	default:
		return fmt.Sprintf("Started deployment %d.", d.Number)
	}
}

// short is a commit as people quote it.
func short(commit paas.Ref) string { return paas.Commit{SHA: string(commit)}.Short() }

// endQueued makes a deployment canceled that has not begun.
func endQueued(d *paas.Deployment, tx Tx) {
	for i := range d.Phases {
		if p := &d.Phases[i]; p.State == paas.PhaseRunning {
			p.State, p.Finished = paas.PhaseCanceled, tx.Time()
		}
	}
	d.State, d.FinishedAt = paas.DeploymentCanceled, tx.Time()
}

// cancelBuild ends the build of a deployment that never began.
func cancelBuild(tx Tx, d paas.Deployment) error {
	if d.BuildID == 0 {
		return nil
	}
	_, err := tx.ChangeBuild(d.BuildID, func(b *paas.Build) (string, error) {
		if b.State == paas.BuildQueued {
			b.State = paas.BuildCanceled
		}
		return "", nil
	})
	return err
}

// Cancel stops a deployment before it takes the traffic; 0 is the one that is on its way. Canceling twice is fine; what
// is switching or over is a Conflict.
func (c *Control) Cancel(ctx context.Context, actor paas.Actor, name string, number int) (paas.Deployment, error) {
	return result(ctx, c, func(tx Tx) (paas.Deployment, error) {
		a, err := lockApp(tx, actor, name)
		if err != nil {
			return paas.Deployment{}, err
		}
		var d paas.Deployment
		if number != 0 {
			if d, err = deployment(tx, a, number); err != nil {
				return d, err
			}
		} else {
			pending, err := tx.Pending(a.ID)
			if err != nil {
				return d, err
			}
			if len(pending) == 0 {
				return d, paas.Errorf(paas.Conflict, "No deployment of %s is on its way.", a.Name)
			}
			d = pending[0]
		}
		return cancel(tx, actor, d, "Canceled by "+actor.Name+".")
	})
}

func cancel(tx Tx, actor paas.Actor, d paas.Deployment, reason string) (paas.Deployment, error) {
	queued := false
	d, err := tx.ChangeDeployment(d.ID, actor.Name, func(d *paas.Deployment) (string, error) {
		queued = d.State == paas.DeploymentQueued
		switch {
		case d.State == paas.DeploymentCanceled:
			return "", nil
		case !paas.Deployments.Can(d.State, paas.DeploymentCanceled):
			return "", paas.Errorf(paas.Conflict, "Deployment %d is %s: it is too late to cancel it.", d.Number, d.State)
		case queued:
			endQueued(d, tx)
			d.Reason = reason
			return "was canceled", nil
		case d.CancelAsked.IsZero():
			d.CancelAsked, d.Reason = tx.Time(), reason
			return "is being canceled", nil
		}
		return "", nil
	})
	if err == nil && queued {
		err = cancelBuild(tx, d)
	}
	return d, err
}

// deployment is an app's deployment of that number.
func deployment(tx Tx, a paas.App, number int) (paas.Deployment, error) {
	d, err := tx.DeploymentNumbered(a.ID, number)
	if paas.KindOf(err) == paas.NotFound {
		err = paas.Errorf(paas.NotFound, "%s has no deployment %d.", a.Name, number)
	}
	return d, err
}
