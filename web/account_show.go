package web

import (
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) accountShow(c echo.Context) error { return s.accountPage(c, components.Form{}, 0) }

func (s *Server) accountPage(c echo.Context, form components.Form, status int) error {
	actor := render.Actor(c)
	teams, err := s.Control.Teams(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return s.Show(c, render.Page{Title: "Account", Section: "account", Status: status, Body: pages.AccountPage(pages.Account{Form: form, Name: actor.Name, Teams: teams})})
}

func (s *Server) accountPassword(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	if err := s.Control.PasswordChange(c.Request().Context(), render.Actor(c), values.Get("old"), values.Get("new")); err != nil {
		form, ok := entry.Refused(err, nil, "old", "new")
		if paas.KindOf(err) == paas.Unauthorized {
			form, ok = components.Form{Wrong: map[string]string{"old": entry.Message(err)}}, true
		}
		if !ok {
			return err
		}
		return s.accountPage(c, form, entry.Status(err))
	}
	return s.Done(c, "password", "/account")
}
