package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
	"github.com/slipway-paas/slipway/web/render"
)

// quiet is a portal and a bus on which nothing happens.
type quiet struct{}

func (quiet) Authenticate(echo.Context) (paas.Actor, error)           { return paas.Actor{}, nil }
func (quiet) CanFollow(context.Context, paas.Actor, paas.Topic) error { return nil }
func (quiet) Snapshot(context.Context, echo.Context, string) *render.Snapshot {
	return &render.Snapshot{}
}
func (quiet) Subscribe(...paas.Topic) Hints { return quiet{} }
func (quiet) Add(...paas.Topic)             {}
func (quiet) Close()                        {}

func (quiet) Next(ctx context.Context) ([]paas.Topic, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (quiet) FollowLogs(ctx context.Context, _ paas.Topic, _ int64, _ func([]paas.Log) error) error {
	<-ctx.Done()
	return ctx.Err()
}

const pageOrigin = "http://portal.example.com"

// hub serves websockets of the person whose number is in the query.
func hub(t *testing.T, person, address int) (url string) {
	t.Helper()
	h := NewHub(quiet{}, quiet{}, pageOrigin, slog.New(slog.DiscardHandler))
	h.person, h.address = person, address
	e := echo.New()
	e.GET("/live", func(c echo.Context) error {
		var id int64
		_, _ = fmt.Sscan(c.QueryParam("person"), &id)
		c.Set(api.ActorKey, paas.Actor{UserID: id})
		return h.Follow(c)
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http", "ws", 1) + "/live?person="
}

func open(t *testing.T, url string, person int) *websocket.Conn {
	t.Helper()
	ws, response, err := websocket.DefaultDialer.DialContext(t.Context(), url+fmt.Sprint(person), http.Header{"Origin": {pageOrigin}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"view":"/","have":{}}`)); err != nil {
		t.Fatal(err)
	}
	return ws
}

// outcome is what a connection first hears: nil for the page, or the close message.
func outcome(t *testing.T, ws *websocket.Conn) *websocket.CloseError {
	t.Helper()
	if err := ws.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _, err := ws.ReadMessage()
	var closed *websocket.CloseError
	if err != nil && !errors.As(err, &closed) {
		t.Fatal(err)
	}
	return closed
}

func TestLivePagesAreCapped(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		person, address int
		people          []int
		why             string // of the last one's refusal
	}{
		"per person":                       {2, 100, []int{1, 1, 1}, "You have 2 live pages open."},
		"another person has her own":       {2, 100, []int{1, 1, 2}, ""},
		"per address, whoever they are of": {100, 3, []int{1, 2, 3, 4}, "3 live pages are open from your network's address."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := hub(t, tt.person, tt.address)
			var last *websocket.Conn
			var first *websocket.Conn
			for i, person := range tt.people {
				last = open(t, url, person)
				if i == 0 {
					first = last
				}
				if i < len(tt.people)-1 {
					if got := outcome(t, last); got != nil {
						t.Fatalf("connection %d was closed: %v", i+1, got)
					}
				}
			}
			got := outcome(t, last)
			if tt.why == "" {
				if got != nil {
					t.Errorf("closed: %v", got)
				}
				return
			}
			if got == nil || got.Code != closeTooMany || !strings.HasPrefix(got.Text, tt.why) {
				t.Fatalf("got %v, want %d %q", got, closeTooMany, tt.why)
			}
			_ = first.Close() // its place is free as soon as the server notices
			for {
				if outcome(t, open(t, url, tt.people[0])) == nil {
					return
				}
			}
		})
	}
}
