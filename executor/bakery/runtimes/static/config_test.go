package static

import (
	"maps"
	"strings"
	"testing"

	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func TestWhatASiteSaysOfItself(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, text string
		root       string
		vars       map[string]string
		ignored    string // in a warning
	}{
		"an empty Staticfile":              {"Staticfile", "", "", nil, ""},
		"a folder":                         {"Staticfile", "root: dist/public", "dist/public", nil, ""},
		"the app's own folder":             {"Staticfile", "root: /", ".", nil, ""},
		"Cloud Foundry's single-page app":  {"Staticfile", "pushstate: enabled", "", map[string]string{"SITE_FALLBACK": "always"}, ""},
		"Railpack's single-page app":       {"Staticfile", "index_fallback: true", "", map[string]string{"SITE_FALLBACK": "always"}, ""},
		"no single-page app":               {"Staticfile", "index_fallback: false", "", map[string]string{"SITE_FALLBACK": "never"}, ""},
		"lists of files":                   {"Staticfile", "directory: visible\nssi: enabled\nhost_dot_files: true", "", map[string]string{"SITE_LISTING": "on", "SITE_SSI": "on", "SITE_DOTFILES": "on"}, ""},
		"pages for errors":                 {"Staticfile", "status_codes:\n  404: /pages/404.html\n  500: pages/500.html", "", map[string]string{"SITE_ERRORS": "404=/pages/404.html 500=/pages/500.html"}, ""},
		"a page that is no path":           {"Staticfile", "status_codes:\n  404: '/a; return 200'", "", nil, "/a; return 200"},
		"strict transport":                 {"Staticfile", "http_strict_transport_security: true\nhttp_strict_transport_security_preload: true", "", map[string]string{"SITE_HSTS": "max-age=31536000; preload"}, ""},
		"what the edge decides":            {"Staticfile", "force_https: true", "", nil, "force_https"},
		"nginx's own configuration":        {"Staticfile", "location_include: includes/*.conf", "", nil, "location_include"},
		"Heroku's single-page app":         {"static.json", `{"root": "build/", "routes": {"/**": "index.html"}}`, "build", map[string]string{"SITE_FALLBACK": "always"}, ""},
		"Heroku's page for what is missed": {"static.json", `{"error_page": "oops.html", "https_only": true}`, "", map[string]string{"SITE_ERRORS": "404=/oops.html"}, "https_only"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(runtime.Tree{Repo: fstest.MapFS{tt.file: {Data: []byte(tt.text)}}, Root: "."})
			if err != nil || got.File != tt.file || got.Root != tt.root || !maps.Equal(got.Vars, tt.vars) {
				t.Errorf("got %+v, %v; want %q, %v", got, err, tt.root, tt.vars)
			}
			said := ""
			for _, w := range got.Warnings {
				said += w.Message
			}
			if (said == "") != (tt.ignored == "") || !strings.Contains(said, tt.ignored) {
				t.Errorf("got the warnings %q, want %q in them", said, tt.ignored)
			}
		})
	}
}

func TestASiteThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]fstest.MapFS{
		"a folder that is none": {"Staticfile": {Data: []byte(`root: "a\"; b"`)}},
		"no YAML":               {"Staticfile": {Data: []byte("a: [")}},
		"no JSON":               {"static.json": {Data: []byte("{")}},
	} {
		if got, err := Read(runtime.Tree{Repo: file, Root: "."}); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}
