package fake

import (
	"context"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

func (f *Control) deploy(a *App, actor paas.Actor, kind paas.DeploymentKind) paas.Deployment {
	number := 1
	if len(a.Deployments) > 0 {
		number = a.Deployments[0].Deployment.Number + 1
	}
	app := a.Detail.App
	d := paas.Deployment{
		ID: app.ID*1000 + int64(number), AppID: app.ID, AppName: app.Name, TeamID: app.TeamID, Number: number, Kind: kind,
		State: paas.DeploymentQueued, Reason: "Waits for a free builder.", Actor: actor.Name, CreatedAt: f.Now(), Phases: Phases(f.Now(), "queue"),
	}
	a.Deployments = append([]control.DeploymentDetail{{Deployment: d, App: app}}, a.Deployments...)
	a.Detail.Recent = append([]paas.Deployment{d}, a.Detail.Recent...)
	a.Detail.Active, a.Detail.Latest = &d, &d
	f.called("%s %s #%d", kind, app.Name, number)
	return d
}

func (f *Control) Deploy(_ context.Context, actor paas.Actor, app string, in control.DeployRequest) (paas.Deployment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return paas.Deployment{}, err
	}
	if _, err := paas.ParseRef(in.Ref); err != nil {
		return paas.Deployment{}, err
	}
	kind := paas.KindDeploy
	if in.ConfigOnly {
		kind = paas.KindConfig
	}
	return f.deploy(a, actor, kind), nil
}

func (f *Control) Rollback(_ context.Context, actor paas.Actor, app string, release int) (paas.Deployment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return paas.Deployment{}, err
	}
	if a.Detail.Release != nil && a.Detail.Release.Number == release {
		return paas.Deployment{}, paas.Errorf(paas.Conflict, "v%d is live already.", release)
	}
	return f.deploy(a, actor, paas.KindRollback), nil
}

func (f *Control) Cancel(_ context.Context, actor paas.Actor, app string, number int) (paas.Deployment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return paas.Deployment{}, err
	}
	for i, d := range a.Deployments {
		if d.Deployment.Number == number || number == 0 {
			a.Deployments[i].Deployment.CancelAsked = f.Now()
			f.called("cancel %s #%d", app, d.Deployment.Number)
			return a.Deployments[i].Deployment, nil
		}
	}
	return paas.Deployment{}, paas.Errorf(paas.NotFound, "There is no deployment %d of %s.", number, app)
}

func (f *Control) Plan(_ context.Context, actor paas.Actor, app string) (control.DeployPlan, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return control.DeployPlan{}, err
	}
	return a.Plan, nil
}

func (f *Control) Deployments(_ context.Context, actor paas.Actor, app string, page control.Page) (list []paas.Deployment, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return nil, err
	}
	for _, d := range a.Deployments {
		if page.Before == 0 || d.Deployment.ID < page.Before {
			list = append(list, d.Deployment)
		}
	}
	if page.Limit > 0 && len(list) > page.Limit {
		list = list[:page.Limit]
	}
	return list, nil
}

func (f *Control) Deployment(_ context.Context, actor paas.Actor, app string, number int) (control.DeploymentDetail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return control.DeploymentDetail{}, err
	}
	for _, d := range a.Deployments {
		if d.Deployment.Number == number {
			return d, nil
		}
	}
	return control.DeploymentDetail{}, paas.Errorf(paas.NotFound, "There is no deployment %d of %s.", number, app)
}

func (f *Control) Releases(_ context.Context, actor paas.Actor, app string, page control.Page) (list []paas.Release, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return nil, err
	}
	for _, r := range a.Detail.Releases {
		if page.Before == 0 || r.ID < page.Before {
			list = append(list, r)
		}
	}
	return list, nil
}

func (f *Control) Tasks(_ context.Context, actor paas.Actor, app string) ([]paas.Task, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return nil, err
	}
	return a.Detail.Tasks, nil
}

func (f *Control) LogTasks(ctx context.Context, actor paas.Actor, app string, limit int) ([]paas.Task, error) {
	tasks, err := f.Tasks(ctx, actor, app)
	var started []paas.Task
	for _, t := range tasks {
		if !t.StartedAt.IsZero() {
			started = append(started, t)
		}
	}
	return started[max(0, len(started)-limit):], err
}

func (f *Control) Events(_ context.Context, actor paas.Actor, app string, _ control.Page) ([]paas.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return nil, err
	}
	return a.Detail.Events, nil
}

func (f *Control) Nodes(_ context.Context, actor paas.Actor) ([]control.NodeDetail, error) {
	if !actor.Operator {
		return nil, paas.Errorf(paas.Forbidden, "Only an operator of Slipway can see this.")
	}
	return f.nodes, f.Fail
}

func (f *Control) Node(ctx context.Context, actor paas.Actor, name string) (control.NodeDetail, error) {
	nodes, err := f.Nodes(ctx, actor)
	if err != nil {
		return control.NodeDetail{}, err
	}
	for _, n := range nodes {
		if n.Node.Name == name {
			return n, nil
		}
	}
	return control.NodeDetail{}, paas.Errorf(paas.NotFound, "There is no node called %q.", name)
}
