// Package live keeps pages fresh: one websocket per page, which carries what changed of the page and the lines of the
// logs it follows, from the cursors that the browser sends.
package live

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/render"
)

// Bus is where hints and log lines come from.
type Bus interface {
	// Subscribe collects hints about topics until it is closed.
	Subscribe(topics ...paas.Topic) Hints
	// FollowLogs calls fn with the lines of a log from line from on, until ctx ends or fn fails.
	FollowLogs(ctx context.Context, topic paas.Topic, from int64, fn func([]paas.Log) error) error
}

// Hints are "something about this topic changed".
type Hints interface {
	Next(ctx context.Context) ([]paas.Topic, error)
	Add(topics ...paas.Topic)
	Close()
}

// Portal is what a connection asks of the rest of the portal.
type Portal interface {
	// Authenticate finds out anew who opened the connection.
	Authenticate(c echo.Context) (paas.Actor, error)
	// CanFollow is nil when the actor may read a log.
	CanFollow(ctx context.Context, actor paas.Actor, t paas.Topic) error
	// Snapshot renders a page as it reads now for whoever opened the connection.
	Snapshot(ctx context.Context, opened echo.Context, path string) *render.Snapshot
}

// Hub opens the websockets and knows how many there are.
type Hub struct {
	portal   Portal
	bus      Bus
	log      *slog.Logger
	upgrader websocket.Upgrader
	caps     caps
	person   int // most connections of one person
	address  int // and of one address
}

// NewHub lets only pages of the origin ("http://127.0.0.1:8080") open websockets: the Origin header must be the
// configured public address, not just match Host, which a rebinding name would.
func NewHub(portal Portal, bus Bus, origin string, log *slog.Logger) *Hub {
	return &Hub{
		portal: portal, bus: bus, log: log, caps: caps{open: map[string]int{}}, person: PerPerson, address: PerAddress,
		upgrader: websocket.Upgrader{
			CheckOrigin:      func(r *http.Request) bool { return strings.EqualFold(r.Header.Get("Origin"), origin) },
			HandshakeTimeout: 10 * time.Second, ReadBufferSize: 4 << 10, WriteBufferSize: 16 << 10,
		},
	}
}

// Follow upgrades the request and serves it until the browser, or Slipway, goes.
func (h *Hub) Follow(c echo.Context) error {
	ws, err := h.upgrader.Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil //nolint:nilerr // the upgrader has answered already
	}
	actor := render.Actor(c)
	person, address := "person:"+strconv.FormatInt(actor.UserID, 10), "address:"+c.RealIP()
	most := map[string]int{person: h.person, address: h.address}
	full, ok := h.caps.take(most)
	if !ok {
		// The websocket is opened first because a browser tells its page nothing of why one was refused.
		why := fmt.Sprintf("You have %d live pages open. Close some: this one becomes live by itself.", h.person)
		if full == address {
			why = fmt.Sprintf("%d live pages are open from your network's address. This one becomes live when another is closed.", h.address)
		}
		return end(ws, closed{closeTooMany, why})
	}
	defer h.caps.give(most)
	return h.serve(c, ws, actor)
}
