package control_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestEveryWrongFieldOfANewAppIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		_, _, err := d.AppCreate(t.Context(), d.ada, control.AppCreate{
			Name: "Bad Name", Repo: "https://user:pass@host/x", Branch: "..", Root: "../x", Runtime: "No Such", Credential: 99,
			Variables: map[string]string{"1X": "", "PORT": "1"},
			Settings: paas.AppSettings{
				Scale: map[string]int{"web": 101}, HealthPath: "healthz", StartTimeout: time.Millisecond, Port: 70000, Commands: map[string]string{"web": "a\nb"},
				Resources: map[string]paas.Resources{"web": {MemoryBytes: 1}}, Build: paas.BuildSettings{Output: "../..", Packages: []string{"-rf"}},
			},
		})
		wantFields(t, err, "name", "repo", "branch", "root", "runtime", "credential", "variables", "scale.web", "healthPath", "startTimeout", "port",
			"commands.web", "resources.web.memory", "output", "packages")
		d.create(t, "shop")
		_, _, err = d.AppCreate(t.Context(), d.mallory, control.AppCreate{Name: "shop", Repo: "/srv/git/shop"})
		wantFields(t, err, "name", "repo") // the name is taken over all teams, and local paths are not allowed here
	})
}

func TestNoAppHasThePortalsHost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _, err := d.AppCreate(t.Context(), d.ada, control.AppCreate{Name: "portal", Repo: "https://git.example.com/crew/portal.git"})
	wantFields(t, err, "name")
	d.create(t, "portals")
}

func TestAnAppGoesThroughItsLife(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		health := func() control.Health {
			t.Helper()
			v, err := d.Control.App(ctx, d.ada, "shop")
			if err != nil {
				t.Fatal(err)
			}
			list, err := d.Apps(ctx, d.bob, "SHO", control.Page{})
			if err != nil || len(list) != 1 || list[0].Health != v.Health || list[0].Running != v.Running || list[0].Wanted != v.Wanted {
				t.Errorf("the list says %+v, %v; the app's page %+v", list, err, v.AppSummary)
			}
			return v.Health
		}
		app := d.create(t, "shop")
		if got := health(); got != control.HealthNew {
			t.Errorf("a new app is %s", got)
		}
		first, err := d.Deploy(ctx, d.ada, "shop", control.DeployRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got := health(); got != control.HealthDeploying {
			t.Errorf("with its first deployment it is %s", got)
		}
		d.Move(first.ID, paas.DeploymentBuilding, paas.DeploymentFailed)
		if got := health(); got != control.HealthFailing {
			t.Errorf("after a failed first deployment it is %s", got)
		}
		_, _, g := d.Live(app, d.World.Node("one"), 2)
		if got := health(); got != control.HealthRunning {
			t.Errorf("with all tasks ready it is %s", got)
		}
		task := d.World.Tasks(g.ID)[0]
		d.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonOutOfMemory, Detail: "It used more than 512 MiB."})
		if got := health(); got != control.HealthDegraded {
			t.Errorf("with one task dead it is %s", got)
		}
		if v, err := d.Control.App(ctx, d.ada, "shop"); err != nil || v.NeedsMe != "It used more than 512 MiB." || v.Running != 1 || v.Wanted != 2 || v.URL != "http://shop.localhost:8000" || v.Role != paas.RoleOwner {
			t.Errorf("the page says %+v, %v", v.AppSummary, err)
		}
		for range 2 {
			if err := d.AppStop(ctx, d.bob, "shop"); err != nil {
				t.Fatal(err)
			}
		}
		if got := health(); got != control.HealthStopped {
			t.Errorf("stopped it is %s", got)
		}
		if err := d.AppStart(ctx, d.bob, "shop"); err != nil {
			t.Fatal(err)
		}
		if got, _ := d.Group(ctx, g.ID); got.Wanted != 1 {
			t.Errorf("started again it wants %d tasks, want the default 1", got.Wanted)
		}
		if err := d.Scale(ctx, d.bob, "shop", map[string]int{"web": 3}); err != nil {
			t.Fatal(err)
		}
		if got, _ := d.Group(ctx, g.ID); got.Wanted != 3 {
			t.Errorf("scaled it wants %d tasks, want 3", got.Wanted)
		}
		wantFields(t, d.Scale(ctx, d.bob, "shop", map[string]int{"worker": 1}), "scale.worker")
		if _, err := d.AppUpdate(ctx, d.bob, "shop", control.AppUpdate{Settings: &paas.AppSettings{Scale: map[string]int{"web": 5}}}); err != nil {
			t.Fatal(err)
		}
		if got, _ := d.Group(ctx, g.ID); got.Wanted != 5 {
			t.Errorf("scaled in the settings it wants %d tasks, want 5", got.Wanted)
		}
		wantKind(t, "destroying without the name", d.AppDestroy(ctx, d.ada, "shop", "shoe"), paas.Invalid)
		if err := d.AppDestroy(ctx, d.ada, "shop", "shop"); err != nil {
			t.Fatal(err)
		}
		_, err = d.Control.App(ctx, d.ada, "shop")
		wantKind(t, "a destroyed app", err, paas.NotFound)
		if snap, err := d.Snapshot(ctx); err != nil || len(snap.Groups) == 0 || snap.Groups[0].Wanted != 0 {
			t.Errorf("its group still wants tasks: %+v, %v", snap.Groups, err)
		}
		d.create(t, "shop") // the name is free again
	})
}

func TestChangesWaitForTheNextDeploy(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		app := d.create(t, "shop")
		if err := d.VariablesSet(ctx, d.ada, "shop", map[string]string{"KEPT": "same", "CHANGED": "old", "GONE": "x"}, nil); err != nil {
			t.Fatal(err)
		}
		d.Live(app, d.World.Node("one"), 1)
		if err := d.VariablesSet(ctx, d.bob, "shop", map[string]string{"CHANGED": "planted-new-value", "KEPT": "same", "ADDED": "y"}, []string{"GONE"}); err != nil {
			t.Fatal(err)
		}
		now, err := d.Store.App(ctx, app.ID)
		if err != nil {
			t.Fatal(err)
		}
		settings := paas.AppSettings{HealthPath: "/healthz", Resources: map[string]paas.Resources{"web": {MemoryBytes: 1 << 30}}}
		if _, err := d.AppUpdate(ctx, d.ada, "shop", control.AppUpdate{Version: now.Version, Settings: &settings}); err != nil {
			t.Fatal(err)
		}
		_, err = d.AppUpdate(ctx, d.ada, "shop", control.AppUpdate{Version: now.Version, Settings: &paas.AppSettings{}})
		wantKind(t, "a change of an older version", err, paas.Conflict)

		plan, err := d.Control.Plan(ctx, d.ada, "shop")
		if err != nil {
			t.Fatal(err)
		}
		want := []control.Change{
			{What: "Variable ADDED", After: "set"}, {What: "Variable CHANGED", Before: "old value", After: "new value"}, {What: "Variable GONE", Before: "set"},
			{What: "Health path", After: "/healthz"}, {What: "Memory of web", After: "1 GiB"},
		}
		if !slices.Equal(plan.Changes, want) {
			t.Errorf("changes %+v, want %+v", plan.Changes, want)
		}
		if !plan.FitsNow || plan.Fits != "Fits on 1 of 1 nodes." || !plan.ZeroDowntime {
			t.Errorf("plan %+v", plan)
		}
		list, err := d.Variables(ctx, d.bob, "shop")
		if err != nil || len(list) != 3 || list[0].Released || list[1].Released || !list[2].Released || list[1].UpdatedBy != "Bob" {
			t.Errorf("variables %+v, %v", list, err)
		}
		events, err := d.Events(ctx, d.ada, "shop", control.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if strings.Contains(e.Text, "planted") {
				t.Errorf("an event tells a value: %s", e.Text)
			}
		}
		if events[0].Text != "Changed health path, memory of web." || events[0].Actor != "Ada" || events[1].Text != "Changed ADDED, CHANGED, GONE." {
			t.Errorf("events %q and %q", events[0].Text, events[1].Text)
		}
	})
}

func TestANewerDeploymentReplacesOneThatWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.create(t, "shop")
		first, err := d.Deploy(ctx, d.ada, "shop", control.DeployRequest{Ref: "one"})
		if err != nil {
			t.Fatal(err)
		}
		d.Move(first.ID, paas.DeploymentBuilding)
		second, err := d.Deploy(ctx, d.ada, "shop", control.DeployRequest{Ref: "two"})
		if err != nil {
			t.Fatal(err)
		}
		third, err := d.Deploy(ctx, d.ada, "shop", control.DeployRequest{Ref: "three", NoCache: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Store.Deployment(ctx, second.ID)
		if err != nil || got.State != paas.DeploymentCanceled || got.SupersededBy != third.ID || got.Reason != "Deployment 3 replaced it before it started." {
			t.Errorf("the one that waited is %+v, %v", got, err)
		}
		if b, err := d.Store.Build(ctx, second.BuildID); err != nil || b.State != paas.BuildCanceled {
			t.Errorf("its build is %s, %v", b.State, err)
		}
		v, err := d.Control.Deployment(ctx, d.ada, "shop", third.Number)
		if err != nil || v.Ahead != 1 || v.Build == nil || v.Build.Ref != "three" || !v.Build.NoCache || v.LogTopic != paas.Topic("logs:build:"+id64(third.BuildID)) {
			t.Errorf("the newest: %+v, %v", v, err)
		}
		canceled, err := d.Cancel(ctx, d.bob, "shop", 0)
		if err != nil || canceled.ID != first.ID || canceled.State != paas.DeploymentBuilding || canceled.CancelAsked.IsZero() {
			t.Errorf("canceling what is on its way: %+v, %v; want the first asked to stop", canceled, err)
		}
		canceled, err = d.Cancel(ctx, d.bob, "shop", third.Number)
		if err != nil || canceled.State != paas.DeploymentCanceled {
			t.Errorf("canceling what waits: %+v, %v", canceled, err)
		}
		if _, err = d.Cancel(ctx, d.bob, "shop", third.Number); err != nil {
			t.Errorf("canceling twice: %v", err)
		}
		d.Move(first.ID, paas.DeploymentFailed)
		_, err = d.Cancel(ctx, d.bob, "shop", first.Number)
		wantKind(t, "canceling what failed", err, paas.Conflict)
		_, err = d.Cancel(ctx, d.bob, "shop", 0)
		wantKind(t, "canceling nothing", err, paas.Conflict)
	})
}

func TestARollbackGoesToTheReleaseBefore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		app := d.create(t, "shop")
		_, err := d.Rollback(ctx, d.ada, "shop", 0)
		wantKind(t, "a rollback of a new app", err, paas.Conflict)
		_, err = d.Deploy(ctx, d.ada, "shop", control.DeployRequest{ConfigOnly: true})
		wantKind(t, "new settings for no release", err, paas.Conflict)
		node := d.World.Node("one")
		_, v1, _ := d.Live(app, node, 1)
		_, err = d.Rollback(ctx, d.ada, "shop", 0)
		wantKind(t, "a rollback of the first release", err, paas.Conflict)
		_, v2, _ := d.Live(app, node, 1)
		back, err := d.Rollback(ctx, d.ada, "shop", 0)
		if err != nil || back.Kind != paas.KindRollback || back.TargetID != v1.ID || back.BuildID != 0 || back.PreviousID != v2.ID {
			t.Errorf("the rollback is %+v, %v", back, err)
		}
		_, err = d.Rollback(ctx, d.ada, "shop", 2)
		wantKind(t, "a rollback to what is live", err, paas.Invalid)
		_, err = d.Rollback(ctx, d.ada, "shop", 99)
		wantKind(t, "a rollback to what never was", err, paas.Invalid)
	})
}

func TestScalingAProcessThatHadNoTasksDeploysIt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		app := d.create(t, "shop")
		_, r, _ := d.Live(app, d.World.Node("one"), 1)
		d.Do(func(tx *store.Tx) error { return tx.RetireGroups(app.ID, 0) }) // as if web had been scaled to 0 when r was deployed
		if err := d.Scale(ctx, d.ada, "shop", map[string]int{"web": 2}); err != nil {
			t.Fatal(err)
		}
		list, err := d.Deployments(ctx, d.ada, "shop", control.Page{Limit: 1})
		if err != nil || list[0].Kind != paas.KindConfig || list[0].PreviousID != r.ID || list[0].State != paas.DeploymentQueued {
			t.Errorf("the newest deployment is %+v, %v; want one of the changed settings", list, err)
		}
	})
}

func TestLiveTopicsAreForTheirTeam(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		app := d.create(t, "shop")
		node := d.World.Node("one")
		dep, _, g := d.Live(app, node, 1)
		task := d.World.Tasks(g.ID)[0]
		for topic, ok := range map[string]bool{
			"app:" + id64(app.ID): true, "deployment:" + id64(dep.ID): true, "build:" + id64(dep.BuildID): true, "task:" + id64(task.ID): true,
			"logs:task:" + id64(task.ID): true, "logs:build:" + id64(dep.BuildID): true, "team:" + id64(app.TeamID): true,
			"": false, "app": false, "app:": false, "app:x": false, "app:-1": false, "app:999": false, "logs:app:1": false, "secret:1": false, "logs:task:999": false,
		} {
			if err := d.CanFollow(ctx, d.bob, paas.Topic(topic)); (err == nil) != ok || (err != nil && paas.KindOf(err) != paas.NotFound) {
				t.Errorf("a member following %q: %v, want ok %v", topic, err, ok)
			}
			wantKind(t, "another team following "+topic, d.CanFollow(ctx, d.mallory, paas.Topic(topic)), paas.NotFound)
		}
		if err := d.CanFollow(ctx, d.ada, paas.Topic("node:"+id64(node.ID))); err != nil {
			t.Errorf("an operator following a node: %v", err)
		}
		wantKind(t, "a member following a node", d.CanFollow(ctx, d.bob, paas.Topic("node:"+id64(node.ID))), paas.NotFound)
	})
}

func TestAReleaseWhoseImageIsGoneIsBuiltAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		app := d.create(t, "shop")
		node := d.World.Node("one")
		_, v1, _ := d.Live(app, node, 1)
		d.Live(app, node, 1)
		if gone, err := d.RetireImage(ctx, "image:1", 1); err != nil || gone {
			t.Fatalf("the live release's image went: %v", err)
		}
		storetest.Exec(t, d.Store, "UPDATE releases SET image_gone_at = created_at")
		for what, start := range map[string]func() (paas.Deployment, error){
			"a rollback": func() (paas.Deployment, error) { return d.Rollback(ctx, d.ada, "shop", v1.Number) },
			"new settings": func() (paas.Deployment, error) {
				return d.Deploy(ctx, d.ada, "shop", control.DeployRequest{ConfigOnly: true})
			},
		} {
			got, err := start()
			if err != nil || got.BuildID == 0 {
				t.Fatalf("%s: %+v, %v; want a build", what, got, err)
			}
			if b, err := d.Store.Build(ctx, got.BuildID); err != nil || string(b.Ref) != v1.Commit.SHA {
				t.Errorf("%s builds %q, %v; want the release's commit %s", what, b.Ref, err, v1.Commit.SHA)
			}
			events, err := d.Events(ctx, d.ada, "shop", control.Page{})
			if err != nil || !slices.ContainsFunc(events, func(e paas.Event) bool { return strings.Contains(e.Text, "built again from commit "+v1.Commit.Short()) }) {
				t.Errorf("%s: the timeline does not say why it builds, %v", what, err)
			}
		}
	})
}
