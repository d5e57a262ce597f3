package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

const (
	// tryFor is how long a request is held while no instance can be reached. Long enough for the moment in which an
	// instance goes and the table is about to say so; short enough for a person to wait before a page.
	tryFor = 2 * time.Second

	// dialTimeout bounds the wait for one instance to take a connection; it is on this machine or in this network.
	dialTimeout = time.Second

	// idleTimeout is how long a connection to an instance is kept for the next request. It must be shorter than the
	// instance's own patience, or a request meets a connection that is just being closed: gunicorn waits 2 s, Node.js and
	// uvicorn 5 s (their defaults).
	idleTimeout = 1500 * time.Millisecond

	// idleConnections is how many such connections are kept to one instance.
	idleConnections = 64

	// maxHeader is the most a request's header may have, in bytes: four times what Node.js takes by default.
	maxHeader = 64 << 10

	// headerTimeout is how long a client may take to send a header.
	headerTimeout = 30 * time.Second
)

// running is the edge whose configuration Caddy runs. It is how the module that Caddy makes by itself finds us.
var running atomic.Pointer[Edge]

var register = sync.OnceFunc(func() { caddy.RegisterModule(&proxy{}) })

// startCaddy runs Caddy with one route: everything goes to our handler. Nothing is read from or written to disk, and
// there is no admin endpoint.
func (e *Edge) startCaddy() error {
	register()
	cfg, err := json.Marshal(map[string]any{
		"admin":   map[string]any{"disabled": true, "config": map[string]any{"persist": false}},
		"logging": map[string]any{"logs": map[string]any{"default": map[string]any{"level": "ERROR"}}},
		"apps": map[string]any{
			"tls": map[string]any{"disable_storage_check": true, "disable_storage_clean": true},
			"http": map[string]any{
				"grace_period": e.cfg.Grace.String(),
				"servers": map[string]any{"edge": map[string]any{
					"listen":              []string{e.cfg.Listen},
					"protocols":           []string{"h1"},
					"automatic_https":     map[string]any{"disable": true},
					"read_header_timeout": headerTimeout.String(),
					"max_header_bytes":    maxHeader,
					"routes":              []any{map[string]any{"handle": []any{map[string]any{"handler": "slipway"}}}},
				}},
			},
		},
	})
	if err != nil {
		return fmt.Errorf("configure Caddy: %w", err)
	}
	defer keepStandardLog()()
	if err := caddy.Load(cfg, true); err != nil {
		return fmt.Errorf("start Caddy: %w", err)
	}
	return nil
}

// keepStandardLog gives a function that puts the standard library's log back as it is now: Caddy takes it over, and with
// it what other packages write there.
func keepStandardLog() (restore func()) {
	out, flags, prefix := log.Writer(), log.Flags(), log.Prefix()
	return func() {
		log.SetOutput(out)
		log.SetFlags(flags)
		log.SetPrefix(prefix)
	}
}

func stopCaddy() error {
	if err := caddy.Stop(); err != nil {
		return fmt.Errorf("stop Caddy: %w", err)
	}
	return nil
}

// proxy is our handler in Caddy: it finds the app, lets Caddy's reverse proxy do the work with our choice of instance,
// and shows a page when there is none.
type proxy struct {
	edge  *Edge
	caddy *reverseproxy.Handler
}

// CaddyModule registers the handler as "slipway".
func (*proxy) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.slipway", New: func() caddy.Module { return &proxy{} }}
}

// Provision sets up Caddy's reverse proxy.
func (p *proxy) Provision(ctx caddy.Context) error {
	p.edge = running.Load()
	if p.edge == nil {
		return errors.New("no edge runs in this process")
	}
	asSent := false
	dial := &reverseproxy.HTTPTransport{
		DialTimeout:     caddy.Duration(dialTimeout),
		Compression:     &asSent, // the client's Accept-Encoding reaches the app, the app's answer the client
		Versions:        []string{"1.1"},
		NetworkProxyRaw: json.RawMessage(`{"from":"none"}`), // instances are here; HTTP_PROXY is for the way out
		KeepAlive: &reverseproxy.KeepAlive{
			IdleConnTimeout: caddy.Duration(idleTimeout), MaxIdleConnsPerHost: idleConnections,
		},
	}
	if err := dial.Provision(ctx); err != nil {
		return fmt.Errorf("set up the transport: %w", err)
	}
	p.caddy = &reverseproxy.Handler{
		Transport:        transport{dial},
		DynamicUpstreams: instances{},
		FlushInterval:    -1, // an app's output reaches the client when it is written, whatever kind it is
		TrustedProxies:   p.edge.cfg.TrustedProxies,
		LoadBalancing: &reverseproxy.LoadBalancing{
			SelectionPolicy: reverseproxy.FirstSelection{}, // of the one that instances gives
			TryDuration:     caddy.Duration(tryFor),
			TryInterval:     1, // not 0, which means 250 ms: visit.pause waits where it must
		},
	}
	if err := p.caddy.Provision(ctx); err != nil {
		return fmt.Errorf("set up the reverse proxy: %w", err)
	}
	p.caddy.LoadBalancing.RetryMatch = caddyhttp.MatcherSets{{resend{}}}
	return nil
}

// Cleanup closes websockets when Caddy stops.
func (p *proxy) Cleanup() error {
	if p.caddy != nil {
		_ = p.caddy.Cleanup() // fails when a client has just hung up, which is what closing is for
	}
	return nil
}

// ServeHTTP sends a request to its app.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	host := cleanHost(r.Host)
	app := p.edge.table.Load().byHost[host]
	if app == nil {
		showPage(w, r, page{State: Unknown})
		return nil
	}
	if len(app.upstreams) == 0 {
		showPage(w, r, page{State: app.app.State, App: app.app.Name})
		return nil
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	v := &visit{
		ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w},
		edge:                  p.edge, host: host, cancel: cancel, counters: app.counters,
	}
	defer app.counters.count(v, time.Now())
	defer v.leave()
	r = r.WithContext(context.WithValue(ctx, visitKey{}, v))
	if r.Body != nil && r.Body != http.NoBody {
		body := &body{ReadCloser: r.Body}
		r.Body, r.GetBody = body, body.again
	}
	if err := p.caddy.ServeHTTP(v, r, next); err != nil {
		p.fail(v, r, app, err)
	}
	return nil
}

// fail shows the page for a request that no instance answered.
func (p *proxy) fail(v *visit, r *http.Request, app *target, err error) {
	if v.status != 0 || r.Context().Err() != nil {
		return // the answer has begun, or nobody waits for it
	}
	if app.counters.mayWarn(time.Now()) {
		p.edge.cfg.Logger.WarnContext(r.Context(), "no instance answered", "app", app.app.Name, "tries", len(v.tried), "error", err)
	}
	shown := page{State: Failing, App: app.app.Name, Status: http.StatusBadGateway}
	var status caddyhttp.HandlerError
	if errors.As(err, &status) && status.StatusCode == http.StatusGatewayTimeout {
		shown.Status = http.StatusGatewayTimeout
	}
	if now := p.edge.table.Load().byHost[v.host]; now != nil && len(now.upstreams) == 0 {
		shown = page{State: now.app.State, App: now.app.Name} // its last instance went while the request waited
	}
	showPage(v, r, shown)
}

// instances gives Caddy the instance to try next; Caddy asks again for each attempt.
type instances struct{}

func (instances) GetUpstreams(r *http.Request) ([]*reverseproxy.Upstream, error) {
	v := visitOf(r.Context())
	v.pause(r.Context())
	u := v.next(r.Context())
	if u == nil {
		return nil, nil
	}
	return []*reverseproxy.Upstream{{Dial: u.address}}, nil
}

// transport tells the visit about failed attempts.
type transport struct{ *reverseproxy.HTTPTransport }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.HTTPTransport.RoundTrip(r)
	if err != nil {
		visitOf(r.Context()).failed(err)
	}
	return answer, err
}

// resend decides whether a request that an instance may have seen is sent again: once, when the method says that twice
// is as good as once (RFC 9110, 9.2.1) and there is no body. Requests that no instance took a connection for are
// tried again in any case.
type resend struct{}

func (resend) MatchWithError(r *http.Request) (bool, error) {
	v := visitOf(r.Context())
	if v.resent || r.Body != nil && r.Body != http.NoBody {
		return false, nil
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		v.resent = true
		return true, nil
	}
	return false, nil
}
