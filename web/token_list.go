package web

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
)

func (s *Server) tokenList(c echo.Context) error { return s.tokenPage(c, pages.Tokens{}, 0) }

func (s *Server) tokenPage(c echo.Context, m pages.Tokens, status int) error {
	tokens, err := s.Control.Tokens(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	for _, t := range tokens {
		m.Tokens = append(m.Tokens, pages.Token{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsed: t.LastUsedAt})
	}
	m.URL = origin(s.public)
	return s.show(c, view{title: "API tokens", section: "account", status: status, body: pages.TokensPage(m)})
}

func (s *Server) tokenCreate(c echo.Context) error {
	values, err := sent(c)
	if err != nil {
		return err
	}
	days, err := whole(values, "days", "The number of days", 1, 365)
	var secret string
	if err == nil {
		secret, _, err = s.Control.TokenCreate(c.Request().Context(), actorOf(c), trimmed(values, "name"), time.Duration(days)*24*time.Hour)
	}
	if err != nil {
		if form, ok := refused(err, values, "name", "days"); ok {
			return s.tokenPage(c, pages.Tokens{Form: form}, status(err))
		}
		return err
	}
	// Shown in the answer itself, not after a redirect: the secret is nowhere else.
	return s.tokenPage(c, pages.Tokens{Secret: secret}, 0)
}

func (s *Server) tokenRevoke(c echo.Context) error {
	values, err := sent(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(values.Get("id"), 10, 64)
	if err != nil {
		return paas.Errorf(paas.NotFound, "There is no such token.")
	}
	if err := s.Control.TokenRevoke(c.Request().Context(), actorOf(c), id); err != nil {
		return err
	}
	return s.done(c, "revoked", "/tokens")
}
