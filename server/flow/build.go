package flow

import (
	"context"
	"errors"
	"strconv"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/slipway-paas/slipway/server/paas"
)

// bakeInput is what a bake is about: the build, and the deployment whose ladder shows it.
type bakeInput struct {
	Build      int64 `json:"build"`
	Deployment int64 `json:"deployment"`
}

// startBake starts the build as a workflow of its own. It waits in no queue: the bakery itself lets only so many builds
// run, after it has looked whether there is anything to build, so that an image that is there already waits for nobody.
func (f *Flows) startBake(ctx dbos.Context, build, deployment int64) error {
	_, err := dbos.RunWorkflow(ctx, f.bake, bakeInput{build, deployment}, dbos.WithWorkflowID("build-"+strconv.FormatInt(build, 10)))
	return err
}

// bake makes the image of one build. The whole work is one step: a bake that died with its process starts again, and
// finds in the cache what it had already made.
func (f *Flows) bake(ctx dbos.Context, in bakeInput) (string, error) {
	_, err := dbos.RunAsStep(ctx, func(ctx context.Context) (bool, error) { return true, f.bakeOnce(ctx, in) },
		dbos.WithStepName("bake"), dbos.WithStepMaxRetries(3))
	if err == nil || ctx.Err() != nil {
		return "done", err
	}
	f.Log.Error("build gave up", "build", in.Build, "error", err)
	_, err = step(ctx, "give up", func(ctx context.Context) (bool, error) {
		return true, f.endBuild(ctx, in.Build, paas.BuildFailed,
			paas.Diagnose(paas.CodePlatformFault, "The build could not be carried out.", err.Error()))
	})
	return "gave up", err
}

func (f *Flows) bakeOnce(ctx context.Context, in bakeInput) error {
	b, err := f.Store.ChangeBuild(ctx, in.Build, func(b *paas.Build) (string, error) {
		if paas.Builds.Final(b.State) {
			return "", nil
		}
		b.Fence++
		if b.State == paas.BuildQueued {
			b.State, b.StartedAt = paas.BuildFetching, f.Now()
		}
		return "", nil
	})
	if err != nil || paas.Builds.Final(b.State) {
		return err
	}
	order, err := f.order(ctx, b, in.Deployment)
	if err != nil {
		return err
	}
	lines, err := f.openLog(ctx, topic("logs:build", b.ID))
	if err != nil {
		return err
	}
	if b.Fence > 1 {
		lines.say("Slipway was restarted. The build starts again; what it had finished comes from the cache.")
	}

	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		// An error here only means that the build's own end came first.
		_ = f.until(work, func(ctx context.Context) (bool, error) {
			canceled, err := f.canceled(ctx, in.Deployment)
			if canceled {
				stop(errCanceled)
			}
			return canceled, err
		}, topic("deployment", in.Deployment))
	}()
	told := f.follow(ctx, in, b.Fence)
	baked, err := f.Bakery.Bake(work, order, told.report(lines))
	cause := context.Cause(work)
	stop(nil)
	<-watched
	told.close(ctx)
	if closeErr := lines.close(context.WithoutCancel(ctx)); closeErr != nil {
		f.Log.Error("build log is incomplete", "build", b.ID, "error", closeErr)
	}
	return f.settle(ctx, b, baked, err, cause)
}

var errCanceled = errors.New("canceled by a person")

// settle writes the build's end. A cancellation or a diagnosis is an end; anything else is tried again.
func (f *Flows) settle(ctx context.Context, b paas.Build, baked Baked, err, cause error) error {
	var d *paas.Diagnosis
	var person *paas.Error
	switch {
	case errors.Is(cause, errCanceled):
		return f.endBuild(ctx, b.ID, paas.BuildCanceled, nil)
	case err == nil:
		_, err = f.Store.ChangeBuild(ctx, b.ID, func(b *paas.Build) (string, error) {
			if paas.Builds.Final(b.State) {
				return "", nil
			}
			b.Commit, b.Plan, b.Dockerfile = baked.Commit, &baked.Plan, baked.Dockerfile
			b.ImageKey, b.Image = baked.Key, baked.Image
			b.State, b.FinishedAt = paas.BuildSucceeded, f.Now()
			return "", nil
		})
		return err
	case errors.As(err, &d):
		return f.endBuild(ctx, b.ID, paas.BuildFailed, d)
	case errors.As(err, &person) && person.Kind != paas.Internal && person.Kind != paas.Unavailable:
		return f.endBuild(ctx, b.ID, paas.BuildFailed, paas.Diagnose(paas.CodeBuildFailed, person.Message))
	default:
		return err
	}
}

func (f *Flows) endBuild(ctx context.Context, id int64, state paas.State, d *paas.Diagnosis) error {
	_, err := f.Store.ChangeBuild(ctx, id, func(b *paas.Build) (string, error) {
		if !paas.Builds.Final(b.State) {
			b.State, b.Diagnosis, b.FinishedAt = state, d, f.Now()
		}
		return "", nil
	})
	return err
}

// order is what the build makes: the app as it is now, and for an old release whose image is gone, as it was.
func (f *Flows) order(ctx context.Context, b paas.Build, deployment int64) (Order, error) {
	app, err := f.Store.App(ctx, b.AppID)
	if err != nil {
		return Order{}, err
	}
	d, err := f.Store.Deployment(ctx, deployment)
	if err != nil {
		return Order{}, err
	}
	if d.TargetID != 0 {
		old, err := f.Store.Release(ctx, d.TargetID)
		if err != nil {
			return Order{}, err
		}
		app.Settings.Build, app.Runtime = old.Settings.Build, old.Plan.Runtime
	}
	source, err := f.source(ctx, app.Repo, b.Ref, app.Root, app.Runtime, app.Settings.Build, app.Credential)
	return Order{Source: source, App: app.Name, Team: app.TeamName, NoCache: b.NoCache}, err
}

func (f *Flows) source(ctx context.Context, repo paas.RepoURL, ref paas.Ref, root paas.Subdir, runtime string, build paas.BuildSettings, credential int64) (Source, error) {
	s := Source{Repo: repo, Ref: ref, Root: root, Runtime: runtime, Build: build}
	if credential == 0 {
		return s, nil
	}
	var err error
	s.Credential, s.Secret, err = f.Store.CredentialSecret(ctx, credential)
	return s, err
}
