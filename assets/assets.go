// Package assets holds what browsers load: scripts, styles, the font and the icon, built into the binary. `npm run
// build` in this folder writes dist/; every name there carries a hash of the content, so that a browser may keep a
// file for ever and never sees an old one.
package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Assets are the built files.
type Assets struct {
	files fs.FS
	names map[string]string // "app.css" → "app-5f0c….css"

	packed sync.Map // file name → func() []byte: its gzip form, made at its first use
}

// Load reads the manifest of the built files. It fails when the binary was built without them.
func Load() (*Assets, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the built assets: %w", err)
	}
	return load(files)
}

func load(files fs.FS) (*Assets, error) {
	text, err := fs.ReadFile(files, "manifest.json")
	if err != nil {
		return nil, fmt.Errorf("this binary was built without its web assets (run `make build`): %w", err)
	}
	a := &Assets{files: files}
	if err := json.Unmarshal(text, &a.names); err != nil {
		return nil, fmt.Errorf("read the manifest of the web assets: %w", err)
	}
	return a, nil
}

// Path is the address of a file by its plain name: "app.css" → "/assets/app-5f0c….css". An unknown name is a mistake in
// a template and shows as a missing file.
func (a *Assets) Path(name string) string { return "/assets/" + a.names[name] }

// ServeHTTP serves /assets/NAME. Names carry their content's hash, so they may be kept for a year, the longest that
// RFC 9111 caches honour.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	content, err := fs.ReadFile(a.files, name)
	if err != nil || name == "manifest.json" || strings.HasPrefix(name, ".") {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".woff2" {
		kind = "font/woff2" // not in every machine's table
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	a.serveCompressed(w, r, name, content)
}
