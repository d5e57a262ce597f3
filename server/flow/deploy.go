package flow

import (
	"context"
	"fmt"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/slipway-paas/slipway/server/paas"
)

// outcome is how a part of a deployment went. It is data, so that a resumed workflow reads it back unchanged.
type outcome struct {
	Failed   *paas.Diagnosis `json:"failed,omitempty"`
	Canceled bool            `json:"canceled,omitempty"`
	Skipped  bool            `json:"skipped,omitempty"` // the deployment had ended before its turn came
}

func (o outcome) ok() bool { return o.Failed == nil && !o.Canceled && !o.Skipped }

func failed(d *paas.Diagnosis) outcome { return outcome{Failed: d} }

// deploy brings one deployment to life: build its image, run its release command, start its tasks, wait until they are
// ready, give them the traffic, and only then stop the old ones. Whatever goes wrong before the switch leaves the old
// version untouched; after it, the old version gets the traffic back.
func (f *Flows) deploy(ctx dbos.Context, id int64) (string, error) {
	o, err := f.bringToLife(ctx, id)
	if ctx.Err() != nil {
		return "", err // this process ends; the next one goes on here
	}
	if err != nil {
		f.Log.Error("deployment gave up", "deployment", id, "error", err)
		o = failed(paas.Diagnose(paas.CodePlatformFault, "A step of the deployment could not be carried out.", err.Error()))
	}
	if o.ok() || o.Skipped {
		return "done", nil
	}
	_, err = step(ctx, "give up", func(ctx context.Context) (bool, error) { return true, f.giveUp(ctx, id, o) })
	return "gave up", err
}

func (f *Flows) bringToLife(ctx dbos.Context, id int64) (outcome, error) {
	o, err := step(ctx, "start", func(ctx context.Context) (outcome, error) { return f.start(ctx, id) })
	if err != nil || !o.ok() {
		return o, err
	}
	build, err := step(ctx, "build wanted", func(ctx context.Context) (int64, error) { return f.buildWanted(ctx, id) })
	if err != nil {
		return o, err
	}
	if build != 0 {
		if err := f.startBake(ctx, build, id); err != nil {
			return o, err
		}
	}
	rest := []struct {
		name string
		run  func(context.Context, int64) (outcome, error)
	}{
		{"wait for the build", f.built},
		{"release", f.release},
		{"run the release command", f.runReleaseCommand},
		{"create the server groups", f.createGroups},
		{"wait until ready", f.ready},
		{"switch the traffic", f.switchTraffic},
		{"drain the old version", f.drain},
		{"finish", f.finish},
	}
	for _, part := range rest {
		o, err := step(ctx, part.name, func(ctx context.Context) (outcome, error) { return part.run(ctx, id) })
		if err != nil || !o.ok() {
			return o, err
		}
	}
	return outcome{}, nil
}

// start takes the deployment out of the queue, unless it ended while it waited.
func (f *Flows) start(ctx context.Context, id int64) (outcome, error) {
	var o outcome
	_, err := f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		o = outcome{}
		switch {
		case !d.Active():
			o.Skipped = true
		case !d.CancelAsked.IsZero():
			o.Canceled = true
		case d.State != paas.DeploymentQueued: // this very step, the second time
		case d.BuildID != 0:
			d.State, d.Reason = paas.DeploymentBuilding, ""
			begin(d, phaseFetch, "", f.Now())
			return "started building", nil
		default:
			d.State, d.Reason = paas.DeploymentReleasing, ""
			end(d, paas.PhaseSucceeded, f.Now())
			return "started", nil
		}
		return "", nil
	})
	return o, err
}

func (f *Flows) buildWanted(ctx context.Context, id int64) (int64, error) {
	d, err := f.Store.Deployment(ctx, id)
	return d.BuildID, err
}

// built waits for the build's end.
func (f *Flows) built(ctx context.Context, id int64) (outcome, error) {
	d, err := f.Store.Deployment(ctx, id)
	if err != nil || d.BuildID == 0 {
		return outcome{}, err
	}
	var b paas.Build
	err = f.until(ctx, func(ctx context.Context) (done bool, err error) {
		b, err = f.Store.Build(ctx, d.BuildID)
		return paas.Builds.Final(b.State), err
	}, topic("build", d.BuildID))
	switch {
	case err != nil:
		return outcome{}, err
	case b.State == paas.BuildCanceled:
		return outcome{Canceled: true}, nil
	case b.State == paas.BuildFailed && b.Diagnosis != nil:
		return failed(b.Diagnosis), nil //nolint:nilerr // a diagnosis is data here
	case b.State == paas.BuildFailed:
		return failed(paas.Diagnose(paas.CodeBuildFailed, "The build failed.")), nil
	}
	return outcome{}, nil
}

// release joins image and config into the release that this deployment makes live.
func (f *Flows) release(ctx context.Context, id int64) (outcome, error) {
	d, err := f.Store.Deployment(ctx, id)
	if err != nil {
		return outcome{}, err
	}
	var image string
	var plan paas.Plan
	var commit paas.Commit
	switch {
	case d.BuildID != 0:
		b, err := f.Store.Build(ctx, d.BuildID)
		if err != nil {
			return outcome{}, err
		}
		image, plan, commit = b.Image, *b.Plan, b.Commit
	default: // a rollback repeats its target, a change of configuration the release that is live
		from := d.TargetID
		if from == 0 {
			from = d.PreviousID
		}
		r, err := f.Store.Release(ctx, from)
		if err != nil {
			return outcome{}, err
		}
		image, plan, commit = r.Image, r.Plan, r.Commit
	}
	r, err := f.Store.CreateRelease(ctx, id, image, plan, commit)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{}
	_, err = f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		o = outcome{Canceled: !d.CancelAsked.IsZero()}
		if d.State == paas.DeploymentBuilding && o.ok() {
			d.State = paas.DeploymentReleasing
			end(d, paas.PhaseSucceeded, f.Now())
		}
		return "", nil
	})
	if missing := missingVariables(r); err == nil && o.ok() && len(missing) > 0 {
		o = failed(paas.Diagnose(paas.CodeMissingEnv, fmt.Sprintf("app.json requires %s, and the app has no value for it.", list(missing))))
	}
	return o, err
}

// giveUp stops what the deployment started, gives the old version its traffic back if it had lost it, and says why.
func (f *Flows) giveUp(ctx context.Context, id int64, o outcome) error {
	d, err := f.Store.Deployment(ctx, id)
	if err != nil {
		return err
	}
	if d.State == paas.DeploymentSwitching || d.State == paas.DeploymentDraining {
		if err := f.revert(ctx, d); err != nil {
			return err
		}
	}
	if err := f.Store.RetireDeployment(ctx, id); err != nil {
		return err
	}
	_, err = f.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		if !d.Active() {
			return "", nil
		}
		now := f.Now()
		if running(*d) == "" { // it ended between two phases
			begin(d, phaseOf[d.State], "", now)
		}
		if o.Canceled {
			end(d, paas.PhaseCanceled, now)
			d.State, d.Reason, d.FinishedAt = paas.DeploymentCanceled, "Canceled.", now
			return "was canceled", nil
		}
		o.Failed.Step = running(*d)
		end(d, paas.PhaseFailed, now)
		d.State, d.Reason, d.Diagnosis, d.FinishedAt = paas.DeploymentFailed, o.Failed.Title+".", o.Failed, now
		return "failed: " + o.Failed.Title, nil
	})
	return err
}
