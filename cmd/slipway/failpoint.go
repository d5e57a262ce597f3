package main

import (
	"context"
	"os"
	"syscall"

	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/scheduler"
	"github.com/slipway-paas/slipway/server/flow"
	"github.com/slipway-paas/slipway/server/paas"
)

// failpoints names the moments at which the crash tests kill this process, as etcd's robustness tests do: SLIPWAY_FAIL
// holds one name, such as "after:SwitchTraffic", and the process receives SIGKILL when it gets there. They wrap the
// ports between the parts, so that the parts themselves know nothing of them.
type failpoints string

func failpointsFrom(env func(string) string) failpoints { return failpoints(env("SLIPWAY_FAIL")) }

func (f failpoints) hit(moment, call string) {
	if string(f) == moment+":"+call {
		// SIGKILL runs no deferred call and flushes nothing, as the kernel's out-of-memory killer would.
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal arrives before anything else happens
	}
}

// failingFlowStore is the workflows' store with a failpoint before and after each change.
type failingFlowStore struct {
	flow.Store
	at failpoints
}

func (s failingFlowStore) ChangeDeployment(ctx context.Context, id int64, change func(*paas.Deployment) (string, error)) (paas.Deployment, error) {
	var before, after paas.State
	d, err := s.Store.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		before = d.State
		event, err := change(d)
		after = d.State
		return event, err
	})
	if err == nil && before != after {
		s.at.hit("deployment", string(after))
	}
	return d, err
}

func (s failingFlowStore) ChangeBuild(ctx context.Context, id int64, change func(*paas.Build) (string, error)) (paas.Build, error) {
	var before, after paas.State
	b, err := s.Store.ChangeBuild(ctx, id, func(b *paas.Build) (string, error) {
		before = b.State
		event, err := change(b)
		after = b.State
		return event, err
	})
	if err == nil && before != after {
		s.at.hit("build", string(after))
	}
	return b, err
}

func (s failingFlowStore) CreateRelease(ctx context.Context, deployment int64, image string, plan paas.Plan, commit paas.Commit) (paas.Release, error) {
	r, err := s.Store.CreateRelease(ctx, deployment, image, plan, commit)
	s.at.hit("after", "CreateRelease")
	return r, err
}

func (s failingFlowStore) EnsureGroup(ctx context.Context, g paas.ServerGroup) (paas.ServerGroup, error) {
	g, err := s.Store.EnsureGroup(ctx, g)
	s.at.hit("after", "EnsureGroup")
	return g, err
}

func (s failingFlowStore) SwitchTraffic(ctx context.Context, deployment int64) (int64, error) {
	s.at.hit("before", "SwitchTraffic")
	v, err := s.Store.SwitchTraffic(ctx, deployment)
	s.at.hit("after", "SwitchTraffic")
	return v, err
}

func (s failingFlowStore) RetireGroups(ctx context.Context, app, keep int64) error {
	s.at.hit("before", "RetireGroups")
	err := s.Store.RetireGroups(ctx, app, keep)
	s.at.hit("after", "RetireGroups")
	return err
}

func (s failingFlowStore) RetireDeployment(ctx context.Context, id int64) error {
	err := s.Store.RetireDeployment(ctx, id)
	s.at.hit("after", "RetireDeployment")
	return err
}

func (s failingFlowStore) FinishDeployment(ctx context.Context, id int64) (paas.Deployment, error) {
	s.at.hit("before", "FinishDeployment")
	d, err := s.Store.FinishDeployment(ctx, id)
	s.at.hit("after", "FinishDeployment")
	return d, err
}

// failingScheduleStore is the scheduler's store with a failpoint around each plan.
type failingScheduleStore struct {
	scheduler.Store
	at failpoints
}

func (s failingScheduleStore) ApplyPlan(ctx context.Context, lease paas.Lease, plan paas.FleetPlan) error {
	what := ""
	switch {
	case len(plan.Create) > 0: // and placed at once, when there is room
		what = "Create"
	case len(plan.Place) > 0:
		what = "Place"
	case len(plan.Stop) > 0:
		what = "Stop"
	}
	s.at.hit("before", "ApplyPlan"+what)
	err := s.Store.ApplyPlan(ctx, lease, plan)
	s.at.hit("after", "ApplyPlan"+what)
	return err
}

// failingExecutorStore is the executor's store with a failpoint before and after each report of a state.
type failingExecutorStore struct {
	executor.Store
	at failpoints
}

func (s failingExecutorStore) ReportTask(ctx context.Context, r paas.TaskReport) error {
	s.at.hit("before", "Report-"+string(r.State))
	err := s.Store.ReportTask(ctx, r)
	s.at.hit("after", "Report-"+string(r.State))
	return err
}

// The stores with their failpoints, or as they are when none is set.

func (f failpoints) flowStore(s flow.Store) flow.Store {
	if f == "" {
		return s
	}
	return failingFlowStore{s, f}
}

func (f failpoints) scheduleStore(s scheduler.Store) scheduler.Store {
	if f == "" {
		return s
	}
	return failingScheduleStore{s, f}
}

func (f failpoints) executorStore(s executor.Store) executor.Store {
	if f == "" {
		return s
	}
	return failingExecutorStore{s, f}
}
