package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

type routeRow struct {
	ID            int64
	Name          string
	Stopped       bool
	LiveReleaseID link
	Web           bool // a group has the traffic
	Moving        bool // a deployment is on its way
}

type routeTask struct {
	AppID   int64
	Ready   bool
	Stop    bool
	State   string
	Attempt int
	Address string
}

// Routes is where requests go: every app that serves or should, and the version of that answer.
func (s *Store) Routes(ctx context.Context) (routes []paas.Route, version int64, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		if version, err = tx.routesVersion(); err != nil {
			return err
		}
		var apps []routeRow
		err := tx.db.Raw(`SELECT id, name, stopped, live_release_id,
				EXISTS (SELECT 1 FROM server_groups WHERE server_groups.app_id = apps.id AND server_groups.process = 'web' AND server_groups.traffic) AS web,
				EXISTS (SELECT 1 FROM deployments WHERE deployments.app_id = apps.id AND ` + pending + `) AS moving
			FROM apps WHERE deleted_at IS NULL ORDER BY name`).Scan(&apps).Error
		if err != nil {
			return fmt.Errorf("list what the edge serves: %w", err)
		}
		var rows []routeTask
		err = tx.db.Raw(`SELECT server_groups.app_id, ready, stop, state, attempt, address FROM tasks
			JOIN server_groups ON server_groups.id = tasks.group_id
			WHERE tasks.` + living + ` AND server_groups.traffic`).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("list the tasks behind the edge: %w", err)
		}
		tasks := map[int64][]routeTask{}
		for _, t := range rows {
			tasks[t.AppID] = append(tasks[t.AppID], t)
		}
		for _, a := range apps {
			if a.LiveReleaseID != 0 && !a.Web && !a.Stopped {
				continue // it runs, but serves nothing: a worker, or a program that finished
			}
			routes = append(routes, s.route(a, tasks[a.ID]))
		}
		return nil
	})
	return routes, version, err
}

func (s *Store) route(a routeRow, tasks []routeTask) paas.Route {
	r := paas.Route{AppID: a.ID, App: a.Name, Hosts: []string{a.Name + "." + s.domain}}
	young := false
	for _, t := range tasks {
		switch {
		case t.Ready && !t.Stop && t.Address != "" && t.State == string(paas.TaskRunning):
			r.Addresses = append(r.Addresses, t.Address)
		case !t.Stop && t.Attempt == 1:
			young = true
		}
	}
	slices.Sort(r.Addresses)
	switch {
	case len(r.Addresses) > 0:
		r.State = paas.RouteServing
	case a.Stopped:
		r.State = paas.RouteStopped
	case a.LiveReleaseID == 0 && !a.Moving:
		r.State = paas.RouteNew
	case a.LiveReleaseID == 0 || young:
		r.State = paas.RouteStarting
	default:
		r.State = paas.RouteFailing
	}
	return r
}
