package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) deploymentCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	d, err := s.Control.Deploy(c.Request().Context(), render.Actor(c), c.Param("app"), control.DeployRequest{
		Ref: entry.Trimmed(values, "ref"), NoCache: values.Get("no-cache") != "", ConfigOnly: values.Get("config") != "",
	})
	if err != nil {
		if form, ok := entry.Refused(err, values, "ref"); ok {
			return s.appPage(c, form, entry.Status(err))
		}
		return err
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(d))
}
