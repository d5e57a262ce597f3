package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/web/fake"
)

func TestAWindowOfALog(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.get(fake.Ada, "/logs/task/1001/lines?from=-2&limit=2").mustHave(t, http.StatusOK, `{"first":1,"last":300,"lines":[[299,`, `[300,`)
	p.get(fake.Ada, "/logs/task/1001/lines?from=10&limit=1").mustHave(t, http.StatusOK, `"lines":[[10,`)
	p.get(fake.Ada, "/logs/task/1001/lines?from=999").mustHave(t, http.StatusOK, `"lines":[]}`)
	p.get(fake.Ada, "/logs/task/9004/lines").mustHave(t, http.StatusNotFound)
}

func TestSearchingALog(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.get(fake.Ada, "/logs/task/1001/search?q=slow+QUERY").mustHave(t, http.StatusOK, `{"hits":[41,82,123,164,205,246,287],"more":false}`)
	p.get(fake.Ada, "/logs/task/1001/search?q=502|slow&regex=1&from=240").mustHave(t, http.StatusOK, `"hits":[246,287,291]`)
	p.get(fake.Ada, "/logs/task/1001/search?q=(&regex=1").mustHave(t, http.StatusOK, `not a regular expression`)
	p.get(fake.Eve, "/logs/task/1001/search?q=a").mustHave(t, http.StatusNotFound)
}

func TestDownloadingALog(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	got := p.get(fake.Ada, "/logs/task/1001/raw.gz")
	z, err := gzip.NewReader(bytes.NewReader([]byte(got.body)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 300 || got.header.Get("Content-Disposition") != `attachment; filename="task-1001.log.gz"` {
		t.Errorf("%d lines as %q", n, got.header.Get("Content-Disposition"))
	}
}

func TestReadingALogWithoutScripts(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.platform.Bus.Append("logs:task:1002", fake.TaskLog(noon, 2500)...) // after 300 of the scene
	last := p.get(fake.Ada, "/logs/task/1002/plain")
	last.mustHave(t, http.StatusOK, `href="/logs/task/1002/plain?from=801"`)
	last.mustNotHave(t, "\x1b")
	p.get(fake.Ada, "/logs/task/1002/plain?from=801").mustHave(t, http.StatusOK, `?from=1"`, `?from=1801"`)
}
