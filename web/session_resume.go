package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/draft"
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// formPages are the pages of forms that are not sent to their page's own address nor to one below it.
var formPages = map[string]string{
	"/apps/inspect":          "/apps/new",
	"/apps/:app/deployments": "/apps/:app",
	"/apps/:app/scale":       "/apps/:app/settings",
	"/apps/:app/destroy":     "/apps/:app/settings",
	"/apps/:app/stop":        "/apps/:app/settings",
}

// formPage is the page that has the form a request sends: from the route table, never from what the browser says. The
// query of that very page is kept: it names the team or the release.
func (s *Server) formPage(c echo.Context) string {
	pattern, path := c.Path(), c.Request().URL.EscapedPath()
	if page := formPages[pattern]; page != "" {
		pattern, path = page, strings.ReplaceAll(page, ":app", url.PathEscape(c.Param("app")))
	}
	for !s.shown[pattern] {
		i, j := strings.LastIndexByte(pattern, '/'), strings.LastIndexByte(path, '/')
		if i <= 0 || j <= 0 {
			return "/"
		}
		pattern, path = pattern[:i], path[:j]
	}
	if from, err := url.Parse(c.Request().Referer()); err == nil && from.Host == c.Request().Host && from.EscapedPath() == path && from.RawQuery != "" {
		path += "?" + from.RawQuery
	}
	return render.LocalPath(path)
}

// signInAgain answers a form whose sender's session has ended with the sign-in page, which carries the form along.
func (s *Server) signInAgain(c echo.Context) error {
	values, err := entry.Read(c)
	if err != nil {
		return err
	}
	back := s.formPage(c)
	pending, err := draft.Draft{Page: back, Values: values, At: time.Now()}.Seal(s.Drafts)
	if err != nil {
		return err
	}
	m := pages.SignIn{Back: back, Pending: pending, Lost: pending == ""}
	return s.Show(c, render.Page{Title: "Sign in", Status: http.StatusUnauthorized, Body: pages.SignInPage(m)})
}

// resume shows the page of a form with what was entered before its sender signed in again, as if she had asked for that
// page with her new session. Nothing is carried out.
func (s *Server) resume(c echo.Context, d draft.Draft, session string) error {
	page, err := url.Parse(render.LocalPath(d.Page))
	if err != nil {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	r := c.Request().Clone(components.WithDraft(c.Request().Context(), d.Values))
	r.Method, r.URL, r.RequestURI = http.MethodGet, page, page.RequestURI()
	r.Body, r.ContentLength, r.Form, r.PostForm = http.NoBody, 0, nil, nil
	r.Header.Del(echo.HeaderContentType)
	r.Header.Del(echo.HeaderCookie)
	for _, cookie := range c.Cookies() {
		if cookie.Name != s.cookieName() {
			r.AddCookie(cookie)
		}
	}
	r.AddCookie(&http.Cookie{Name: s.cookieName(), Value: session})
	s.echo.ServeHTTP(c.Response().Writer, r)
	c.Response().Committed = true // by the page's own answer
	return nil
}
