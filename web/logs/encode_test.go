package logs_test

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/fake"
	"github.com/slipway-paas/slipway/web/logs"
)

// at is when the lines of these tests were printed.
var at = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)

func FuzzLinesAreJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred\x1b[0m", `"\`, "\t\r\n\x00\x7f", "ümläut 漢字 🚢", "\xff\xfe broken", "a\u2028b", "\ufffd"} {
		f.Add(s, int64(1), true)
	}
	f.Fuzz(func(t *testing.T, text string, n int64, cut bool) {
		line := paas.Log{Seq: n, At: at, Stream: "out", Text: text, Cut: cut}
		var got [][]any
		if err := json.Unmarshal(logs.AppendLines(nil, []paas.Log{line, line}), &got); err != nil || len(got) != 2 {
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
	lines := fake.TaskLog(at, 1000)
	var out []byte
	for b.Loop() {
		out = logs.AppendLines(out[:0], lines)
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkEncodingJSON(b *testing.B) {
	lines := fake.TaskLog(at, 1000)
	for b.Loop() {
		if _, err := json.Marshal(lines); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "lines/s")
}
