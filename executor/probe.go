package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
)

// How a program is asked.
const (
	probeTimeout = 5 * time.Second // one question; the first request of a large Java or R program takes seconds
	excerptBytes = 2 << 10         // of an answer's body
)

// HTTPProber asks over HTTP. A program that closes the connection or answers something else than HTTP is asked whether
// it accepts connections, which is all that can be said of it.
type HTTPProber struct{ client *http.Client }

// NewHTTPProber makes a prober that keeps no connections: each question finds the program as a new caller would.
func NewHTTPProber() HTTPProber {
	return HTTPProber{client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a redirect is an answer
	}}
}

// Probe implements Prober.
func (p HTTPProber) Probe(ctx context.Context, _ int64, address, path string) engine.Answer {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return engine.Answer{Error: err.Error()}
	}
	request.Header.Set("User-Agent", "Slipway-Readiness/1")
	response, err := p.client.Do(request)
	if err != nil {
		return withoutHTTP(ctx, address, err)
	}
	defer func() { _ = response.Body.Close() }() // read only
	body, _ := io.ReadAll(io.LimitReader(response.Body, excerptBytes))
	return engine.Answer{Connected: true, Status: response.StatusCode, Excerpt: strings.ToValidUTF8(string(body), "\uFFFD")}
}

// withoutHTTP tells a program that is not there or is silent from one that speaks another protocol.
func withoutHTTP(ctx context.Context, address string, err error) engine.Answer {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return engine.Answer{Error: fmt.Sprintf("no connection: %v", op.Err)}
	}
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return engine.Answer{Connected: true, Error: "no answer within " + span(probeTimeout)}
	}
	var dialer net.Dialer
	conn, dialErr := dialer.DialContext(ctx, "tcp", address)
	if dialErr != nil {
		return engine.Answer{Error: dialErr.Error()}
	}
	_ = conn.Close()
	return engine.Answer{Connected: true}
}
