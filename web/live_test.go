package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/fake"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// serve starts the portal on a real socket until the test ends.
func (p *portal) serve() (address string) {
	p.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(p.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	done := make(chan error, 1)
	go func() { done <- p.server.Serve(ctx, listener) }()
	p.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("serve: %v", err)
		}
	})
	return listener.Addr().String()
}

type browser struct {
	t  *testing.T
	ws *websocket.Conn
}

type message struct {
	Title     string              `json:"title"`
	Topic     paas.Topic          `json:"topic"`
	Reload    bool                `json:"reload"`
	Lines     [][]json.RawMessage `json:"lines"`
	Fragments []struct {
		ID, HTML string
		Hash     string `json:"v"`
	} `json:"fragments"`
}

func dial(t *testing.T, address, person, origin string) (*browser, *http.Response, error) {
	t.Helper()
	header := http.Header{"Origin": {origin}}
	if person != "" {
		header.Set("Cookie", "slipway="+person)
	}
	ws, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+"/live", header)
	if err != nil {
		return nil, response, err
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &browser{t, ws}, response, nil
}

func (p *portal) browse(address, person string) *browser {
	p.t.Helper()
	b, _, err := dial(p.t, address, person, publicURL)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func (b *browser) ask(format string, args ...any) {
	b.t.Helper()
	if err := b.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) hear() (m message, err error) {
	b.t.Helper()
	if err := b.ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return m, err
	}
	err = b.ws.ReadJSON(&m)
	return m, err
}

// until hears messages until one of them fits.
func (b *browser) until(fits func(message) bool) message {
	b.t.Helper()
	for {
		m, err := b.hear()
		if err != nil {
			b.t.Fatal(err)
		}
		if fits(m) {
			return m
		}
	}
}

func (m message) fragment(id string) (html string, ok bool) {
	for _, f := range m.Fragments {
		if f.ID == id {
			return f.HTML, true
		}
	}
	return "", false
}

func TestAPageIsSentWhatReadsDifferently(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.browse(p.serve(), fake.Ada)
	b.ask(`{"view":"/apps/harbor-shop","have":{}}`)
	all := b.until(func(m message) bool { return len(m.Fragments) > 0 })
	have := map[string]string{}
	for _, f := range all.Fragments {
		have[f.ID] = f.Hash
	}
	if len(have) != 3 || have["head"] == "" || all.Title != "harbor-shop · Slipway" {
		t.Fatalf("a page without anything got %v of %q", have, all.Title)
	}
	hashes, err := json.Marshal(have)
	if err != nil {
		t.Fatal(err)
	}
	b.ask(`{"view":"/apps/harbor-shop","have":%s}`, hashes)
	if m := b.until(func(message) bool { return true }); len(m.Fragments) != 0 {
		t.Errorf("a page that has everything got %d fragments", len(m.Fragments))
	}

	app := p.appOf("harbor-shop")
	p.platform.Change(func() { app.Detail.Health = control.HealthFailing }, "app:1")
	m := b.until(func(m message) bool { return len(m.Fragments) > 0 })
	if html, ok := m.fragment("head"); !ok || !strings.Contains(html, "Failing") || len(m.Fragments) != 1 {
		t.Errorf("after a change of the head the page got %v", m.Fragments)
	}
}

func (p *portal) appOf(name string) *fake.App {
	p.t.Helper()
	a := p.platform.Find(name)
	if a == nil {
		p.t.Fatalf("no app %s", name)
	}
	return a
}

func TestAPageOfAnotherTeamIsNotFollowed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.browse(p.serve(), fake.Eve)
	for _, path := range []string{"/apps/harbor-shop", "/nodes", "/logs/task/1001/raw.gz", "/sign-in", "//evil.example/"} {
		b.ask(`{"view":%q}`, path)
		if path == "//evil.example/" { // read as "/", which everybody may see
			b.until(func(m message) bool { return len(m.Fragments) > 0 })
			continue
		}
		if m := b.until(func(message) bool { return true }); !m.Reload || len(m.Fragments) > 0 {
			t.Errorf("%s: got %+v, want to be told to load the page", path, m)
		}
	}
}

func TestALogOfAnotherTeamIsNotFollowed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	address := p.serve()
	for _, topic := range []string{"logs:task:1001", "logs:build:1014", "app:1", "team:1", "tasks"} {
		b := p.browse(address, fake.Eve)
		b.ask(`{"sub":[{"topic":%q,"cursor":1}]}`, topic)
		if _, err := b.hear(); !websocket.IsCloseError(err, 4403) {
			t.Errorf("%s: got %v, want to be closed with 4403", topic, err)
		}
	}
}

func TestOnlyOurOwnPagesOpenAWebsocket(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	address := p.serve()
	for origin, person := range map[string]string{
		"https://evil.example": fake.Ada, "http://" + address: fake.Ada, "null": fake.Ada, "": fake.Ada, "http://127.0.0.1:8080.evil.example": fake.Ada, publicURL: "",
	} {
		if _, response, err := dial(t, address, person, origin); err == nil || response == nil || response.StatusCode < http.StatusMultipleChoices {
			t.Errorf("origin %q, person %q: the websocket opened", origin, person)
		}
	}
}

// lines are the numbers of the lines that a browser hears until it has the one called last.
func (b *browser) lines(last int64) (heard []int64, err error) {
	for len(heard) == 0 || heard[len(heard)-1] < last {
		m, err := b.hear()
		if err != nil {
			return heard, err
		}
		for _, line := range m.Lines {
			var n int64
			if err := json.Unmarshal(line[0], &n); err != nil {
				return heard, err
			}
			heard = append(heard, n)
		}
	}
	return heard, nil
}

func TestALogIsFollowedWithoutLossThroughManyConnections(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	address := p.serve()
	const topic = paas.Topic("logs:task:3001")
	const batches, each = 40, 250
	before := int64(300) // lines of the scene
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for range batches {
			p.platform.Bus.Append(topic, fake.TaskLog(noon, each)...)
		}
	}()
	var heard []int64
	last := before + batches*each
	for cut := int64(700); len(heard) == 0 || heard[len(heard)-1] < last; cut += 700 {
		b := p.browse(address, fake.Ada)
		b.ask(`{"sub":[{"topic":%q,"cursor":%d}]}`, topic, len(heard)+1)
		got, err := b.lines(min(cut, last))
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, got...)
		_ = b.ws.Close() // in the middle of what comes
	}
	<-writing
	for i, n := range heard {
		if n != int64(i+1) {
			t.Fatalf("line %d came as number %d", i+1, n)
		}
	}
	if int64(len(heard)) != last {
		t.Errorf("heard %d lines, want %d", len(heard), last)
	}
}

func TestABrowserThatDoesNotReadHoldsNobody(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	address := p.serve()
	const topic = paas.Topic("logs:task:4001")
	deaf := p.browse(address, fake.Ada)
	deaf.ask(`{"sub":[{"topic":%q,"cursor":1}]}`, topic)
	ears := p.browse(address, fake.Ben)
	ears.ask(`{"sub":[{"topic":%q,"cursor":1}]}`, topic)
	const lines = 200_000 // some 12 MB: more than any socket buffers
	p.platform.Bus.Append(topic, fake.TaskLog(noon, lines)...)
	heard, err := ears.lines(300 + lines)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(heard) || len(heard) != 300+lines {
		t.Errorf("the browser that reads got %d lines, want %d", len(heard), 300+lines)
	}
}

func TestAWebsocketEndsWithTheSession(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.browse(p.serve(), fake.Ben)
	b.ask(`{"view":"/apps/harbor-shop"}`)
	b.until(func(m message) bool { return len(m.Fragments) > 0 })
	p.platform.SignOutEverywhere(fake.Ben)
	p.platform.Change(func() {}, "app:1")
	if m := b.until(func(message) bool { return true }); !m.Reload {
		t.Errorf("after sign-out the page got %+v, want to be told to load", m)
	}
}

func TestAMessageThatIsNoneEndsTheConnection(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	address := p.serve()
	for _, text := range []string{`{`, `[1]`, `{"sub":5}`, `{"sub":[{"topic":"logs:task:1"}],"view":7}`, strings.Repeat("x", 70<<10)} {
		b := p.browse(address, fake.Ada)
		// A message that is too long may end the connection while it is still being written.
		if err := b.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			continue
		}
		if _, err := b.hear(); err == nil {
			t.Errorf("the message %.20q was taken", text)
		}
	}
}
