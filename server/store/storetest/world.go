package storetest

import (
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
)

// World is a store with a team, and the things that tests make in it.
type World struct {
	*store.Store
	Team paas.Team
	t    testing.TB
}

// NewWorld makes a team in the store.
func NewWorld(t testing.TB, s *store.Store) *World {
	t.Helper()
	w := &World{Store: s, t: t}
	w.Do(func(tx *store.Tx) (err error) {
		w.Team, err = tx.InsertTeam("crew")
		return err
	})
	return w
}

// OnTeam is the world of a team that is there already.
func OnTeam(t testing.TB, s *store.Store, team paas.Team) *World {
	return &World{Store: s, Team: team, t: t}
}

// Do runs one transaction that must succeed.
func (w *World) Do(change func(*store.Tx) error) {
	w.t.Helper()
	if err := w.Write(w.t.Context(), change); err != nil {
		w.t.Fatal(err)
	}
}

// App makes an app.
func (w *World) App(name string) paas.App {
	w.t.Helper()
	repo, err := paas.ParseRepoURL("https://git.example.com/crew/" + name + ".git")
	if err != nil {
		w.t.Fatal(err)
	}
	var app paas.App
	w.Do(func(tx *store.Tx) error {
		app, err = tx.InsertApp(paas.App{TeamID: w.Team.ID, TeamName: w.Team.Name, Name: name, Repo: repo})
		return err
	})
	return app
}

// Deployment makes a queued deployment of the app, with its build.
func (w *World) Deployment(app paas.App) paas.Deployment {
	w.t.Helper()
	var d paas.Deployment
	w.Do(func(tx *store.Tx) error {
		now, err := tx.LockApp(app.Name)
		if err != nil {
			return err
		}
		b, err := tx.InsertBuild(paas.Build{AppID: app.ID})
		if err != nil {
			return err
		}
		d, err = tx.InsertDeployment(paas.Deployment{AppID: app.ID, AppName: app.Name, TeamID: app.TeamID, Kind: paas.KindDeploy, BuildID: b.ID, PreviousID: now.LiveID, Actor: "Ada"})
		return err
	})
	return d
}

// Move takes a deployment through states.
func (w *World) Move(id int64, states ...paas.State) paas.Deployment {
	w.t.Helper()
	var d paas.Deployment
	for _, state := range states {
		var err error
		d, err = w.ChangeDeployment(w.t.Context(), id, func(d *paas.Deployment) (string, error) {
			d.State = state
			return "is " + string(state), nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return d
}

// Plan is a small plan with one web process.
func Plan() paas.Plan {
	return paas.Plan{
		Runtime: "node", Title: "Node.js", Env: map[string]string{"MODE": "production"},
		Processes: []paas.Process{{Name: paas.WebProcess, Command: paas.Command{Line: "node server.js"}}},
	}
}

// Live brings a new version of the app to life with n running tasks on the node, which take requests.
func (w *World) Live(app paas.App, node paas.Node, n int) (paas.Deployment, paas.Release, paas.ServerGroup) {
	w.t.Helper()
	ctx := w.t.Context()
	d := w.Deployment(app)
	w.Move(d.ID, paas.DeploymentBuilding, paas.DeploymentReleasing)
	r, err := w.CreateRelease(ctx, d.ID, "image:1", Plan(), paas.Commit{SHA: "0123456789abcdef"})
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := w.EnsureGroup(ctx, paas.ServerGroup{
		AppID: app.ID, ReleaseID: r.ID, Deployment: d.ID, Process: paas.WebProcess, Name: app.Name + "-v001", Image: r.Image, Wanted: n,
		Spec: paas.TaskSpec{Port: paas.DefaultPort}, Resources: paas.DefaultResources,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Run(g, node, n)
	w.Move(d.ID, paas.DeploymentPlacing, paas.DeploymentStarting, paas.DeploymentSwitching)
	if _, err := w.SwitchTraffic(ctx, d.ID); err != nil {
		w.t.Fatal(err)
	}
	if err := w.RetireGroups(ctx, app.ID, r.ID); err != nil {
		w.t.Fatal(err)
	}
	w.Move(d.ID, paas.DeploymentDraining)
	if d, err = w.FinishDeployment(ctx, d.ID); err != nil {
		w.t.Fatal(err)
	}
	return d, r, g
}
