package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
)

// health says that the process answers.
func (s *Server) health(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says that what the process needs answers too.
func (s *Server) ready(c echo.Context) error {
	if s.Ready != nil {
		if err := s.Ready(c.Request().Context()); err != nil {
			s.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
			return c.String(paas.Unavailable.Status(), "not ready\n")
		}
	}
	return c.String(http.StatusOK, "ready\n")
}
