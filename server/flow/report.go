package flow

import (
	"context"

	"github.com/slipway-paas/slipway/server/paas"
)

// report writes a build's progress into its row and its deployment's ladder, and its output into its log. A write that
// fails is logged and left: the build's end is what counts, and it is written by settle.
func (f *Flows) report(ctx context.Context, in bakeInput, fence int64, lines *buildLog) Report {
	change := func(fn func(*paas.Build)) {
		_, err := f.Store.ChangeBuild(ctx, in.Build, func(b *paas.Build) (string, error) {
			if b.Fence == fence && !paas.Builds.Final(b.State) {
				fn(b)
			}
			return "", nil
		})
		f.complain(ctx, "build progress", err)
	}
	ladder := func(phase, note string) {
		_, err := f.Store.ChangeDeployment(ctx, in.Deployment, func(d *paas.Deployment) (string, error) {
			if d.State == paas.DeploymentBuilding {
				begin(d, phase, note, f.Now())
			}
			return "", nil
		})
		f.complain(ctx, "deployment progress", err)
	}
	return Report{
		State: func(s paas.State) {
			change(func(b *paas.Build) {
				if paas.Builds.Can(b.State, s) {
					b.State = s
				}
			})
			if s == paas.BuildBuilding {
				ladder(phaseBuild, "")
			}
		},
		Found: func(c paas.Commit) { change(func(b *paas.Build) { b.Commit = c }) },
		Plan: func(p paas.Plan, dockerfile string) {
			change(func(b *paas.Build) { b.Plan, b.Dockerfile = &p, dockerfile })
		},
		Steps: func(steps []paas.Step) { f.complain(ctx, "build steps", f.Store.SaveSteps(ctx, in.Build, steps)) },
		Line:  lines.add,
	}
}

func (f *Flows) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		f.Log.ErrorContext(ctx, what, "error", err)
	}
}
