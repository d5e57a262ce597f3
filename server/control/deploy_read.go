package control

import (
	"context"

	"github.com/slipway-paas/slipway/server/paas"
)

// Deployments lists an app's deployments.
func (c *Control) Deployments(ctx context.Context, actor paas.Actor, name string, page Page) ([]paas.Deployment, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Deployment, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.Deployments(a.ID, page.Before, page.limit())
	})
}

// Releases lists an app's releases.
func (c *Control) Releases(ctx context.Context, actor paas.Actor, name string, page Page) ([]paas.Release, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Release, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.Releases(a.ID, page.Before, page.limit())
	})
}

// Build is one build of an app with its steps.
func (c *Control) Build(ctx context.Context, actor paas.Actor, name string, number int) (b paas.Build, steps []paas.Step, err error) {
	err = c.read(ctx, func(tx Tx) error {
		a, err := app(tx, actor, name)
		if err != nil {
			return err
		}
		b, err = tx.BuildNumbered(a.ID, number)
		if paas.KindOf(err) == paas.NotFound {
			return paas.Errorf(paas.NotFound, "%s has no build %d.", a.Name, number)
		}
		if err == nil {
			steps, err = tx.Steps(b.ID)
		}
		return err
	})
	return b, steps, err
}

// Deployment is the deployment page.
func (c *Control) Deployment(ctx context.Context, actor paas.Actor, name string, number int) (DeploymentDetail, error) {
	return answer(ctx, c, func(tx Tx) (v DeploymentDetail, err error) {
		if v.App, err = app(tx, actor, name); err != nil {
			return v, err
		}
		if v.Deployment, err = deployment(tx, v.App, number); err != nil {
			return v, err
		}
		d := v.Deployment
		if d.BuildID != 0 {
			b, err := tx.Build(d.BuildID)
			if err != nil {
				return v, err
			}
			v.Build = &b
			if v.Steps, err = tx.Steps(b.ID); err != nil {
				return v, err
			}
		}
		if v.Release, err = release(tx, d.ReleaseID); err != nil {
			return v, err
		}
		if v.Previous, err = release(tx, d.PreviousID); err != nil {
			return v, err
		}
		if v.Tasks, err = tx.DeploymentTasks(d.ID); err != nil {
			return v, err
		}
		if v.Usual, err = tx.PhaseMedians(v.App.ID, d.ID); err != nil {
			return v, err
		}
		pending, err := tx.Pending(v.App.ID)
		if err != nil {
			return v, err
		}
		for _, p := range pending {
			if d.State == paas.DeploymentQueued && p.ID < d.ID {
				v.Ahead++
			}
		}
		if v.Changes, err = deploymentChanges(tx, v); err != nil {
			return v, err
		}
		v.LogTopic = logTopic(v)
		return v, nil
	})
}

// release is a release by its id, nil for 0.
func release(tx Tx, id int64) (*paas.Release, error) {
	if id == 0 {
		return nil, nil
	}
	r, err := tx.Release(id)
	return &r, err
}

// logTopic is the log that matters now: the build's until there are tasks, then that of the task that failed or, when
// all is well, of the newest.
func logTopic(v DeploymentDetail) paas.Topic {
	var chosen *paas.Task
	for i := range v.Tasks {
		t := &v.Tasks[i]
		if t.PlacedAt.IsZero() {
			continue
		}
		if chosen == nil || chosen.Reason.Fault() == paas.FaultNone {
			chosen = t
		}
	}
	switch {
	case v.Build != nil && (chosen == nil || v.Build.State == paas.BuildFailed):
		return "logs:" + topic("build", v.Build.ID)
	case chosen != nil:
		return "logs:" + topic("task", chosen.ID)
	default:
		return ""
	}
}
