package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) credentialList(c echo.Context) error {
	return s.credentialPage(c, components.Form{}, c.QueryParam("team"), 0)
}

func (s *Server) credentialPage(c echo.Context, form components.Form, name string, status int) error {
	actor := render.Actor(c)
	team, teams, err := s.team(c, name)
	if err != nil {
		return err
	}
	credentials, err := s.Control.Credentials(c.Request().Context(), actor, team.Name)
	if err != nil {
		return err
	}
	m := pages.Credentials{Team: team.Name, Teams: teams, Credentials: credentials, Owner: actor.Teams[team.ID] == paas.RoleOwner, Form: form}
	return s.Show(c, render.Page{Title: "Credentials", Section: "credentials", Status: status, Body: pages.CredentialsPage(m)})
}

func (s *Server) credentialCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	_, err = s.Control.CredentialCreate(c.Request().Context(), render.Actor(c), values.Get("team"), entry.Trimmed(values, "name"),
		paas.CredentialKind(values.Get("kind")), entry.Trimmed(values, "username"), values.Get("secret"))
	if err != nil {
		if form, ok := entry.Refused(err, values, "name", "kind", "username", "secret"); ok {
			return s.credentialPage(c, form, values.Get("team"), entry.Status(err))
		}
		return err
	}
	return s.Done(c, "credential", "/credentials?team="+values.Get("team"))
}

func (s *Server) credentialDelete(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("id"), 10, 64)
	if err != nil {
		return paas.Errorf(paas.NotFound, "There is no such credential.")
	}
	if err := s.Control.CredentialDelete(c.Request().Context(), render.Actor(c), values.Get("team"), id); err != nil {
		if form, ok := entry.Refused(err, nil); ok {
			return s.credentialPage(c, form, values.Get("team"), entry.Status(err))
		}
		return err
	}
	return s.Done(c, "removed", "/credentials")
}
