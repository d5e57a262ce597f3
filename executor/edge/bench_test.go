package edge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/edge"
)

// BenchmarkEdge sends requests through the edge, and through net/http's ReverseProxy, to the same app; client and app
// share the machine. Compare their requests/s of one run.
func BenchmarkEdge(b *testing.B) {
	page := strings.Repeat("x", 4<<10)
	_, address := instance(b, says(page))
	g := serve(b, edge.Config{})
	apps := make([]edge.App, 1000)
	for i := range apps {
		apps[i] = edge.App{ID: int64(i), Name: "other-" + strings.Repeat("x", i%20), State: edge.Stopped}
	}
	apps[500] = edge.App{ID: 500, Name: "shop", Upstreams: []string{address}}
	g.Apply(edge.Routes{Apps: apps})

	plain := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.SetXForwarded()
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	})
	defer plain.Close()

	for _, bench := range []struct{ name, url string }{
		{"ReverseProxy", plain.URL}, {"edge", "http://shop.localhost/"}, {"ReverseProxy-again", plain.URL}, {"edge-again", "http://shop.localhost/"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			client := g.client
			if strings.HasPrefix(bench.name, "Reverse") {
				client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
				defer client.CloseIdleConnections()
			}
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					res, err := client.Get(bench.url)
					if err != nil {
						b.Error(err)
						return
					}
					n, err := io.Copy(io.Discard, res.Body)
					res.Body.Close()
					if err != nil || n != int64(len(page)) || res.StatusCode != http.StatusOK {
						b.Errorf("got %d with %d bytes: %v", res.StatusCode, n, err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkApply swaps a table of 1,000 apps.
func BenchmarkApply(b *testing.B) {
	e, err := edge.New(edge.Config{})
	if err != nil {
		b.Fatal(err)
	}
	apps := make([]edge.App, 1000)
	for i := range apps {
		apps[i] = edge.App{ID: int64(i), Name: "app-" + string(rune('a'+i%26)), Upstreams: []string{"127.0.0.1:1", "127.0.0.1:2"}}
	}
	for b.Loop() {
		e.Apply(edge.Routes{Apps: apps})
	}
}
