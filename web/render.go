package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/layout"
)

// view is a page ready to be shown.
type view struct {
	title   string
	section string
	status  int // 0 is 200
	topics  []paas.Topic
	logs    bool
	body    templ.Component
}

// snapshot is a page's fragments as they read now, for the live loop.
type snapshot struct {
	title     string
	topics    []paas.Topic
	fragments []components.Fragment
	err       error // why the page could not be rendered
}

type snapshotKey struct{}

// liveOf is the snapshot that a render for the live loop fills, nil for an ordinary request.
func liveOf(c echo.Context) *snapshot {
	live, _ := c.Request().Context().Value(snapshotKey{}).(*snapshot)
	return live
}

// show renders to a buffer first, so that a failing template is an error page and not half a page.
func (s *Server) show(c echo.Context, v view) error {
	ctx := c.Request().Context()
	if live := liveOf(c); live != nil {
		return s.collect(ctx, v, live)
	}
	actor := actorOf(c)
	frame := layout.Frame{
		Title: v.title, Section: v.section, Path: c.Request().URL.RequestURI(),
		Theme: themeOf(c), User: actor.Name, Operator: actor.Operator,
		Live: len(v.topics) > 0, Logs: v.logs, Asset: s.Assets.Path, Flash: s.takeFlash(c),
	}
	frame.Nonce, _ = c.Get(nonceKey).(string)
	var page bytes.Buffer
	if err := layout.Page(frame).Render(templ.WithChildren(ctx, v.body), &page); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	if v.status == 0 {
		v.status = http.StatusOK
	}
	return c.HTMLBlob(v.status, page.Bytes())
}

func (s *Server) collect(ctx context.Context, v view, live *snapshot) error {
	live.title, live.topics = v.title+" · Slipway", v.topics
	ctx = components.Collect(ctx, func(f components.Fragment) { live.fragments = append(live.fragments, f) })
	if err := v.body.Render(ctx, io.Discard); err != nil {
		return fmt.Errorf("render fragments: %w", err)
	}
	return nil
}

const (
	themeCookie = "slipway-theme"
	flashCookie = "slipway-done"
)

func themeOf(c echo.Context) string {
	if cookie, err := c.Cookie(themeCookie); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

// flashes are the sentences after an action. The cookie carries only the key, so that nobody can put words on a page.
var flashes = map[string]string{
	"variables":  "Variables saved. They take effect with the next deploy.",
	"settings":   "Saved. It takes effect with the next deploy.",
	"scaled":     "Scaled. Tasks start and stop now.",
	"stopped":    "The app is stopped.",
	"started":    "The app is starting.",
	"destroyed":  "The app is destroyed.",
	"created":    "The app is created. Nothing is deployed yet.",
	"password":   "Your password is changed.",
	"removed":    "Removed.",
	"revoked":    "The token no longer works.",
	"credential": "The credential is kept.",
}

// done redirects after an action that worked.
func (s *Server) done(c echo.Context, flash, path string) error {
	if flash != "" {
		s.setCookie(c, flashCookie, flash, time.Minute)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

func (s *Server) takeFlash(c echo.Context) string {
	cookie, err := c.Cookie(flashCookie)
	if err != nil || cookie.Value == "" {
		return ""
	}
	s.setCookie(c, flashCookie, "", 0)
	return flashes[cookie.Value]
}
