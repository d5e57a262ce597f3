package edge_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/slipway-paas/slipway/executor/edge"
)

func TestAWebsocketEndsAtTheDeadlineOfItsInstance(t *testing.T) {
	g := serve(t, edge.Config{})
	_, address := instance(t, echo(t))
	_, other := instance(t, echo(t))
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "chat", Upstreams: []string{address}}, {ID: 2, Name: "other", Upstreams: []string{other}}}})
	conn, kept := g.websocket(t, "chat.localhost"), g.websocket(t, "other.localhost")
	for _, c := range []*websocket.Conn{conn, kept} {
		if err := say(c, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	g.CutStreams(address)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _, err := conn.ReadMessage()
	if timeout := net.Error(nil); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the websocket outlived its instance: %v", err)
	}
	if err := say(kept, "still here"); err != nil {
		t.Errorf("the other app's websocket broke: %v", err)
	}
}

func TestASlowClientHoldsNobody(t *testing.T) {
	g := serve(t, edge.Config{})
	const size = 32 << 20
	_, address := instance(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			_, _ = io.CopyN(w, zeroes{}, size)
		}
	})
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
	slow, err := g.dialer(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := fmt.Fprint(slow, "GET /big HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(slow)
	if status, err := answer.ReadString('\n'); err != nil || status != "HTTP/1.1 200 OK\r\n" {
		t.Fatalf("got %q, %v", status, err)
	}
	for range 50 { // while the slow one has taken its first kilobytes
		if res, _ := g.get(t, "http://shop.localhost/"); res.StatusCode != 200 {
			t.Fatalf("got %d", res.StatusCode)
		}
	}
	if n, err := io.Copy(io.Discard, answer); err != nil || n < size {
		t.Errorf("the slow client got %d bytes, %v", n, err)
	}
}

func TestHugeHeadersAreRefusedAndOthersServed(t *testing.T) {
	g := serve(t, edge.Config{})
	_, address := instance(t, says("shop"))
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
	tests := map[string]struct {
		size, status int
	}{
		"a large cookie passes":       {size: 32 << 10, status: 200},
		"a header without end is cut": {size: 1 << 20, status: 431},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conn, err := g.dialer(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			request := "GET / HTTP/1.1\r\nHost: shop.localhost\r\nCookie: a=" + strings.Repeat("x", tt.size) + "\r\n\r\n"
			go func() { _, _ = io.WriteString(conn, request) }() // the edge may hang up before it has all
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != tt.status {
				t.Errorf("got %d, want %d", res.StatusCode, tt.status)
			}
		})
	}
}

// FuzzHost sends hosts as they come over the wire: whatever they are, the answer is the app, its page or a 4xx, and the
// edge lives on.
func FuzzHost(f *testing.F) {
	for _, host := range []string{
		"shop.localhost", "shop.localhost:8000", "SHOP.LOCALHOST.", "", "localhost", "[::1]", "[::1]:80", "[", ":", ":80", "a:b:c",
		"shop.localhost:", "shop.localhost:99999", ".", "..", "shop..localhost", "<script>", "shop.localhost/x", "shop.localhost\x00", "ßhop.localhost",
		strings.Repeat("a", 300), "shop.localhost, blog.localhost", "%73hop.localhost", "user@shop.localhost", "shop.localhost#", "{http.request.host}",
	} {
		f.Add(host)
	}
	g := serve(f, edge.Config{})
	_, address := instance(f, says("shop"))
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}, {ID: 2, Name: "idle", State: edge.Stopped}}})
	f.Fuzz(func(t *testing.T, host string) {
		if strings.ContainsAny(host, "\r\n") {
			return // another request
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		conn, err := g.dialer(ctx, "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nConnection: close\r\n\r\n", host); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("host %q: %v", host, err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatalf("host %q: %v", host, err)
		}
		if res.StatusCode == 200 != (string(body) == "shop") || res.StatusCode != 200 && res.StatusCode != 404 && res.StatusCode != 503 && res.StatusCode != 400 {
			t.Errorf("host %q: got %d %.80q", host, res.StatusCode, body)
		}
		if strings.Contains(string(body), "<script") {
			t.Errorf("host %q: the page repeats it: %s", host, body)
		}
	})
}
