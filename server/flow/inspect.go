package flow

import (
	"context"
	"errors"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/slipway-paas/slipway/server/paas"
)

// inspect looks at a repository for the new-app page: fetch, detect, show.
func (f *Flows) inspect(ctx dbos.Context, id int64) (string, error) {
	_, err := dbos.RunAsStep(ctx, func(ctx context.Context) (bool, error) { return true, f.inspectOnce(ctx, id) },
		dbos.WithStepName("inspect"), dbos.WithStepMaxRetries(2))
	if err == nil || ctx.Err() != nil {
		return "done", err
	}
	f.Log.Error("inspection gave up", "inspection", id, "error", err)
	_, err = step(ctx, "give up", func(ctx context.Context) (bool, error) {
		return true, f.endInspection(ctx, id, Inspected{},
			paas.Diagnose(paas.CodePlatformFault, "The repository could not be looked at.", err.Error()))
	})
	return "gave up", err
}

func (f *Flows) inspectOnce(ctx context.Context, id int64) error {
	i, err := f.Store.Inspection(ctx, id)
	if err != nil || i.State != paas.InspectionRunning {
		return err
	}
	source, err := f.source(ctx, i.Repo, i.Branch, i.Root, i.Runtime, paas.BuildSettings{}, i.Credential)
	if err != nil {
		return err
	}
	found, err := f.Bakery.Inspect(ctx, source, func(note string) {
		_, err := f.Store.ChangeInspection(ctx, id, func(i *paas.Inspection) error { i.Note = note; return nil })
		f.complain(ctx, "inspection progress", err)
	})
	var d *paas.Diagnosis
	var person *paas.Error
	switch {
	case err == nil, errors.As(err, &d):
	case errors.As(err, &person) && person.Kind != paas.Internal && person.Kind != paas.Unavailable:
		d = paas.Diagnose(paas.CodeNoRuntime, person.Message)
	default:
		return err
	}
	return f.endInspection(ctx, id, found, d)
}

func (f *Flows) endInspection(ctx context.Context, id int64, found Inspected, d *paas.Diagnosis) error {
	_, err := f.Store.ChangeInspection(ctx, id, func(i *paas.Inspection) error {
		if i.State != paas.InspectionRunning {
			return nil
		}
		i.State, i.FinishedAt, i.Note, i.Diagnosis = paas.InspectionDone, f.Now(), "", d
		i.Commit, i.Branches = found.Commit, found.Branches
		if d != nil {
			i.State = paas.InspectionFailed
			return nil //nolint:nilerr // a diagnosis is data here
		}
		i.Plan = &found.Plan
		return nil
	})
	return err
}
