package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

const rowsPerPage = 50

func (s *Server) deploymentList(c echo.Context) error {
	ctx, actor, page := c.Request().Context(), render.Actor(c), pageOf(c, rowsPerPage)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	list, err := s.Control.Deployments(ctx, actor, d.App.Name, page)
	if err != nil {
		return err
	}
	m := pages.Deployments{Head: pages.HeadOf(d, "deployments"), Deployments: list}
	if len(list) == page.Limit {
		m.Next = older("/apps/"+d.App.Name+"/deployments", url.Values{}, list[len(list)-1].ID)
	}
	return s.Show(c, render.Page{Title: "Deployments of " + d.App.Name, Section: "apps", Topics: appTopics(d), Body: pages.DeploymentsPage(m)})
}

func (s *Server) releaseList(c echo.Context) error {
	ctx, actor, page := c.Request().Context(), render.Actor(c), pageOf(c, rowsPerPage)
	d, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	list, err := s.Control.Releases(ctx, actor, d.App.Name, page)
	if err != nil {
		return err
	}
	m := pages.Releases{Head: pages.HeadOf(d, "releases"), Releases: list, LiveID: d.App.LiveID}
	if len(list) == page.Limit {
		m.Next = older("/apps/"+d.App.Name+"/releases", url.Values{}, list[len(list)-1].ID)
	}
	return s.Show(c, render.Page{Title: "Releases of " + d.App.Name, Section: "apps", Topics: appTopics(d), Body: pages.ReleasesPage(m)})
}

// numberOf reads a deployment's number from the path.
func numberOf(c echo.Context) (int, error) {
	n, err := strconv.Atoi(c.Param("number"))
	if err != nil || n < 1 {
		return 0, paas.Errorf(paas.NotFound, "There is no deployment %q.", c.Param("number"))
	}
	return n, nil
}

func (s *Server) deploymentCancel(c echo.Context) error {
	n, err := numberOf(c)
	if err != nil {
		return err
	}
	d, err := s.Control.Cancel(c.Request().Context(), render.Actor(c), c.Param("app"), n)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(d))
}

func deploymentPath(d paas.Deployment) string {
	return fmt.Sprintf("/apps/%s/deployments/%d", d.AppName, d.Number)
}
