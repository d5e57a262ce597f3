package web

import (
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
)

func (s *Server) accountShow(c echo.Context) error { return s.accountPage(c, components.Form{}, 0) }

func (s *Server) accountPage(c echo.Context, form components.Form, status int) error {
	actor := actorOf(c)
	teams, err := s.Control.Teams(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return s.show(c, view{title: "Account", section: "account", status: status, body: pages.AccountPage(pages.Account{Form: form, Name: actor.Name, Teams: teams})})
}

func (s *Server) accountPassword(c echo.Context) error {
	values, err := sent(c)
	if err != nil {
		return err
	}
	if err := s.Control.PasswordChange(c.Request().Context(), actorOf(c), values.Get("old"), values.Get("new")); err != nil {
		form, ok := refused(err, nil, "old", "new")
		if paas.KindOf(err) == paas.Unauthorized {
			form, ok = components.Form{Wrong: map[string]string{"old": messageOf(err)}}, true
		}
		if !ok {
			return err
		}
		return s.accountPage(c, form, status(err))
	}
	return s.done(c, "password", "/account")
}
