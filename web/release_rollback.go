package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) rollbackShow(c echo.Context) error {
	return s.rollbackPage(c, c.QueryParam("to"), components.Form{}, 0)
}

func (s *Server) rollbackPage(c echo.Context, to string, form components.Form, status int) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	target, err := s.release(c, d, to)
	if err != nil {
		return err
	}
	m := pages.Rollback{Head: pages.HeadOf(d, "releases"), Live: d.Release, Target: target, Form: form}
	if d.Release != nil {
		m.Changes = releaseChanges(*d.Release, target)
	}
	return s.Show(c, render.Page{Title: "Roll back " + d.App.Name, Section: "apps", Status: status, Body: pages.RollbackPage(m)})
}

// release finds a release by its number; without one, what a roll back brings back.
func (s *Server) release(c echo.Context, d control.AppDetail, number string) (paas.Release, error) {
	if number == "" {
		if r := previous(d); r != nil {
			return *r, nil
		}
		return paas.Release{}, paas.Errorf(paas.Conflict, "There is no earlier release to go back to.")
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return paas.Release{}, paas.Errorf(paas.NotFound, "There is no release %q.", number)
	}
	for page := (control.Page{Limit: 200}); ; {
		releases, err := s.Control.Releases(c.Request().Context(), render.Actor(c), d.App.Name, page)
		if err != nil {
			return paas.Release{}, err
		}
		for _, r := range releases {
			if r.Number == n {
				return r, nil
			}
		}
		if len(releases) < page.Limit {
			return paas.Release{}, paas.Errorf(paas.NotFound, "There is no release v%d of %s.", n, d.App.Name)
		}
		page.Before = releases[len(releases)-1].ID
	}
}

// releaseChanges is what differs between two releases, in words. Values of variables are never compared here.
func releaseChanges(from, to paas.Release) (changes []components.Change) {
	had := map[string]bool{}
	for _, v := range from.Variables {
		had[v] = true
	}
	for _, v := range to.Variables {
		if !had[v] {
			changes = append(changes, components.Change{What: "Variable " + v, After: "comes back"})
		}
		delete(had, v)
	}
	for _, v := range from.Variables {
		if had[v] {
			changes = append(changes, components.Change{What: "Variable " + v, Before: "goes away"})
		}
	}
	add := func(what, before, after string) {
		if before != after {
			changes = append(changes, components.Change{What: what, Before: before, After: after})
		}
	}
	add("Runtime", from.Plan.Title+" "+from.Plan.Version, to.Plan.Title+" "+to.Plan.Version)
	for _, p := range to.Plan.Processes {
		before, after := from.Settings.Resources[p.Name].Or(paas.DefaultResources), to.Settings.Resources[p.Name].Or(paas.DefaultResources)
		add("Memory of "+p.Name, paas.Bytes(before.MemoryBytes), paas.Bytes(after.MemoryBytes))
		add("CPU of "+p.Name, paas.Cores(before.CPUMillis), paas.Cores(after.CPUMillis))
	}
	return changes
}

func (s *Server) rollbackCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	n, err := entry.Whole(values, "to", "The release", 0, 1<<30)
	if err != nil {
		return err
	}
	d, err := s.Control.Rollback(c.Request().Context(), render.Actor(c), c.Param("app"), n)
	if err != nil {
		if form, ok := entry.Refused(err, values); ok {
			return s.rollbackPage(c, values.Get("to"), form, entry.Status(err))
		}
		return err
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(d))
}
