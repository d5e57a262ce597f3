// Package render turns the content of a page into the document that a browser gets, or into the fragments that a live
// page lacks: the same handler answers both.
package render

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

// Page is a page ready to be shown.
type Page struct {
	Title   string
	Section string       // of the menu: "apps", "nodes", "team", "credentials", "account"
	Status  int          // 0 is 200
	Topics  []paas.Topic // whose hints make it worth rendering again; none for a page that stays as it is
	Logs    bool         // it has a log viewer
	Body    templ.Component
}

// Renderer shows pages.
type Renderer struct {
	Asset  func(name string) string // address of a file of the portal
	Secure bool                     // people reach the portal by https
}

// Show renders to a buffer first, so that a failing template is an error page and not half a page.
func (r *Renderer) Show(c echo.Context, p Page) error {
	ctx := c.Request().Context()
	if live := Live(c); live != nil {
		return live.collect(ctx, p)
	}
	actor := Actor(c)
	frame := layout.Frame{
		Title: p.Title, Section: p.Section, Path: c.Request().URL.RequestURI(),
		Theme: themeOf(c), User: actor.Name, Operator: actor.Operator,
		Live: len(p.Topics) > 0, Logs: p.Logs, Asset: r.Asset, Flash: r.takeFlash(c), Nonce: nonce(c), Resumed: components.Draft(ctx) != nil,
	}
	var page bytes.Buffer
	if err := layout.Page(frame).Render(templ.WithChildren(ctx, p.Body), &page); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	return c.HTMLBlob(p.Status, page.Bytes())
}

// Snapshot is a page's fragments as they read now.
type Snapshot struct {
	Title     string
	Topics    []paas.Topic
	Fragments []components.Fragment
	Err       error // why the page could not be rendered
}

type snapshotKey struct{}

// Into makes requests with the context fill the snapshot instead of answering.
func (s *Snapshot) Into(ctx context.Context) context.Context {
	return context.WithValue(ctx, snapshotKey{}, s)
}

// Live is the snapshot that a request fills, nil for an ordinary request.
func Live(c echo.Context) *Snapshot {
	live, _ := c.Request().Context().Value(snapshotKey{}).(*Snapshot)
	return live
}

func (s *Snapshot) collect(ctx context.Context, p Page) error {
	s.Title, s.Topics = p.Title+" · Slipway", p.Topics
	ctx = components.Collect(ctx, func(f components.Fragment) { s.Fragments = append(s.Fragments, f) })
	if err := p.Body.Render(ctx, io.Discard); err != nil {
		return fmt.Errorf("render fragments: %w", err)
	}
	return nil
}

const flashCookie = "slipway-done"

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

// Done redirects after an action that worked.
func (r *Renderer) Done(c echo.Context, flash, path string) error {
	if flash != "" {
		r.SetCookie(c, flashCookie, flash, time.Minute)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

func (r *Renderer) takeFlash(c echo.Context) string {
	cookie, err := c.Cookie(flashCookie)
	if err != nil || cookie.Value == "" {
		return ""
	}
	r.SetCookie(c, flashCookie, "", 0)
	return flashes[cookie.Value]
}
