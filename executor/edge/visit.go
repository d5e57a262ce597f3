package edge

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// between is the pause before the same instance is tried again: a restart under a second costs nobody a request.
const between = 50 * time.Millisecond

// visit is one request on its way through the edge, with the instance it is at. It is the ResponseWriter of the request
// too, so that it sees the answer's status and whether it is a stream.
type visit struct {
	caddyhttp.ResponseWriterWrapper
	edge     *Edge
	host     string
	cancel   context.CancelFunc
	counters *counters

	at     *upstream   // where the request counts as in flight
	stream bool        // guarded by at.mu
	tried  []*upstream // failed for this request
	resent bool        // it was sent a second time after an instance may have seen it
	status int         // of the answer; 0 before
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// next moves the visit to an instance of the app as the table is now. nil when the app has none any more.
//
// The visit counts as in flight before it makes sure that the table has not changed, and Drain looks at the count after
// the table has: one of the two always sees the other, so no request is ever sent to an instance that was drained.
func (v *visit) next(ctx context.Context) *upstream {
	v.leave()
	for {
		t := v.edge.table.Load()
		app := t.byHost[v.host]
		if app == nil {
			return nil
		}
		u := choose(app.upstreams, v.tried, time.Now())
		if u == nil {
			return nil
		}
		u.enter(v)
		if v.edge.table.Load() == t {
			v.at = u
			return u
		}
		u.leave(v)
		if ctx.Err() != nil {
			return nil
		}
	}
}

func (v *visit) leave() {
	if v.at != nil {
		v.at.leave(v)
		v.at = nil
	}
}

// failed is told about every attempt that brought no answer.
func (v *visit) failed(err error) {
	if v.at == nil {
		return
	}
	v.tried = append(v.tried, v.at)
	v.counters.retries.Add(1)
	if errors.As(err, new(reverseproxy.DialError)) {
		v.at.unreachable(time.Now())
	}
}

// pause waits before an instance that failed for this visit is tried again; without waiting where there is another.
func (v *visit) pause(ctx context.Context) {
	if len(v.tried) == 0 {
		return
	}
	if app := v.edge.table.Load().byHost[v.host]; app != nil && len(app.upstreams) > len(v.tried) {
		return
	}
	timer := time.NewTimer(between)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// WriteHeader notes the status. An answer that never ends by itself is a stream from here on.
func (v *visit) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		v.status = status
		if v.at != nil && (status == http.StatusSwitchingProtocols || isEventStream(v.Header())) {
			v.at.becomeStream(v)
		}
	}
	v.ResponseWriter.WriteHeader(status)
}

func isEventStream(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "text/event-stream"
}
