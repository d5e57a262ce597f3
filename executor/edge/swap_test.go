package edge_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/slipway-paas/slipway/executor/edge"
)

// TestDeploysUnderLoadFailNoRequest does what a deploy does, 60 times: a new instance, the table, drain, stop the old.
func TestDeploysUnderLoadFailNoRequest(t *testing.T) {
	g := serve(t, edge.Config{})
	route := func(version int64, addresses ...string) {
		g.Apply(edge.Routes{Version: version, Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: addresses}}})
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("an instance got %d bytes and %v", len(body), err)
		}
		_, _ = w.Write(body)
	}
	old, address := instance(t, answer)
	route(0, address)

	ctx, cancel := context.WithCancel(t.Context())
	var sent atomic.Int64
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			body := strings.Repeat("x", client*20_000)
			for ctx.Err() == nil {
				method := []string{http.MethodGet, http.MethodPost}[client%2]
				r, err := http.NewRequestWithContext(t.Context(), method, "http://shop.localhost/", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				res, err := g.client.Do(r)
				if err != nil {
					t.Errorf("request %d failed: %v", sent.Load(), err)
					return
				}
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || string(got) != body {
					t.Errorf("request %d: %d, %d of %d bytes, %v", sent.Load(), res.StatusCode, len(got), len(body), err)
					return
				}
				sent.Add(1)
			}
		})
	}
	for version := range int64(60) {
		for before := sent.Load(); sent.Load() < before+20 && !t.Failed(); { // while clients are busy
			<-time.After(time.Millisecond)
		}
		next, nextAddress := instance(t, answer)
		route(version+1, nextAddress)
		if err := g.Drain(t.Context(), address); err != nil {
			t.Error(err)
		}
		old.CloseClientConnections() // what SIGKILL does: nothing may be under way any more
		old.Close()
		old, address = next, nextAddress
	}
	cancel()
	clients.Wait()
	t.Logf("%d requests while 60 deploys went by", sent.Load())
}

// echo answers each websocket message with itself.
func echo(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		defer conn.Close()
		for {
			kind, message, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if err := conn.WriteMessage(kind, message); err != nil {
				return
			}
		}
	}
}

func (g *gate) websocket(t *testing.T, host string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: g.dialer}
	conn, res, err := dialer.DialContext(t.Context(), "ws://"+host+"/live", nil)
	if err != nil {
		t.Fatalf("websocket: %v (%v)", err, res)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// say sends a message and waits for its echo.
func say(conn *websocket.Conn, message string) error {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		return err
	}
	_, got, err := conn.ReadMessage()
	if err == nil && string(got) != message {
		return fmt.Errorf("got %.40q, want %.40q", got, message)
	}
	return err
}

func TestStreamsOfOtherAppsOutliveSwaps(t *testing.T) {
	g := serve(t, edge.Config{})
	_, chat := instance(t, echo(t))
	ticks := make(chan string)
	_, news := instance(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			select {
			case tick := <-ticks:
				_, _ = fmt.Fprintf(w, "data: %s\n\n", tick)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	_, shop := instance(t, says("shop"))
	apps := func() []edge.App {
		return []edge.App{
			{ID: 1, Name: "chat", Upstreams: []string{chat}}, {ID: 2, Name: "news", Upstreams: []string{news}}, {ID: 3, Name: "shop"},
		}
	}
	g.Apply(edge.Routes{Apps: apps()})

	conn := g.websocket(t, "chat.localhost")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://news.localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { ticks <- "first" }() // the header is sent with it
	events, err := g.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	if got, want := readN(t, events.Body, len("data: first\n\n")), "data: first\n\n"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	for swap := range 100 {
		next := edge.Routes{Version: int64(swap + 1), Apps: apps()}
		if swap%2 == 0 {
			next.Apps[2].Upstreams = []string{shop}
		}
		g.Apply(next)
		message := fmt.Sprintf("swap %d", swap)
		if err := say(conn, message); err != nil {
			t.Fatalf("the websocket broke at swap %d: %v", swap, err)
		}
		ticks <- message
		if got, want := readN(t, events.Body, len(message)+8), "data: "+message+"\n\n"; got != want {
			t.Fatalf("swap %d: got %q, want %q", swap, got, want)
		}
	}
	// Neither stream is an ordinary request, so neither holds up a drain.
	g.Apply(edge.Routes{Version: 1000})
	for _, address := range []string{chat, news} {
		if err := g.Drain(t.Context(), address); err != nil {
			t.Error(err)
		}
	}
	if err := say(conn, "still here"); err != nil {
		t.Errorf("the drain cut a websocket: %v", err)
	}
}

func readN(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return string(b)
}

func TestDrainWaitsForRequestsAndCutsAtItsDeadline(t *testing.T) {
	g := serve(t, edge.Config{})
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	_, address := instance(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-release:
			_, _ = io.WriteString(w, "done")
		case <-r.Context().Done():
		}
	})
	route := func(upstreams ...string) {
		g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: upstreams, State: edge.Stopped}}})
	}
	ask := func() <-chan string {
		answer := make(chan string, 1)
		go func() {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.localhost/", nil)
			res, err := g.client.Do(r)
			if err != nil {
				answer <- "error"
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			answer <- string(body)
		}()
		<-arrived
		return answer
	}

	route(address)
	answer := ask()
	route()
	drained := make(chan error, 1)
	go func() { drained <- g.Drain(t.Context(), address) }()
	select {
	case err := <-drained:
		t.Fatalf("drained with a request in flight: %v", err)
	case <-time.After(50 * time.Millisecond): // long enough for a wrong Drain to return
	}
	release <- struct{}{}
	if got := <-answer; got != "done" {
		t.Errorf("the request got %q", got)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}

	route(address)
	answer = ask()
	route()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := g.Drain(ctx, address); err == nil || !strings.Contains(err.Error(), "cut 1 requests and 0 streams") {
		t.Errorf("got %v, want one request cut", err)
	}
	<-answer // it ended, in whatever way
	if err := g.Drain(t.Context(), address); err != nil {
		t.Error(err)
	}
}

func TestRequestsGoWhereThereIsRoom(t *testing.T) {
	g := serve(t, edge.Config{})
	arrived := make(chan string, 20)
	release := make(chan struct{})
	hold := func(name string) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { arrived <- name; <-release }
	}
	_, one := instance(t, hold("one"))
	_, two := instance(t, hold("two"))
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{one, two, closedPort(t)}}}})
	counts := map[string]int{}
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			if res, body := g.get(t, "http://shop.localhost/"); res.StatusCode != 200 {
				t.Errorf("got %d %q", res.StatusCode, body)
			}
		})
		counts[<-arrived]++ // one after the other: each choice sees the ones before
	}
	close(release)
	clients.Wait()
	if counts["one"] != 10 || counts["two"] != 10 {
		t.Errorf("requests went %v, want 10 each and none to the instance that is down", counts)
	}
}

func TestOnlyHarmlessRequestsAreSentTwice(t *testing.T) {
	g := serve(t, edge.Config{})
	tests := map[string]struct {
		method string
		body   string
		want   int64 // how often an instance may see it
		status int
	}{
		"a GET that was lost is asked once more":        {method: http.MethodGet, want: 2, status: 502},
		"a POST may have been carried out":              {method: http.MethodPost, body: "order", want: 1, status: 502},
		"an empty POST may have been carried out":       {method: http.MethodPost, want: 1, status: 502},
		"a DELETE is not repeated behind anyone's back": {method: http.MethodDelete, want: 1, status: 502},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var seen atomic.Int64
			_, address := instance(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				seen.Add(1)
				panic(http.ErrAbortHandler)
			})
			g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
			r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://shop.localhost/", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			res, err := g.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != tt.status || seen.Load() != tt.want {
				t.Errorf("got %d after %d times, want %d after %d", res.StatusCode, seen.Load(), tt.status, tt.want)
			}
		})
	}
}

func TestARequestWaitsForAnInstanceThatComesBack(t *testing.T) {
	g := serve(t, edge.Config{})
	_, address := instance(t, says("back"))
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{closedPort(t)}}}})
	answer := make(chan string, 1)
	go func() {
		_, body := g.get(t, "http://shop.localhost/")
		answer <- body
	}()
	for g.Traffic()[1].Retries == 0 { // until the request has failed once
		select {
		case got := <-answer:
			t.Fatalf("answered %q before there was an instance", got)
		case <-time.After(time.Millisecond):
		}
	}
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
	if got := <-answer; got != "back" {
		t.Errorf("got %q", got)
	}
}

func TestBodiesStreamBothWays(t *testing.T) {
	g := serve(t, edge.Config{})
	const size = 64 << 20
	_, address := instance(t, func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		_, _ = fmt.Fprintf(w, "%d %x %v", n, sum.Sum(nil), err)
	})
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
	want := sha256.New()
	upload := io.TeeReader(io.LimitReader(zeroes{}, size), want)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://shop.localhost/", upload)
	if err != nil {
		t.Fatal(err)
	}
	res, err := g.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, _ := io.ReadAll(res.Body)
	if said := fmt.Sprintf("%d %x <nil>", size, want.Sum(nil)); string(got) != said {
		t.Errorf("the app got %s, want %s", got, said)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
