// Package web is what people and programs see of Slipway: pages, the JSON API and the live websocket. Handlers bind the
// request, call one verb of control, and render or redirect; every right is checked there.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/web/api"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/draft"
	"github.com/slipway-paas/slipway/web/live"
	"github.com/slipway-paas/slipway/web/logs"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// Config is what the portal is composed of.
type Config struct {
	Control   Control
	Bus       Bus
	Requests  api.Requests // remembers answers by Idempotency-Key
	Assets    Assets
	PublicURL string // as people reach the portal: "http://127.0.0.1:8080"; websockets must come from there
	Log       *slog.Logger
	Drafts    draft.Sealer        // seals forms whose sender has to sign in again
	Samples   []pages.Sample      // offered under New app
	Runtimes  []components.Choice // to choose by hand, without the first "detect" choice
	Proxies   []netip.Prefix      // whose X-Forwarded-For is believed; none by default
	Ready     func(context.Context) error
}

// Assets finds and serves the files that browsers load; *assets.Assets does.
type Assets interface {
	http.Handler
	Path(name string) string
}

// Server is the portal.
type Server struct {
	Config
	public  *url.URL
	echo    *echo.Echo
	handler http.Handler
	live    map[string]bool // patterns of pages that are kept fresh
	shown   map[string]bool // patterns that can be asked for with GET
	hub     *live.Hub
	logs    *logs.Pages
	*render.Renderer
}

// New checks the configuration and the route table.
func New(cfg Config) (*Server, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
		return nil, fmt.Errorf("the portal's public address %q is not an http or https address", cfg.PublicURL)
	}
	cfg.Runtimes = append([]components.Choice{{Value: "", Label: "Detect"}}, cfg.Runtimes...)
	s := &Server{Config: cfg, public: public, live: map[string]bool{}, shown: map[string]bool{}}
	s.Renderer = &render.Renderer{Asset: cfg.Assets.Path, Secure: s.https()}
	s.hub = live.NewHub(livePortal{s}, cfg.Bus, origin(public), cfg.Log)
	s.logs = &logs.Pages{Control: cfg.Control, Bus: cfg.Bus, Renderer: s.Renderer, WriteTimeout: writeTimeout}

	s.echo = echo.New()
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = s.peer()
	s.echo.Use(s.identify, s.recover, s.secure)
	if err := s.register(s.routes()); err != nil {
		return nil, err
	}

	csrf := http.NewCrossOriginProtection()
	if err := csrf.AddTrustedOrigin(origin(public)); err != nil {
		return nil, fmt.Errorf("trust the portal's own origin: %w", err)
	}
	csrf.SetDenyHandler(http.HandlerFunc(s.denyCrossOrigin))
	s.handler = csrf.Handler(s.echo)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Timeouts of a connection. A page is small and its maker quick; streams move their own write deadline on.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 120 * time.Second
	// shutdownGrace is how long running requests may take to finish after ctx ended.
	shutdownGrace = 10 * time.Second
)

// Serve answers on l until ctx ends; then requests finish and websockets are closed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		stopped <- srv.Shutdown(grace)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the portal: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stop the portal: %w", err)
	}
	return nil
}

// peer finds the client's address: the connection's own, unless a configured proxy says otherwise. echo's default would
// believe X-Forwarded-For from anybody (GHSA-246p-cpwv-v3jq).
func (s *Server) peer() echo.IPExtractor {
	if len(s.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range s.Proxies {
		_, ipnet, err := net.ParseCIDR(p.String())
		if err == nil { // a netip.Prefix prints as one
			trust = append(trust, echo.TrustIPRange(ipnet))
		}
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func (s *Server) https() bool { return s.public.Scheme == "https" }
