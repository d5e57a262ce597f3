package edge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/edge"
)

func TestPagesSayWhyThereIsNoAnswer(t *testing.T) {
	g := serve(t, edge.Config{})
	_, address := instance(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	g.Apply(edge.Routes{Apps: []edge.App{
		{ID: 1, Name: "idle", State: edge.Stopped},
		{ID: 2, Name: "soon", State: edge.Starting},
		{ID: 3, Name: "broken", State: edge.Failing},
		{ID: 4, Name: "refusing", Upstreams: []string{closedPort(t)}},
		{ID: 5, Name: "hanging-up", Upstreams: []string{address}},
	}})
	forms := map[string]string{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html",
		"application/json":            "application/json",
		"application/problem+json":    "application/json",
		"*/*":                         "text/plain",
		"text/html;q=0.1, text/plain": "text/plain",
		"":                            "text/plain",
	}
	tests := map[string]struct {
		host    string
		status  int
		title   string
		code    string
		refresh bool
	}{
		"an unknown host":                   {"nobody.localhost", 404, "There is no app at this address", "no_such_app", false},
		"an app that is stopped":            {"idle.localhost", 503, "idle is stopped", "app_stopped", false},
		"an app that is starting":           {"soon.localhost", 503, "soon is starting", "app_starting", true},
		"an app that is failing":            {"broken.localhost", 503, "broken is not answering", "app_failing", false},
		"an instance that cannot be called": {"refusing.localhost", 502, "refusing is not answering", "app_failing", false},
		"an instance that hangs up":         {"hanging-up.localhost", 502, "hanging-up is not answering", "app_failing", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for accept, kind := range forms {
				if tt.host == "refusing.localhost" && kind != "text/html" {
					continue // each of these waits until the edge gives up
				}
				t.Run(accept, func(t *testing.T) {
					t.Parallel()
					res, body := g.get(t, "http://"+tt.host+"/some/path", "Accept", accept)
					if got := res.Header.Get("Content-Type"); got != kind+"; charset=utf-8" {
						t.Errorf("got %q, want %q", got, kind)
					}
					if res.StatusCode != tt.status || !strings.Contains(body, tt.title) {
						t.Errorf("got %d %q, want %d %q", res.StatusCode, body, tt.status, tt.title)
					}
					if got := res.Header.Get("Retry-After") != ""; got != tt.refresh {
						t.Errorf("Retry-After is %q", res.Header.Get("Retry-After"))
					}
					if got := strings.Contains(body, `http-equiv="refresh"`); got != (tt.refresh && kind == "text/html") {
						t.Errorf("the page reloads by itself: %v", got)
					}
					if kind == "application/json" {
						var said struct{ Error, Message string }
						if err := json.Unmarshal([]byte(body), &said); err != nil || said.Error != tt.code {
							t.Errorf("got %s, want the code %s", body, tt.code)
						}
					}
					mustNotLeak(t, res, body)
				})
			}
		})
	}
}

func mustNotLeak(t *testing.T, res *http.Response, body string) {
	t.Helper()
	for _, leak := range []string{"127.0.0.1", "refused", "eof", "dial", "caddy"} {
		if strings.Contains(strings.ToLower(body), leak) || strings.Contains(strings.ToLower(fmt.Sprint(res.Header)), leak) {
			t.Errorf("the answer gives away %q: %v %s", leak, res.Header, body)
		}
	}
}

func TestAnAppsOwnErrorsPassThrough(t *testing.T) {
	g := serve(t, edge.Config{})
	_, address := instance(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "my own words", http.StatusServiceUnavailable)
	})
	g.Apply(edge.Routes{Apps: []edge.App{{ID: 1, Name: "shop", Upstreams: []string{address}}}})
	res, body := g.get(t, "http://shop.localhost/")
	if res.StatusCode != 503 || body != "my own words\n" {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
	if got := g.Traffic()[1]; got.Requests != 1 || got.Failed != 1 {
		t.Errorf("counted %+v, want one request that failed", got)
	}
}
