package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

const (
	// viewGather lets hints of one change arrive together before the page is rendered.
	viewGather = 40 * time.Millisecond
	// viewEvery is the shortest time between two renders of a page; more often nobody can read.
	viewEvery = 250 * time.Millisecond
	// viewLook is when the page is rendered without any hint, in case one was lost.
	viewLook = 10 * time.Second
)

// liveNews tells the browser which fragments read differently now. At makes it true that a page without news is fresh.
type liveNews struct {
	Title     string                `json:"title"`
	At        int64                 `json:"at"` // milliseconds since 1970
	Fragments []components.Fragment `json:"fragments"`
}

// followView keeps a page fresh: after each hint, and now and then without one, it renders the page as the browser's
// own request would be answered, and sends the fragments that differ from what the browser has. The rights are those of
// the page, checked anew at every render.
func (l *liveConn) followView(ctx context.Context, path string, have map[string]string) {
	hints := l.server.Bus.Subscribe()
	defer hints.Close()
	have = maps.Clone(have)
	if have == nil {
		have = map[string]string{}
	}
	for {
		rendered := time.Now()
		page := l.server.snapshot(ctx, l.c, path)
		if page.err != nil {
			if !l.survives(ctx, page.err) {
				return
			}
		} else {
			hints.Add(page.topics...)
			if err := l.sendNews(ctx, page, have); err != nil {
				return
			}
		}
		if err := waitForHint(ctx, hints, rendered); err != nil {
			return
		}
	}
}

// survives reports whether the page may be rendered later; when it cannot, the browser is told to load it.
func (l *liveConn) survives(ctx context.Context, err error) bool {
	switch paas.KindOf(err) {
	case paas.Internal, paas.Unavailable, paas.TooMany:
		if ctx.Err() == nil {
			l.server.Log.WarnContext(ctx, "render for a live page", "error", err)
		}
		return ctx.Err() == nil
	default:
		_ = l.send(ctx, []byte(`{"reload":true}`)) // gone either way
		return false
	}
}

func (l *liveConn) sendNews(ctx context.Context, page *snapshot, have map[string]string) error {
	news := liveNews{Title: page.title, At: time.Now().UnixMilli(), Fragments: []components.Fragment{}}
	for _, f := range page.fragments {
		if have[f.ID] != f.Hash {
			news.Fragments = append(news.Fragments, f)
		}
	}
	message, err := json.Marshal(news)
	if err != nil {
		return err
	}
	if err := l.send(ctx, message); err != nil {
		return err
	}
	for _, f := range news.Fragments {
		have[f.ID] = f.Hash
	}
	return nil
}

// waitForHint returns when the page may have changed, not sooner than viewEvery after it was rendered.
func waitForHint(ctx context.Context, hints Hints, rendered time.Time) error {
	look, cancel := context.WithTimeout(ctx, viewLook)
	defer cancel()
	if _, err := hints.Next(look); err != nil {
		return ctx.Err() // nil when only the time to look has come
	}
	pause := time.NewTimer(max(viewGather, time.Until(rendered.Add(viewEvery))))
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pause.C:
		return nil
	}
}

// snapshot renders a page for the live loop by sending its request through the router once more, with the cookies of
// the request that opened the websocket.
func (s *Server) snapshot(ctx context.Context, opened echo.Context, path string) *snapshot {
	page := &snapshot{}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, snapshotKey{}, page), http.MethodGet, path, nil)
	if err != nil {
		page.err = paas.Errorf(paas.NotFound, "There is nothing at this address.").Because(err)
		return page
	}
	r.RemoteAddr, r.Host = opened.Request().RemoteAddr, opened.Request().Host
	for _, cookie := range opened.Cookies() {
		r.AddCookie(cookie)
	}
	found := s.echo.AcquireContext()
	defer s.echo.ReleaseContext(found)
	s.echo.Router().Find(r.Method, r.URL.Path, found)
	if !s.live[found.Path()] {
		page.err = paas.Errorf(paas.NotFound, "This page is not kept fresh.")
		return page
	}
	s.echo.ServeHTTP(nowhere{http.Header{}}, r)
	if page.err == nil && page.fragments == nil {
		page.err = errors.New("the page rendered nothing")
	}
	slices.Sort(page.topics)
	return page
}

// nowhere takes the answer of a request that only fills a snapshot.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}
