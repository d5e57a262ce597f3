package flow

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/slipway-paas/slipway/server/paas"
)

// sweepEvery is how often rows and workflows are compared.
const sweepEvery = 10 * time.Second

// Run compares rows with workflows now and every ten seconds until ctx ends: a deployment whose workflow has ended
// without ending it would stay on its way for ever, and hold up every later one of its app.
func (f *Flows) Run(ctx context.Context) error {
	timer := time.NewTicker(sweepEvery)
	defer timer.Stop()
	for {
		if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
			f.Log.ErrorContext(ctx, "compare deployments with their workflows", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
	}
}

// ended are the states in which a workflow does nothing any more.
var ended = []dbos.WorkflowStatusType{
	dbos.WorkflowStatusSuccess, dbos.WorkflowStatusError, dbos.WorkflowStatusCancelled, dbos.WorkflowStatusMaxRecoveryAttemptsExceeded,
}

func (f *Flows) sweep(ctx context.Context) error {
	pending, err := f.Store.PendingDeployments(ctx)
	if err != nil || len(pending) == 0 {
		return err
	}
	ids := make([]string, len(pending))
	byID := make(map[string]paas.Deployment, len(pending))
	for i, d := range pending {
		ids[i] = "deployment-" + strconv.FormatInt(d.ID, 10)
		byID[ids[i]] = d
	}
	over, err := dbos.ListWorkflows(f.dbos, dbos.WithFilterWorkflowIDs(ids...), dbos.WithFilterStatus(ended...))
	if err != nil {
		return fmt.Errorf("list workflows: %w", err)
	}
	for _, w := range over {
		d := byID[w.ID]
		f.Log.ErrorContext(ctx, "a workflow ended without ending its deployment", "deployment", d.ID, "status", w.Status)
		why := paas.Diagnose(paas.CodePlatformFault, "The deployment's workflow ended before the deployment did.")
		if err := f.giveUp(ctx, d.ID, failed(why)); err != nil {
			return fmt.Errorf("end deployment %d: %w", d.ID, err)
		}
	}
	return nil
}
