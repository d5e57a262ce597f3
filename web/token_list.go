package web

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) tokenList(c echo.Context) error { return s.tokenPage(c, pages.Tokens{}, 0) }

func (s *Server) tokenPage(c echo.Context, m pages.Tokens, status int) error {
	tokens, err := s.Control.Tokens(c.Request().Context(), render.Actor(c))
	if err != nil {
		return err
	}
	for _, t := range tokens {
		m.Tokens = append(m.Tokens, pages.Token{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsed: t.LastUsedAt})
	}
	m.URL = origin(s.public)
	return s.Show(c, render.Page{Title: "API tokens", Section: "account", Status: status, Body: pages.TokensPage(m)})
}

func (s *Server) tokenCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	days, err := entry.Whole(values, "days", "The number of days", 1, 365)
	var secret string
	if err == nil {
		secret, _, err = s.Control.TokenCreate(c.Request().Context(), render.Actor(c), entry.Trimmed(values, "name"), time.Duration(days)*24*time.Hour)
	}
	if err != nil {
		if form, ok := entry.Refused(err, values, "name", "days"); ok {
			return s.tokenPage(c, pages.Tokens{Form: form}, entry.Status(err))
		}
		return err
	}
	// Shown in the answer itself, not after a redirect: the secret is nowhere else.
	return s.tokenPage(c, pages.Tokens{Secret: secret}, 0)
}

func (s *Server) tokenRevoke(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("id"), 10, 64)
	if err != nil {
		return paas.Errorf(paas.NotFound, "There is no such token.")
	}
	if err := s.Control.TokenRevoke(c.Request().Context(), render.Actor(c), id); err != nil {
		return err
	}
	return s.Done(c, "revoked", "/tokens")
}
