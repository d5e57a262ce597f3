package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web"
	"github.com/slipway-paas/slipway/web/fake"
)

func FuzzLinesAreJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred\x1b[0m", `"\`, "\t\r\n\x00\x7f", "ümläut 漢字 🚢", "\xff\xfe broken", "a\u2028b", "\ufffd"} {
		f.Add(s, int64(1), true)
	}
	f.Fuzz(func(t *testing.T, text string, n int64, cut bool) {
		line := paas.Log{Seq: n, At: noon, Stream: "out", Text: text, Cut: cut}
		var got [][]any
		if err := json.Unmarshal(web.AppendLines(nil, []paas.Log{line, line}), &got); err != nil || len(got) != 2 {
			t.Fatalf("%q: %v", text, err)
		}
		want := text
		if !utf8.ValidString(text) {
			var again string
			b, err := json.Marshal(text)
			if err != nil || json.Unmarshal(b, &again) != nil {
				t.Fatal(err)
			}
			want = again // as encoding/json mends it
		}
		if got[1][3] != want || (len(got[1]) == 5) != cut {
			t.Errorf("%q came back as %q", text, got[1])
		}
	})
}

func BenchmarkAppendLines(b *testing.B) {
	lines := fake.TaskLog(noon, 1000)
	var out []byte
	for b.Loop() {
		out = web.AppendLines(out[:0], lines)
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkEncodingJSON(b *testing.B) {
	lines := fake.TaskLog(noon, 1000)
	for b.Loop() {
		if _, err := json.Marshal(lines); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "lines/s")
}

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
