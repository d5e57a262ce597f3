package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// appsPerPage keeps the home page under a tenth of a second to make and to morph.
const appsPerPage = 100

func (s *Server) appList(c echo.Context) error {
	actor := render.Actor(c)
	query, page := strings.TrimSpace(c.QueryParam("q")), pageOf(c, appsPerPage)
	apps, err := s.Control.Apps(c.Request().Context(), actor, query, page)
	if err != nil {
		return err
	}
	m := pages.Apps{Query: query, First: len(apps) == 0 && query == "" && page.Before == 0}
	for _, a := range apps {
		m.Rows = append(m.Rows, appRow(a, len(actor.Teams) > 1))
	}
	if len(apps) == page.Limit {
		m.Next = older("/", url.Values{"q": {query}}, apps[len(apps)-1].App.ID)
	}
	return s.Show(c, render.Page{Title: "Apps", Section: "apps", Topics: teamTopics(actor), Body: pages.AppsPage(m)})
}

func appRow(a control.AppSummary, showTeam bool) pages.AppRow {
	return pages.AppRow{
		Name: a.App.Name, Team: a.App.TeamName, ShowTeam: showTeam, Health: components.Health(string(a.Health)),
		Ready: a.Running, Wanted: a.Wanted, Release: a.Release, Latest: a.Latest,
		NeedsMe: a.NeedsMe, LastActor: a.LastActor, LastChange: a.LastChange,
	}
}

func teamTopics(actor paas.Actor) (topics []paas.Topic) {
	for team := range actor.Teams {
		topics = append(topics, topicOf("team", team))
	}
	return topics
}

func topicOf(kind string, id int64) paas.Topic {
	return paas.Topic(kind + ":" + strconv.FormatInt(id, 10))
}

// pageOf reads which part of a long list is asked for.
func pageOf(c echo.Context, limit int) control.Page {
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // anything else starts at the newest
	return control.Page{Before: max(before, 0), Limit: limit}
}

// older is the address of the next part of a list.
func older(path string, query url.Values, before int64) string {
	query.Set("before", strconv.FormatInt(before, 10))
	if query.Get("q") == "" {
		query.Del("q")
	}
	return path + "?" + query.Encode()
}

// paletteList is what the palette offers beside the pages: apps by name.
func (s *Server) paletteList(c echo.Context) error {
	apps, err := s.Control.Apps(c.Request().Context(), render.Actor(c), c.QueryParam("q"), control.Page{Limit: 20})
	if err != nil {
		return err
	}
	names := []string{}
	for _, a := range apps {
		names = append(names, a.App.Name)
	}
	return c.JSON(http.StatusOK, names)
}
