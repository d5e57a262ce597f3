package control

import (
	"context"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// Apps lists the actor's apps whose name contains query.
func (c *Control) Apps(ctx context.Context, actor paas.Actor, query string, page Page) ([]AppSummary, error) {
	return answer(ctx, c, func(tx Tx) ([]AppSummary, error) {
		teams := teamIDs(actor)
		if teams != nil && len(teams) == 0 {
			return nil, nil
		}
		apps, err := tx.Apps(teams, strings.ToLower(strings.TrimSpace(query)), page.Before, page.limit())
		if err != nil {
			return nil, err
		}
		return summaries(tx, apps)
	})
}

// summaries looks at many apps with a fixed number of queries.
func summaries(tx Tx, apps []paas.App) ([]AppSummary, error) {
	if len(apps) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(apps))
	for i, a := range apps {
		ids[i] = a.ID
	}
	latest, err := tx.LatestDeployments(ids)
	if err != nil {
		return nil, err
	}
	events, err := tx.LatestEvents(ids)
	if err != nil {
		return nil, err
	}
	releases, err := tx.LiveReleases(ids)
	if err != nil {
		return nil, err
	}
	groups, tasks, err := tx.LiveFleet(ids)
	if err != nil {
		return nil, err
	}
	fleets := map[int64]*fleet{}
	for _, id := range ids {
		fleets[id] = &fleet{}
	}
	for _, g := range groups {
		fleets[g.AppID].groups = append(fleets[g.AppID].groups, g)
	}
	for _, t := range tasks {
		fleets[t.AppID].tasks = append(fleets[t.AppID].tasks, t)
	}
	list := make([]AppSummary, len(apps))
	for i, a := range apps {
		s := AppSummary{App: a, LastActor: events[a.ID].Actor, LastChange: events[a.ID].At}
		if d, ok := latest[a.ID]; ok {
			s.Latest = &d
		}
		if r, ok := releases[a.ID]; ok {
			s.Release = &r
		}
		if s.LastChange.IsZero() {
			s.LastChange = a.CreatedAt
		}
		fleets[a.ID].judge(&s)
		list[i] = s
	}
	return list, nil
}

// How much of its history the app page shows.
const (
	recentDeployments = 10
	recentReleases    = 20
	recentEvents      = 20
)

// App is the app page.
func (c *Control) App(ctx context.Context, actor paas.Actor, name string) (AppDetail, error) {
	return answer(ctx, c, func(tx Tx) (d AppDetail, err error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return d, err
		}
		list, err := summaries(tx, []paas.App{a})
		if err != nil {
			return d, err
		}
		d.AppSummary, d.Role = list[0], actor.Teams[a.TeamID]
		if d.Tasks, err = tx.AppTasks(a.ID); err != nil {
			return d, err
		}
		if d.Groups, err = tx.ActiveGroups(a.ID); err != nil {
			return d, err
		}
		if slices.ContainsFunc(d.Groups, func(g paas.ServerGroup) bool { return g.Traffic }) || (d.Release == nil && d.Latest == nil) {
			d.URL = c.appURL(a.Name)
		}
		pending, err := tx.Pending(a.ID)
		if err != nil {
			return d, err
		}
		if len(pending) > 0 {
			d.Active = &pending[0]
		}
		if d.Recent, err = tx.Deployments(a.ID, 0, recentDeployments); err != nil {
			return d, err
		}
		if d.Releases, err = tx.Releases(a.ID, 0, recentReleases); err != nil {
			return d, err
		}
		if d.Events, err = tx.Events(a.ID, 0, recentEvents); err != nil {
			return d, err
		}
		changes, err := undeployed(tx, a, d.Release)
		for _, change := range changes {
			d.Undeployed = append(d.Undeployed, change.What)
		}
		return d, err
	})
}

// Tasks lists an app's living tasks, and the last one of each slot.
func (c *Control) Tasks(ctx context.Context, actor paas.Actor, name string) ([]paas.Task, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Task, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.AppTasks(a.ID)
	})
}

// LogTasks lists the newest tasks of an app that have written a log or may: those that run and those that ended.
func (c *Control) LogTasks(ctx context.Context, actor paas.Actor, name string, limit int) ([]paas.Task, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Task, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.LogTasks(a.ID, limit)
	})
}

// Task is one task.
func (c *Control) Task(ctx context.Context, actor paas.Actor, id int64) (paas.Task, error) {
	return answer(ctx, c, func(tx Tx) (paas.Task, error) {
		t, err := tx.Task(id)
		if err == nil && !actor.In(t.TeamID) {
			err = paas.Errorf(paas.NotFound, "There is no such task.")
		}
		if err != nil {
			return paas.Task{}, err
		}
		return t, nil
	})
}

// Events lists an app's timeline.
func (c *Control) Events(ctx context.Context, actor paas.Actor, name string, page Page) ([]paas.Event, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Event, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.Events(a.ID, page.Before, page.limit())
	})
}

// Variables lists an app's variables, without their values.
func (c *Control) Variables(ctx context.Context, actor paas.Actor, name string) ([]paas.Variable, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Variable, error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return nil, err
		}
		return tx.Variables(a)
	})
}
