package web

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) appShow(c echo.Context) error { return s.appPage(c, components.Form{}, 0) }

// appPage shows the overview, with what was entered into the deploy form when that was refused.
func (s *Server) appPage(c echo.Context, form components.Form, status int) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	plan, err := s.Control.Plan(ctx, actor, d.App.Name)
	if err != nil {
		return err
	}
	m := pages.App{
		Head: pages.HeadOf(d, "overview"), App: d.App, Release: d.Release, Ready: d.Running, Wanted: d.Wanted, NeedsMe: d.NeedsMe,
		Nodes: s.nodeNames(ctx), Active: d.Active, Latest: d.Latest, Recent: d.Recent, Events: d.Events,
		Undeployed: d.Undeployed, Previous: previous(d), Plan: planOf(plan), Form: form,
	}
	for _, t := range d.Tasks {
		if t.State == paas.TaskFinished {
			m.Ended = append(m.Ended, t)
		} else {
			m.Tasks = append(m.Tasks, t)
		}
	}
	return s.Show(c, render.Page{Title: d.App.Name, Section: "apps", Status: status, Topics: appTopics(d), Body: pages.AppPage(m)})
}

func appTopics(d control.AppDetail) []paas.Topic {
	return []paas.Topic{topicOf("app", d.App.ID)}
}

// previous is what a roll back brings back: the newest release before the live one.
func previous(d control.AppDetail) *paas.Release {
	if d.Release == nil {
		return nil
	}
	for _, r := range d.Releases {
		if r.Number < d.Release.Number {
			return &r
		}
	}
	return nil
}

func planOf(p control.DeployPlan) *pages.Plan {
	return &pages.Plan{
		Changes: changesOf(p.Changes), Fits: p.Fits, FitsNow: p.FitsNow,
		ZeroDowntime: p.ZeroDowntime, Downtime: p.Downtime, Queue: p.Queue,
	}
}

func changesOf(changes []control.Change) (out []components.Change) {
	for _, c := range changes {
		out = append(out, components.Change(c))
	}
	return out
}

// nodeNames are the machines by id. Where a task runs is no secret to who may see the task; what else runs there is.
func (s *Server) nodeNames(ctx context.Context) map[int64]string {
	names := map[int64]string{}
	nodes, err := s.Control.Nodes(ctx, paas.System())
	if err != nil {
		s.Log.WarnContext(ctx, "name the nodes", "error", err) // the page is worth showing without
		return names
	}
	for _, n := range nodes {
		names[n.Node.ID] = n.Node.Name
	}
	return names
}
