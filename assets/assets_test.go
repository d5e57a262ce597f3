package assets

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// The budgets, in bytes after gzip -9. Source: the product's bar U23.
const (
	ordinaryScripts = 40 << 10
	logScripts      = 75 << 10
	styles          = 30 << 10
)

func TestTheFilesKeepTheirBudgets(t *testing.T) {
	t.Parallel()
	a, err := Load()
	if err != nil {
		t.Fatal(err) // `npm run build` makes them; `make test` does so first
	}
	size := func(name string) int {
		content, err := fs.ReadFile(a.files, a.names[name])
		if err != nil {
			t.Fatal(err)
		}
		return len(Gzip(content))
	}
	app, logs, css := size("app.js"), size("logs.js"), size("app.css")
	t.Logf("gzipped: app.js %d, logs.js %d, app.css %d bytes", app, logs, css)
	if app > ordinaryScripts || app+logs > logScripts || css > styles {
		t.Errorf("over budget: app.js %d of %d, with logs.js %d of %d, app.css %d of %d", app, ordinaryScripts, app+logs, logScripts, css, styles)
	}
}

func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	t.Parallel()
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	css, err := fs.ReadFile(a.files, a.names["app.css"])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(css), "url(http") || strings.Contains(string(css), "@import") {
		t.Error("the styles load something from elsewhere")
	}
}

func built() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json": {Data: []byte(`{"app.css":"app-1.css"}`)}, "app-1.css": {Data: []byte("body{}" + strings.Repeat(" ", 900))}, "font-1.woff2": {Data: []byte("font")},
	}
}

func TestFilesMayBeKeptForEver(t *testing.T) {
	t.Parallel()
	a, err := load(built())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path, accept, kind, encoding string
		status                       int
	}{
		"a style, packed":   {a.Path("app.css"), "br, gzip", "text/css; charset=utf-8", "gzip", 200},
		"a style, as it is": {a.Path("app.css"), "", "text/css; charset=utf-8", "", 200},
		"a font is packed":  {"/assets/font-1.woff2", "gzip", "font/woff2", "", 200},
		"no such file":      {"/assets/none.css", "gzip", "", "", 404},
		"the manifest":      {"/assets/manifest.json", "", "", "", 404},
		"a way out":         {"/assets/../assets.go", "", "", "", 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Content-Encoding") != tt.encoding {
				t.Errorf("got %d, %q", w.Code, w.Header().Get("Content-Encoding"))
			}
			if tt.status == http.StatusOK && (w.Header().Get("Content-Type") != tt.kind || !strings.Contains(w.Header().Get("Cache-Control"), "immutable")) {
				t.Errorf("got %v", w.Header())
			}
		})
	}
}

func TestABinaryWithoutAssetsSaysSo(t *testing.T) {
	t.Parallel()
	if _, err := load(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("got %v", err)
	}
}
