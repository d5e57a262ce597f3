package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
)

func (s *Server) deploymentCreate(c echo.Context) error {
	values, err := sent(c)
	if err != nil {
		return err
	}
	d, err := s.Control.Deploy(c.Request().Context(), actorOf(c), c.Param("app"), control.DeployRequest{
		Ref: trimmed(values, "ref"), NoCache: values.Get("no-cache") != "", ConfigOnly: values.Get("config") != "",
	})
	if err != nil {
		if form, ok := refused(err, values, "ref"); ok {
			return s.appPage(c, form, status(err))
		}
		return err
	}
	return c.Redirect(http.StatusSeeOther, deploymentPath(d))
}
