package fake

import (
	"context"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

func (f *Control) Apps(_ context.Context, actor paas.Actor, query string, page control.Page) (list []control.AppSummary, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.apps {
		id := a.Detail.App.ID
		if actor.In(a.Detail.App.TeamID) && strings.Contains(a.Detail.App.Name, query) && (page.Before == 0 || id < page.Before) {
			list = append(list, a.Detail.AppSummary)
		}
	}
	slices.SortFunc(list, func(a, b control.AppSummary) int { return int(b.App.ID - a.App.ID) })
	if page.Limit > 0 && len(list) > page.Limit {
		list = list[:page.Limit]
	}
	return list, f.Fail
}

func (f *Control) App(_ context.Context, actor paas.Actor, name string) (control.AppDetail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, name)
	if err != nil {
		return control.AppDetail{}, err
	}
	d := a.Detail
	d.Role = actor.Teams[d.App.TeamID]
	return d, nil
}

func (f *Control) AppCreate(_ context.Context, actor paas.Actor, in control.AppCreate) (paas.App, *paas.Deployment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := paas.ParseName("name", in.Name); err != nil {
		return paas.App{}, nil, err
	}
	if a, err := f.app(actor, in.Name); err == nil {
		return paas.App{}, nil, paas.FieldErrorf("name", "There is an app called %q already.", a.Detail.App.Name)
	}
	team, err := f.team(actor, in.Team)
	if err != nil {
		return paas.App{}, nil, err
	}
	repo, err := paas.ParseRepoURL(in.Repo)
	if err != nil {
		return paas.App{}, nil, err
	}
	app := paas.App{ID: int64(len(f.apps) + 1), TeamID: team.ID, TeamName: team.Name, Name: in.Name, Repo: repo, Settings: in.Settings, Version: 1, CreatedAt: f.Now()}
	a := &App{Detail: control.AppDetail{AppSummary: control.AppSummary{App: app, Health: control.HealthNew}}}
	f.apps = append(f.apps, a)
	f.called("create %s", in.Name)
	if !in.Deploy {
		return app, nil, nil
	}
	d := f.deploy(a, actor, paas.KindDeploy)
	return app, &d, nil
}

func (f *Control) AppUpdate(_ context.Context, actor paas.Actor, name string, in control.AppUpdate) (paas.App, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, name)
	if err != nil {
		return paas.App{}, err
	}
	if in.Version != a.Detail.App.Version {
		return paas.App{}, paas.Errorf(paas.Conflict, "Somebody else changed these settings meanwhile. Look at them again and repeat your change.")
	}
	if in.Repo != nil {
		if a.Detail.App.Repo, err = paas.ParseRepoURL(*in.Repo); err != nil {
			return paas.App{}, err
		}
	}
	if in.Settings != nil {
		a.Detail.App.Settings = *in.Settings
	}
	a.Detail.App.Version++
	f.called("update %s", name)
	return a.Detail.App, nil
}

func (f *Control) AppDestroy(_ context.Context, actor paas.Actor, name, confirm string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, name)
	if err != nil {
		return err
	}
	if err := owned(actor, a.Detail.App.TeamID); err != nil {
		return err
	}
	if confirm != name {
		return paas.FieldErrorf("confirm", "Type %s to destroy it.", name)
	}
	f.apps = slices.DeleteFunc(f.apps, func(b *App) bool { return b == a })
	f.called("destroy %s", name)
	return nil
}

func (f *Control) AppStop(_ context.Context, actor paas.Actor, name string) error {
	return f.stopped(actor, name, true)
}

func (f *Control) AppStart(_ context.Context, actor paas.Actor, name string) error {
	return f.stopped(actor, name, false)
}

func (f *Control) stopped(actor paas.Actor, name string, stopped bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, name)
	if err != nil {
		return err
	}
	a.Detail.App.Stopped = stopped
	f.called("stopped %s %t", name, stopped)
	return nil
}

func (f *Control) Variables(_ context.Context, actor paas.Actor, app string) ([]paas.Variable, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return nil, err
	}
	return a.Variables, nil
}

func (f *Control) VariablesSet(_ context.Context, actor paas.Actor, app string, set map[string]string, unset []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return err
	}
	a.Variables = slices.DeleteFunc(a.Variables, func(v paas.Variable) bool {
		_, again := set[v.Name]
		return again || slices.Contains(unset, v.Name)
	})
	for name := range set {
		a.Variables = append(a.Variables, paas.Variable{Name: name, UpdatedAt: f.Now(), UpdatedBy: actor.Name})
	}
	slices.SortFunc(a.Variables, func(a, b paas.Variable) int { return strings.Compare(a.Name, b.Name) })
	f.called("variables %s +%d -%d", app, len(set), len(unset))
	return nil
}

func (f *Control) Scale(_ context.Context, actor paas.Actor, app string, scale map[string]int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.app(actor, app)
	if err != nil {
		return err
	}
	if scale[paas.WebProcess] > 50 {
		return paas.FieldErrorf("scale.web", "A process may have at most 50 tasks.")
	}
	f.called("scale %s web=%d", app, scale[paas.WebProcess])
	a.Detail.App.Settings.Scale = scale
	return nil
}

func (f *Control) Inspect(_ context.Context, actor paas.Actor, in control.InspectRequest) (paas.Inspection, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	repo, err := paas.ParseRepoURL(in.Repo)
	if err != nil {
		return paas.Inspection{}, err
	}
	team, err := f.team(actor, in.Team)
	if err != nil {
		return paas.Inspection{}, err
	}
	i := Detected(f.Now(), int64(len(f.inspections)+1), repo)
	i.TeamID = team.ID
	f.inspections[i.ID] = i
	return i, nil
}

func (f *Control) Inspection(_ context.Context, actor paas.Actor, id int64) (paas.Inspection, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.inspections[id]
	if !ok || !actor.In(i.TeamID) {
		return paas.Inspection{}, paas.Errorf(paas.NotFound, "There is no inspection %d.", id)
	}
	return i, nil
}
