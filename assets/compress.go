package assets

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

func (a *Assets) serveCompressed(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	if path.Ext(name) != ".woff2" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		once, _ := a.packed.LoadOrStore(name, sync.OnceValue(func() []byte { return Gzip(content) }))
		content = once.(func() []byte)()
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Add("Vary", "Accept-Encoding")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // an error means the browser went away
}

// Gzip packs content as small as gzip can.
func Gzip(content []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // cannot happen: the level is the package's own constant
	}
	_, _ = z.Write(content) // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}
