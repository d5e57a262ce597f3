package edge_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/edge"
	"github.com/slipway-paas/slipway/server/paas"
)

// patience is how long a test waits for something that takes milliseconds, on a busy machine and under the race detector.
const patience = 2 * time.Minute

// gate is a running edge with a client that finds every host at it. One edge runs in a process at a time, so tests that
// use it are not parallel.
type gate struct {
	*edge.Edge
	address string
	client  *http.Client
	dialer  func(ctx context.Context, network, address string) (net.Conn, error)
}

func serve(t testing.TB, cfg edge.Config) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if cfg.Grace == 0 {
		cfg.Grace = time.Second
	}
	e, err := edge.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	g := &gate{Edge: e, address: cfg.Listen}
	g.dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", g.address)
	}
	g.client = &http.Client{
		Timeout: patience, Transport: &http.Transport{DialContext: g.dialer, MaxIdleConnsPerHost: 64, DisableCompression: true},
	}
	t.Cleanup(func() {
		g.client.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the edge ended with %v", err)
		}
	})
	for deadline := time.Now().Add(patience); !g.answers(t); {
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("the edge does not run: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the edge does not answer")
		}
	}
	return g
}

// answers reports whether the edge serves. A connection alone would not say so: at its start the edge tries the port.
func (g *gate) answers(t testing.TB) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://nobody.localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := g.client.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusNotFound
}

// get asks for a URL, with headers given as name, value and so on.
func (g *gate) get(t testing.TB, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := g.client.Do(r)
	if err != nil {
		t.Fatalf("get %s: %v", url, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read %s: %v", url, err)
	}
	return res, string(body)
}

// instance starts one instance of an app and gives its address.
func instance(t testing.TB, handle http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s, s.Listener.Addr().String()
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// closedPort is an address that refuses connections.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestHostsFindTheirApps(t *testing.T) {
	g := serve(t, edge.Config{Domains: []string{"localhost", "apps.example.com"}})
	_, shop := instance(t, says("shop"))
	_, blog := instance(t, says("blog"))
	g.Apply(edge.Routes{Version: 7, Apps: []edge.App{
		{ID: 1, Name: "shop", Upstreams: []string{shop}, Hosts: []string{"www.Shop.example"}},
		{ID: 2, Name: "blog", Upstreams: []string{blog}},
	}})
	if got := g.Applied(); got != 7 {
		t.Errorf("applied version %d, want 7", got)
	}
	tests := map[string]struct {
		host, want string
		status     int
	}{
		"by its label":                {host: "shop.localhost", want: "shop", status: 200},
		"with any port":               {host: "blog.localhost:4711", want: "blog", status: 200},
		"in capitals":                 {host: "SHOP.LocalHost:8000", want: "shop", status: 200},
		"with a final dot":            {host: "shop.localhost.", want: "shop", status: 200},
		"under another domain":        {host: "shop.apps.example.com", want: "shop", status: 200},
		"by a host of its own":        {host: "www.shop.example", want: "shop", status: 200},
		"not without a domain":        {host: "shop", want: "There is no app", status: 404},
		"not at the bare domain":      {host: "localhost", want: "There is no app", status: 404},
		"not below its name":          {host: "a.shop.localhost", want: "There is no app", status: 404},
		"not under an unknown domain": {host: "shop.example.org", want: "There is no app", status: 404},
		"not by an address":           {host: "[::1]:8000", want: "There is no app", status: 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://edge/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = tt.host
			res, err := g.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || !strings.HasPrefix(string(body), tt.want) {
				t.Errorf("got %d %.40q, want %d %q", res.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

func TestAnAppSeesWhoAskedAndForWhat(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // must not come between the edge and an app
	tests := map[string]struct {
		trusted []string
		wantFor string
	}{
		"a client cannot lend itself an address": {wantFor: "127.0.0.1"},
		"a load balancer is believed":            {trusted: []string{"127.0.0.0/8"}, wantFor: "203.0.113.9, 127.0.0.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := serve(t, edge.Config{TrustedProxies: tt.trusted})
			seen := make(chan *http.Request, 1)
			_, address := instance(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r })
			g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
			g.get(t, "http://shop.localhost:8000/a%2Fb?q=1&q=2", "X-Forwarded-For", "203.0.113.9", "Accept-Encoding", "br")
			r := <-seen
			if r.Host != "shop.localhost:8000" || r.RequestURI != "/a%2Fb?q=1&q=2" {
				t.Errorf("the app saw %s %s", r.Host, r.RequestURI)
			}
			for header, want := range map[string]string{
				"X-Forwarded-For": tt.wantFor, "X-Forwarded-Proto": "http", "X-Forwarded-Host": "shop.localhost:8000", "Accept-Encoding": "br",
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cfg   edge.Config
		field string
	}{
		"an address without a port": {edge.Config{Listen: "localhost"}, "edge"},
		"any port":                  {edge.Config{Listen: "localhost:0"}, "edge"},
		"a domain with a port":      {edge.Config{Domains: []string{"example.com:80"}}, "domain"},
		"a domain in capitals":      {edge.Config{Domains: []string{"Example.com"}}, "domain"},
		"a proxy that is a name":    {edge.Config{TrustedProxies: []string{"balancer"}}, "trusted-proxies"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := edge.New(tt.cfg)
			var wrong *paas.Error
			if !errors.As(err, &wrong) || wrong.Field != tt.field {
				t.Errorf("got %v, want a wrong %s", err, tt.field)
			}
		})
	}
}

func TestASecondEdgeIsTold(t *testing.T) {
	g := serve(t, edge.Config{})
	other, err := edge.New(edge.Config{Listen: g.address})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(t.Context()); err == nil {
		t.Error("two edges run in one process")
	}
}

func TestAnAddressInUseIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := edge.New(edge.Config{Listen: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want address already in use", err)
	}
}
