package web

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
)

// Limits of a live connection. Source: reliability bars R17 and R18 (dead after 30 s; at most 1 MiB held for a reader
// that never reads).
const (
	liveReadLimit  = 64 << 10 // bytes of one message of the browser
	livePing       = 15 * time.Second
	liveDead       = 30 * time.Second
	liveWrite      = 10 * time.Second
	liveRecheck    = 60 * time.Second
	liveLogs       = 4 // logs one page may follow at a time
	liveBatchBytes = 96 << 10
)

// Close codes of ours (RFC 6455 leaves 4000 to 4999 to applications). The browser reloads on both: it lands where it
// may be.
const (
	closeSignedOut = 4401
	closeForbidden = 4403
)

// liveAsk is what the browser says: which page it shows with the hashes of the fragments it has, and which logs it
// follows from which line on. Every ask adds; a page is replaced by the next.
type liveAsk struct {
	View  string            `json:"view"`
	Have  map[string]string `json:"have"`
	Sub   []liveSub         `json:"sub"`
	Unsub []paas.Topic      `json:"unsub"`
}

type liveSub struct {
	Topic  paas.Topic `json:"topic"`
	Cursor int64      `json:"cursor"` // the first line wanted
}

// liveConn is one browser's websocket. One goroutine reads, one writes, and one per followed thing waits for its turn
// to write: a slow browser makes them wait, and nobody else.
type liveConn struct {
	server *Server
	ws     *websocket.Conn
	c      echo.Context // of the request that opened it: cookies for rendering its pages
	actor  paas.Actor

	out  chan []byte // not buffered: who sends waits for the browser
	work sync.WaitGroup

	mu   sync.Mutex
	view context.CancelFunc                // ends the present page's loop
	logs map[paas.Topic]context.CancelFunc // end the followed logs
}

// liveFollow upgrades the request and serves it until the browser, or Slipway, goes.
func (s *Server) liveFollow(c echo.Context) error {
	ws, err := s.upgrader.Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil //nolint:nilerr // the upgrader has answered already
	}
	ctx, cancel := context.WithCancelCause(c.Request().Context())
	l := &liveConn{server: s, ws: ws, c: c, actor: actorOf(c), out: make(chan []byte), logs: map[paas.Topic]context.CancelFunc{}}
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

func (l *liveConn) close(cause error) error {
	end := closed{websocket.CloseGoingAway, "restarting"}
	if !errors.As(cause, &end) && !errors.Is(cause, context.Canceled) {
		l.server.Log.DebugContext(context.WithoutCancel(l.c.Request().Context()), "live connection ended", "reference", requestReference(l.c), "error", cause)
	}
	_ = l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(end.code, end.why), time.Now().Add(time.Second)) // it may be gone
	_ = l.ws.Close()
	return nil
}

// read carries out what the browser asks for until it goes.
func (l *liveConn) read(ctx context.Context) error {
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
		var ask liveAsk
		if err := json.Unmarshal(message, &ask); err != nil {
			return closed{websocket.CloseUnsupportedData, "not a message of this protocol"}
		}
		if err := l.carryOut(ctx, ask); err != nil {
			return err
		}
	}
}

func (l *liveConn) carryOut(ctx context.Context, ask liveAsk) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, topic := range ask.Unsub {
		if end := l.logs[topic]; end != nil {
			end()
			delete(l.logs, topic)
		}
	}
	for _, sub := range ask.Sub {
		if err := l.followLog(ctx, sub); err != nil {
			return err
		}
	}
	if ask.View != "" {
		if l.view != nil {
			l.view()
		}
		view, end := context.WithCancel(ctx)
		l.view = end
		l.work.Go(func() { l.followView(view, localPath(ask.View), ask.Have) })
	}
	return nil
}

// write sends what the others hand it, and pings.
func (l *liveConn) write(ctx context.Context, cancel context.CancelCauseFunc) {
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
func (l *liveConn) send(ctx context.Context, message []byte) error {
	select {
	case l.out <- message:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recheck ends the connection when the session or a right has ended.
func (l *liveConn) recheck(ctx context.Context) error {
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

func (l *liveConn) allowed(ctx context.Context) error {
	actor, err := l.server.authenticate(l.c)
	if paas.KindOf(err) == paas.Unauthorized && err != nil {
		return closed{closeSignedOut, "signed out"}
	}
	if err != nil {
		return nil //nolint:nilerr // the database is away: nothing is known to have changed
	}
	for _, topic := range l.followed() {
		switch kind := paas.KindOf(l.server.Control.CanFollow(ctx, actor, topic)); kind {
		case paas.NotFound, paas.Forbidden, paas.Unauthorized:
			return closed{closeForbidden, "no longer allowed"}
		}
	}
	return nil
}

func (l *liveConn) followed() (topics []paas.Topic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for topic := range l.logs {
		topics = append(topics, topic)
	}
	return topics
}
