package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/render"
)

// livePortal is the portal as its websockets see it.
type livePortal struct{ *Server }

func (l livePortal) Authenticate(c echo.Context) (paas.Actor, error) { return l.authenticate(c) }

func (l livePortal) CanFollow(ctx context.Context, actor paas.Actor, t paas.Topic) error {
	return l.Control.CanFollow(ctx, actor, t)
}

// Snapshot renders a page for the live loop by sending its request through the router once more, with the cookies of
// the request that opened the websocket.
func (l livePortal) Snapshot(ctx context.Context, opened echo.Context, path string) *render.Snapshot {
	page := &render.Snapshot{}
	r, err := http.NewRequestWithContext(page.Into(ctx), http.MethodGet, path, nil)
	if err != nil {
		page.Err = paas.Errorf(paas.NotFound, "There is nothing at this address.").Because(err)
		return page
	}
	r.RemoteAddr, r.Host = opened.Request().RemoteAddr, opened.Request().Host
	for _, cookie := range opened.Cookies() {
		r.AddCookie(cookie)
	}
	found := l.echo.AcquireContext()
	defer l.echo.ReleaseContext(found)
	l.echo.Router().Find(r.Method, r.URL.Path, found)
	if !l.live[found.Path()] {
		page.Err = paas.Errorf(paas.NotFound, "This page is not kept fresh.")
		return page
	}
	l.echo.ServeHTTP(nowhere{http.Header{}}, r)
	if page.Err == nil && page.Fragments == nil {
		page.Err = errors.New("the page rendered nothing")
	}
	slices.Sort(page.Topics)
	return page
}

// nowhere takes the answer of a request that only fills a snapshot.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}
