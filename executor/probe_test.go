package executor_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor"
)

func TestHTTPProber(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound) // an address that never answers
		case "/broken":
			http.Error(w, "no database\xff", http.StatusServiceUnavailable)
		case "/large":
			_, _ = w.Write(make([]byte, 1<<20))
		}
	}))
	t.Cleanup(server.Close)
	web := strings.TrimPrefix(server.URL, "http://")
	tests := map[string]struct {
		address, path string
		ready         bool
		status        int
		excerpt       string
	}{
		"a page":                          {web, "/", true, 200, ""},
		"a path without its slash":        {web, "healthz", true, 200, ""},
		"a redirect is an answer":         {web, "/moved", true, 302, ""},
		"an error with its body":          {web, "/broken", false, 503, "no database\uFFFD\n"},
		"a large page is not read whole":  {web, "/large", true, 200, ""},
		"a server of something else":      {listen(t, "HELO\r\n"), "/", true, 0, ""},
		"a server that says nothing":      {listen(t, ""), "/", true, 0, ""},
		"nothing listens":                 {free(t), "/", false, 0, ""},
		"a path that is no path of a URL": {web, "/%zz", false, 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := executor.NewHTTPProber().Probe(t.Context(), 1, tt.address, tt.path)
			if got.Ready() != tt.ready || got.Status != tt.status || len(got.Excerpt) > 2<<10 || tt.excerpt != "" && got.Excerpt != tt.excerpt {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// listen serves something that is not HTTP: it greets, or says nothing, and hangs up.
func listen(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(greeting))
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// free is an address where nothing listens any more.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
