package live

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/render"
)

const (
	// viewGather lets hints of one change arrive together before the page is rendered.
	viewGather = 40 * time.Millisecond
	// viewEvery is the shortest time between two renders of a page; more often nobody can read.
	viewEvery = 250 * time.Millisecond
	// viewLook is when the page is rendered without any hint, in case one was lost.
	viewLook = 10 * time.Second
)

// news tells the browser which fragments read differently now. At makes it true that a page without news is fresh.
type news struct {
	Title     string                `json:"title"`
	At        int64                 `json:"at"` // milliseconds since 1970
	Fragments []components.Fragment `json:"fragments"`
}

// followView keeps a page fresh: after each hint, and now and then without one, it renders the page as the browser's
// own request would be answered, and sends the fragments that differ from what the browser has. The rights are those of
// the page, checked anew at every render.
func (l *conn) followView(ctx context.Context, path string, have map[string]string) {
	hints := l.hub.bus.Subscribe()
	defer hints.Close()
	have = maps.Clone(have)
	if have == nil {
		have = map[string]string{}
	}
	for {
		rendered := time.Now()
		page := l.hub.portal.Snapshot(ctx, l.c, path)
		if page.Err != nil {
			if !l.survives(ctx, page.Err) {
				return
			}
		} else {
			hints.Add(page.Topics...)
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
func (l *conn) survives(ctx context.Context, err error) bool {
	switch paas.KindOf(err) {
	case paas.Internal, paas.Unavailable, paas.TooMany:
		if ctx.Err() == nil {
			l.hub.log.WarnContext(ctx, "render for a live page", "error", err)
		}
		return ctx.Err() == nil
	default:
		_ = l.send(ctx, []byte(`{"reload":true}`)) // gone either way
		return false
	}
}

func (l *conn) sendNews(ctx context.Context, page *render.Snapshot, have map[string]string) error {
	n := news{Title: page.Title, At: time.Now().UnixMilli(), Fragments: []components.Fragment{}}
	for _, f := range page.Fragments {
		if have[f.ID] != f.Hash {
			n.Fragments = append(n.Fragments, f)
		}
	}
	message, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := l.send(ctx, message); err != nil {
		return err
	}
	for _, f := range n.Fragments {
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
