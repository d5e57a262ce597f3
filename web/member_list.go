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

// team is the one that a page is about: the one asked for, or the first of the actor's.
func (s *Server) team(c echo.Context, name string) (paas.Team, []paas.Team, error) {
	teams, err := s.Control.Teams(c.Request().Context(), render.Actor(c))
	if err != nil {
		return paas.Team{}, nil, err
	}
	for _, t := range teams {
		if t.Name == name || name == "" {
			return t, teams, nil
		}
	}
	return paas.Team{}, nil, paas.Errorf(paas.NotFound, "There is no team called %q.", name)
}

func (s *Server) memberList(c echo.Context) error {
	return s.memberPage(c, pages.Members{}, c.QueryParam("team"), 0)
}

func (s *Server) memberPage(c echo.Context, m pages.Members, name string, status int) error {
	actor := render.Actor(c)
	team, teams, err := s.team(c, name)
	if err != nil {
		return err
	}
	m.Team, m.Teams, m.Self, m.Owner = team.Name, teams, actor.UserID, actor.Teams[team.ID] == paas.RoleOwner
	m.Members, err = s.Control.Members(c.Request().Context(), actor, team.Name)
	if err != nil {
		return err
	}
	return s.Show(c, render.Page{Title: "Team " + team.Name, Section: "team", Status: status, Body: pages.MembersPage(m)})
}

func (s *Server) memberAdd(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	email := entry.Trimmed(values, "email")
	password, err := s.Control.MemberAdd(c.Request().Context(), render.Actor(c), values.Get("team"), email, entry.Trimmed(values, "name"), paas.Role(values.Get("role")))
	if err != nil {
		if form, ok := entry.Refused(err, values, "email", "name", "role"); ok {
			return s.memberPage(c, pages.Members{Form: form}, values.Get("team"), entry.Status(err))
		}
		return err
	}
	// Shown in the answer itself, not after a redirect: the password is nowhere else.
	return s.memberPage(c, pages.Members{Added: email, Password: password}, values.Get("team"), 0)
}

func (s *Server) memberRemove(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	user, err := strconv.ParseInt(values.Get("user"), 10, 64)
	if err != nil {
		return paas.Errorf(paas.NotFound, "There is no such member.")
	}
	if err := s.Control.MemberRemove(c.Request().Context(), render.Actor(c), values.Get("team"), user); err != nil {
		if form, ok := entry.Refused(err, values); ok {
			return s.memberPage(c, pages.Members{Form: components.Form{Error: form.Error}}, values.Get("team"), entry.Status(err))
		}
		return err
	}
	return s.Done(c, "removed", "/members")
}
