package flow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func (w *world) live() int64 {
	w.t.Helper()
	app, err := w.store.App(w.t.Context(), w.app.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return app.LiveID
}

// releases lists the releases of the app's living tasks, each once.
func (w *world) releases() []int64 {
	w.t.Helper()
	tasks, err := w.store.AppTasks(w.t.Context(), w.app.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []int64
	for _, t := range tasks {
		ids = append(ids, t.ReleaseID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func phase(d paas.Deployment, name string) paas.PhaseState {
	for _, p := range d.Phases {
		if p.Name == name {
			return p.State
		}
	}
	return ""
}

func TestADeploymentGoesLiveAndTheNextOneReplacesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	if w.live() != first.ReleaseID {
		t.Errorf("live release is %d, want %d", w.live(), first.ReleaseID)
	}
	for _, p := range first.Phases {
		if p.State != paas.PhaseSucceeded && p.State != paas.PhaseSkipped {
			t.Errorf("phase %s is %s after going live", p.Name, p.State)
		}
	}
	w.bakery.set(func(b *bakery) { b.image = "image-2" })
	second := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	if got := w.releases(); !slices.Equal(got, []int64{second.ReleaseID}) {
		t.Errorf("tasks of releases %v live, want only %d", got, second.ReleaseID)
	}
	old, err := w.store.Deployment(t.Context(), first.ID)
	if err != nil || old.State != paas.DeploymentSuperseded || old.SupersededBy != second.ID {
		t.Errorf("the first deployment is %s by %d (%v), want superseded by %d", old.State, old.SupersededBy, err, second.ID)
	}
}

func TestARollbackIsAReleaseOfTheOldImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	again := w.wait(w.deploy(paas.KindRollback).ID, paas.DeploymentLive)
	r, err := w.store.Release(t.Context(), again.ReleaseID)
	if err != nil {
		t.Fatal(err)
	}
	if r.Image != "image-1" || r.From != first.ReleaseID || r.ID == first.ReleaseID {
		t.Errorf("got release %d of %s from %d, want a new one of image-1 from %d", r.ID, r.Image, r.From, first.ReleaseID)
	}
	if phase(again, "build") == paas.PhaseSucceeded {
		t.Error("a rollback built something")
	}
}

func TestARollbackWhoseImageIsGoneBuildsItAgainAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	w.bakery.set(func(b *bakery) { b.image = "image-1 again"; b.plan.Runtime = "node" })
	second := w.wait(w.deployWith(paas.KindRollback, "0123456789abcdef").ID, paas.DeploymentLive)
	r, err := w.store.Release(t.Context(), second.ReleaseID)
	if err != nil {
		t.Fatal(err)
	}
	if r.Image != "image-1 again" || r.From != first.ReleaseID || r.BuildID != second.BuildID || second.BuildID == 0 {
		t.Errorf("release %+v of deployment %+v is not of the new image", r, second)
	}
	if got := w.bakery.ordered(); got.Ref != "0123456789abcdef" {
		t.Errorf("it built %q", got.Ref)
	}
}

func TestOldWorkflowsAreForgottenAndTheirDeploymentsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	w.bakery.set(func(b *bakery) { b.gate = make(chan struct{}) })
	waiting := w.deploy(paas.KindDeploy)
	w.bakery.waitForBakes(t, 2)
	w.waitForWorkflows(t, d)
	if n, err := w.flows.Forget(t.Context(), time.Hour, 100); err != nil || n != 0 {
		t.Errorf("%d workflows of this hour were forgotten, %v", n, err)
	}
	forgotten := 0
	for range 10 { // one at a time
		n, err := w.flows.Forget(t.Context(), -time.Minute, 1)
		if err != nil || n > 1 {
			t.Fatalf("forgot %d, %v", n, err)
		}
		forgotten += n
	}
	if forgotten != 2 {
		t.Errorf("forgot %d workflows, want the deployment's and its build's", forgotten)
	}
	w.bakery.set(func(b *bakery) { close(b.gate); b.gate = nil })
	w.wait(waiting.ID, paas.DeploymentLive)
	if got, err := w.store.Deployment(t.Context(), d.ID); err != nil || got.State != paas.DeploymentSuperseded {
		t.Errorf("the deployment is %s, %v", got.State, err)
	}
}

func TestAFailureBeforeTheSwitchLeavesTheOldVersionUntouched(t *testing.T) {
	t.Parallel()
	crashed := paas.Diagnose(paas.CodeCrashed, "The web process ended with exit code 3.")
	tests := map[string]struct {
		spoil func(*world)
		code  paas.Code
		step  string
	}{
		"the build fails": {func(w *world) {
			w.bakery.set(func(b *bakery) { b.err = paas.Diagnose(paas.CodeBuildFailed, "npm ci failed.") })
		}, paas.CodeBuildFailed, "build"},
		"the release command fails": {func(w *world) {
			w.bakery.set(func(b *bakery) { b.plan.Release = paas.Command{Line: "migrate"} })
			w.crash["release"] = crashed
		}, paas.CodeReleaseFailed, "release"},
		"the new version crashes": {func(w *world) { w.crash["web"] = crashed }, paas.CodeCrashed, "start"},
		"a required variable is missing": {func(w *world) {
			w.bakery.set(func(b *bakery) { b.plan.Needs = []string{"API_KEY"} })
		}, paas.CodeMissingEnv, "release"},
		"nothing has room for it": {func(w *world) {
			w.bakery.set(func(b *bakery) { b.plan.Run.MemoryBytes = 1 << 40 })
		}, paas.CodeNoCapacity, "place"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			first := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
			w.mu.Lock()
			tt.spoil(w)
			w.mu.Unlock()
			second := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentFailed)
			if second.Diagnosis == nil || second.Diagnosis.Code != tt.code {
				t.Fatalf("got diagnosis %+v, want %s", second.Diagnosis, tt.code)
			}
			if second.Diagnosis.Step != tt.step && second.Diagnosis.Step != "place" {
				t.Errorf("failed in %q, want %q", second.Diagnosis.Step, tt.step)
			}
			if w.live() != first.ReleaseID {
				t.Errorf("live release is %d, want still %d", w.live(), first.ReleaseID)
			}
		})
	}
}

func TestACancelReachesABuildAndFreesTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.gate = make(chan struct{}) })
	first := w.deploy(paas.KindDeploy)
	w.wait(first.ID, paas.DeploymentBuilding)
	second := w.deploy(paas.KindDeploy)
	w.cancel(first.ID)
	w.wait(first.ID, paas.DeploymentCanceled)
	b, err := w.store.Build(t.Context(), first.BuildID)
	if err != nil || b.State != paas.BuildCanceled {
		t.Errorf("the build is %s (%v), want canceled", b.State, err)
	}
	w.bakery.set(func(b *bakery) { close(b.gate); b.gate = nil })
	w.wait(second.ID, paas.DeploymentLive)
}

func TestAWaitingDeploymentCanBeCanceled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := make(chan struct{})
	w.bakery.set(func(b *bakery) { b.gate = gate })
	first := w.deploy(paas.KindDeploy)
	w.wait(first.ID, paas.DeploymentBuilding)
	second := w.deploy(paas.KindDeploy)
	w.cancel(second.ID)
	close(gate)
	w.bakery.set(func(b *bakery) { b.gate = nil })
	w.wait(first.ID, paas.DeploymentLive)
	w.wait(second.ID, paas.DeploymentCanceled)
}

func TestADeploymentGoesOnAfterItsProcessEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.gate = make(chan struct{}) })
	d := w.deploy(paas.KindDeploy)
	w.bakery.waitForBakes(t, 1)
	w.stop()
	w.bakery.set(func(b *bakery) { b.gate = nil })
	w.start()
	w.wait(d.ID, paas.DeploymentLive)
	w.bakery.waitForBakes(t, 2)
}

func TestAProgramThatFinishesGoesLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.plan.Run.Finishes = true })
	w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
}

func TestAWebProcessOfOnesOwnMayFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.plan.Run.MayFinish = true })
	end := func(does bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ends["web"] = does
	}
	end(true)
	first := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	groups, err := w.store.Groups(t.Context(), first.ID)
	if err != nil || len(groups) != 1 || !groups[0].Once || groups[0].Traffic {
		t.Fatalf("groups %+v, %v; want one that runs once and gets no requests", groups, err)
	}
	if tasks, err := w.store.GroupTasks(t.Context(), groups[0].ID); err != nil || len(tasks) != 1 {
		t.Errorf("it was run %d times, %v", len(tasks), err)
	}

	end(false)
	w.bakery.set(func(b *bakery) { b.image = "image-2" })
	server := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentLive)
	end(true)
	w.bakery.set(func(b *bakery) { b.image = "image-3" })
	third := w.wait(w.deploy(paas.KindDeploy).ID, paas.DeploymentFailed)
	if third.Diagnosis == nil || third.Diagnosis.Code != paas.CodeExitedEarly || w.live() != server.ReleaseID {
		t.Errorf("got %+v with release %d live, want %s: it would have taken the requests from release %d", third.Diagnosis, w.live(), paas.CodeExitedEarly, server.ReleaseID)
	}
}

func TestAPlatformErrorInABuildIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.err = errors.New("connection reset") })
	d := w.deploy(paas.KindDeploy)
	w.bakery.waitForBakes(t, 1)
	w.bakery.set(func(b *bakery) { b.err = nil })
	w.wait(d.ID, paas.DeploymentLive)
}

func TestADeploymentWhoseWorkflowEndedIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery.set(func(b *bakery) { b.gate = make(chan struct{}) })
	d := w.deploy(paas.KindDeploy)
	w.bakery.waitForBakes(t, 1)
	// As a defect of ours, or somebody with a database client, would leave it.
	w.endWorkflow(d.ID)
	got := w.wait(d.ID, paas.DeploymentFailed)
	if got.Diagnosis == nil || got.Diagnosis.Code != paas.CodePlatformFault {
		t.Errorf("got %+v, want a fault of the platform", got.Diagnosis)
	}
}
