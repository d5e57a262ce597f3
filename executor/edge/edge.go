// Package edge is where people's requests come in: Caddy inside the process, with a table of our own from host names to
// the instances of apps. The table is swapped in memory, so that a deploy of one app never touches a connection of
// another. A request that no instance can answer gets a page that says why.
package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Config says where the edge listens and which names it answers to. The zero value of a field means its default.
type Config struct {
	Listen  string   // host:port, plain HTTP; default DefaultListen
	Domains []string // an app answers at NAME.<domain> for each, with any port; default "localhost"

	// TrustedProxies are the addresses or networks (CIDR) of load balancers in front, whose X-Forwarded-* headers are
	// believed. Anybody else's are replaced.
	TrustedProxies []string

	Grace  time.Duration // how long Run waits at its end for requests in flight; default DefaultGrace
	Logger *slog.Logger  // default: discards
}

// The defaults.
const (
	DefaultListen = "127.0.0.1:8000"
	DefaultDomain = "localhost"
	DefaultGrace  = 5 * time.Second
)

// Edge sends requests to apps. Make one with New; its methods may be called concurrently.
type Edge struct {
	cfg   Config
	table atomic.Pointer[table]

	mu        sync.Mutex // orders Apply and Drain
	upstreams map[string]*upstream
	traffic   map[int64]*counters
}

// New checks cfg and makes an edge that knows no app yet. Run starts it.
func New(cfg Config) (*Edge, error) {
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	if len(cfg.Domains) == 0 {
		cfg.Domains = []string{DefaultDomain}
	}
	if cfg.Grace == 0 {
		cfg.Grace = DefaultGrace
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if _, port, err := net.SplitHostPort(cfg.Listen); err != nil || port == "" || port == "0" {
		return nil, paas.FieldErrorf("edge", "%q is not an address to listen on. Write it as HOST:PORT, such as %s.", cfg.Listen, DefaultListen)
	}
	for _, domain := range cfg.Domains {
		if domain == "" || cleanHost(domain) != domain {
			return nil, paas.FieldErrorf("domain", "%q is not a domain. Write it in small letters without a port, such as apps.example.com.", domain)
		}
	}
	for _, proxy := range cfg.TrustedProxies {
		_, prefixErr := netip.ParsePrefix(proxy)
		_, addrErr := netip.ParseAddr(proxy)
		if prefixErr != nil && addrErr != nil {
			return nil, paas.FieldErrorf("trusted-proxies", "%q is neither an IP address nor a network such as 10.0.0.0/8.", proxy)
		}
	}
	e := &Edge{cfg: cfg, upstreams: map[string]*upstream{}, traffic: map[int64]*counters{}}
	e.table.Store(&table{})
	return e, nil
}

// Run serves until ctx ends, then stops listening, waits Grace for requests in flight and closes what is left. Caddy
// keeps one configuration per process, so only one edge of a process can run at a time.
func (e *Edge) Run(ctx context.Context) error {
	if !running.CompareAndSwap(nil, e) {
		return errors.New("an edge runs in this process already")
	}
	defer running.Store(nil)
	if err := e.free(ctx); err != nil {
		return err
	}
	if err := e.startCaddy(); err != nil {
		return err
	}
	e.cfg.Logger.InfoContext(ctx, "edge listens", "address", e.cfg.Listen)
	<-ctx.Done()
	return stopCaddy()
}

// free makes sure that nobody else listens on the address: Caddy's sockets share their port (SO_REUSEPORT), so a second
// Slipway would silently take half of the requests.
func (e *Edge) free(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", e.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for apps: %w", err)
	}
	if err := l.Close(); err != nil {
		return fmt.Errorf("listen for apps: %w", err)
	}
	return nil
}

// cleanHost is the form in which hosts are compared: without port, brackets and final dot, in small letters. "" for what
// cannot be a host.
func cleanHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if len(host) > longestHost {
		return ""
	}
	for _, c := range []byte(host) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`/\@?#%:"'<>`, c) >= 0 && c != ':' {
			return ""
		}
	}
	return strings.ToLower(host)
}

// longestHost is the most characters a name has in DNS (RFC 1035, 2.3.4).
const longestHost = 253
