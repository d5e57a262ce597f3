package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/draft"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) sessionNew(c echo.Context) error {
	if _, err := s.authenticate(c); err == nil {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	if needed, err := s.Control.SetupNeeded(c.Request().Context()); err != nil || needed {
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
	return s.Show(c, render.Page{Title: "Sign in", Body: pages.SignInPage(pages.SignIn{Back: render.LocalPath(c.QueryParam("back"))})})
}

func (s *Server) sessionCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	session, err := s.Control.SignIn(c.Request().Context(), entry.Trimmed(values, "email"), values.Get("password"), c.RealIP(), c.Request().UserAgent())
	if err != nil {
		values.Del("password")
		form, ok := entry.Refused(err, values, "email")
		if paas.KindOf(err) == paas.Unauthorized {
			form, ok = components.Form{Values: values, Error: entry.Message(err)}, true
		}
		if !ok {
			return err
		}
		return s.Show(c, render.Page{Title: "Sign in", Status: entry.Status(err), Body: pages.SignInPage(pages.SignIn{Form: form, Pending: values.Get("pending")})})
	}
	s.SetCookie(c, s.cookieName(), session, sessionLength)
	if d, ok := draft.Open(s.Drafts, values.Get("pending"), time.Now()); ok {
		return s.resume(c, d, session)
	}
	return c.Redirect(http.StatusSeeOther, render.LocalPath(values.Get("back")))
}

func (s *Server) sessionDelete(c echo.Context) error {
	if cookie, err := c.Cookie(s.cookieName()); err == nil && cookie.Value != "" {
		if err := s.Control.SignOut(c.Request().Context(), cookie.Value); err != nil && paas.KindOf(err) != paas.Unauthorized {
			return err
		}
	}
	s.SetCookie(c, s.cookieName(), "", 0)
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}

func (s *Server) setupShow(c echo.Context) error {
	needed, err := s.Control.SetupNeeded(c.Request().Context())
	switch {
	case err != nil:
		return err
	case !needed:
		return c.Redirect(http.StatusSeeOther, "/")
	case c.QueryParam("token") == "":
		return s.Show(c, render.Page{Title: "Set up", Body: pages.SetUpClosedPage()})
	}
	return s.Show(c, render.Page{Title: "Set up", Body: pages.SetUpPage(pages.SetUp{Token: c.QueryParam("token")})})
}

func (s *Server) setupCreate(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	session, err := s.Control.SetUp(c.Request().Context(), control.SetUp{
		Token: values.Get("token"), Email: entry.Trimmed(values, "email"), Name: entry.Trimmed(values, "name"),
		Password: values.Get("password"), Team: entry.Trimmed(values, "team"),
	})
	if err != nil {
		values.Del("password")
		form, ok := entry.Refused(err, values, "email", "name", "password", "team")
		if kind := paas.KindOf(err); kind == paas.Unauthorized || kind == paas.Forbidden || kind == paas.NotFound {
			form, ok = components.Form{Values: values, Error: entry.Message(err)}, true
		}
		if !ok {
			return err
		}
		return s.Show(c, render.Page{Title: "Set up", Status: entry.Status(err), Body: pages.SetUpPage(pages.SetUp{Form: form})})
	}
	s.SetCookie(c, s.cookieName(), session, sessionLength)
	return c.Redirect(http.StatusSeeOther, "/apps/new")
}

// themeLength is how long a browser remembers its theme.
const themeLength = 365 * 24 * time.Hour

func (s *Server) themeSet(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	theme := values.Get("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	s.SetCookie(c, render.ThemeCookie, theme, themeLength)
	return c.Redirect(http.StatusSeeOther, render.LocalPath(values.Get("back")))
}
