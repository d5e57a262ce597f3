package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/render"
)

// Limits of a live connection. Source: reliability bars R17 and R18 (dead after 30 s; at most 1 MiB held for a reader
// that never reads).
const (
	liveReadLimit = 64 << 10 // bytes of one message of the browser
	livePing      = 15 * time.Second
	liveDead      = 30 * time.Second
	liveWrite     = 10 * time.Second
	liveRecheck   = 60 * time.Second
	// liveLogs is how many logs one page may follow at a time: every task of an app that its log page shows, and room
	// for those that start while it is open.
	liveLogs       = 64
	liveBatchBytes = 96 << 10
)

// Close codes of ours (RFC 6455 leaves 4000 to 4999 to applications). The browser reloads on the first two: it lands
// where it may be. On the third it says why the page is not live, and tries again later.
const (
	closeSignedOut = 4401
	closeForbidden = 4403
	closeTooMany   = 4429
)

// ask is what the browser says: which page it shows with the hashes of the fragments it has, and which logs it
// follows from which line on. Every ask adds; a page is replaced by the next.
type ask struct {
	View  string            `json:"view"`
	Have  map[string]string `json:"have"`
	Sub   []subscription    `json:"sub"`
	Unsub []paas.Topic      `json:"unsub"`
}

type subscription struct {
	Topic  paas.Topic `json:"topic"`
	Cursor int64      `json:"cursor"` // the first line wanted
}

// conn is one browser's websocket. One goroutine reads, one writes, and one per followed thing waits for its turn
// to write: a slow browser makes them wait, and nobody else.
type conn struct {
	hub   *Hub
	ws    *websocket.Conn
	c     echo.Context // of the request that opened it: cookies for rendering its pages
	actor paas.Actor

	out  chan []byte // not buffered: who sends waits for the browser
	work sync.WaitGroup

	mu   sync.Mutex
	view context.CancelFunc                // ends the present page's loop
	logs map[paas.Topic]context.CancelFunc // end the followed logs
}

// serve follows for the browser until it, or Slipway, goes.
func (h *Hub) serve(c echo.Context, ws *websocket.Conn, actor paas.Actor) error {
	ctx, cancel := context.WithCancelCause(c.Request().Context())
	l := &conn{hub: h, ws: ws, c: c, actor: actor, out: make(chan []byte), logs: map[paas.Topic]context.CancelFunc{}}
	l.work.Go(func() { l.write(ctx, cancel) })
	l.work.Go(func() { cancel(l.recheck(ctx)) })
	// The hijacked connection does not notice that ctx ended while it waits for the browser.
	stop := context.AfterFunc(ctx, func() { _ = ws.SetReadDeadline(time.Now()) })
	cancel(l.read(ctx))
	stop()
	l.work.Wait()
	return l.close(context.Cause(ctx))
}

// closed is an end with a code that the browser understands.
type closed struct {
	code int
	why  string
}

func (c closed) Error() string { return c.why }

func (l *conn) close(cause error) error {
	why := closed{websocket.CloseGoingAway, "restarting"}
	if !errors.As(cause, &why) && !errors.Is(cause, context.Canceled) {
		l.hub.log.DebugContext(context.WithoutCancel(l.c.Request().Context()), "live connection ended", "reference", render.Reference(l.c), "error", cause)
	}
	return end(l.ws, why)
}

// end says why and closes; the browser may be gone already.
func end(ws *websocket.Conn, why closed) error {
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.code, why.why), time.Now().Add(time.Second))
	_ = ws.Close()
	return nil
}

// read carries out what the browser asks for until it goes.
func (l *conn) read(ctx context.Context) error {
	l.ws.SetReadLimit(liveReadLimit)
	alive := func(string) error { return l.ws.SetReadDeadline(time.Now().Add(liveDead)) }
	l.ws.SetPongHandler(alive)
	if err := alive(""); err != nil {
		return fmt.Errorf("watch the connection: %w", err)
	}
	for {
		_, message, err := l.ws.ReadMessage()
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		var a ask
		if err := json.Unmarshal(message, &a); err != nil {
			return closed{websocket.CloseUnsupportedData, "not a message of this protocol"}
		}
		if err := l.carryOut(ctx, a); err != nil {
			return err
		}
	}
}

func (l *conn) carryOut(ctx context.Context, a ask) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, topic := range a.Unsub {
		if end := l.logs[topic]; end != nil {
			end()
			delete(l.logs, topic)
		}
	}
	for _, sub := range a.Sub {
		if err := l.followLog(ctx, sub); err != nil {
			return err
		}
	}
	if a.View != "" {
		if l.view != nil {
			l.view()
		}
		view, end := context.WithCancel(ctx)
		l.view = end
		l.work.Go(func() { l.followView(view, render.LocalPath(a.View), a.Have) })
	}
	return nil
}

// write sends what the others hand it, and pings.
func (l *conn) write(ctx context.Context, cancel context.CancelCauseFunc) {
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case message := <-l.out:
			err = errors.Join(l.ws.SetWriteDeadline(time.Now().Add(liveWrite)), l.ws.WriteMessage(websocket.TextMessage, message))
		case <-ping.C:
			err = l.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(liveWrite))
		}
		if err != nil {
			cancel(fmt.Errorf("write: %w", err))
			return
		}
	}
}

// send waits until the browser takes the message.
func (l *conn) send(ctx context.Context, message []byte) error {
	select {
	case l.out <- message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recheck ends the connection when the session or a right has ended.
func (l *conn) recheck(ctx context.Context) error {
	every := time.NewTicker(liveRecheck)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-every.C:
			if err := l.allowed(ctx); err != nil {
				return err
			}
		}
	}
}

func (l *conn) allowed(ctx context.Context) error {
	actor, err := l.hub.portal.Authenticate(l.c)
	if paas.KindOf(err) == paas.Unauthorized && err != nil {
		return closed{closeSignedOut, "signed out"}
	}
	if err != nil {
		return nil //nolint:nilerr // the database is away: nothing is known to have changed
	}
	for _, topic := range l.followed() {
		switch kind := paas.KindOf(l.hub.portal.CanFollow(ctx, actor, topic)); kind {
		case paas.NotFound, paas.Forbidden, paas.Unauthorized:
			return closed{closeForbidden, "no longer allowed"}
		}
	}
	return nil
}

func (l *conn) followed() (topics []paas.Topic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for topic := range l.logs {
		topics = append(topics, topic)
	}
	return topics
}
