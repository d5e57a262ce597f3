package docker

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	const at = `"time":"2026-11-23T18:00:00.5Z"}`
	tests := map[string]struct {
		line   string
		text   string
		stream string
		cut    bool
	}{
		"a plain line":                    {`{"log":"hello\n","stream":"stdout",` + at, "hello", "out", false},
		"a line of stderr":                {`{"log":"oops\n","stream":"stderr",` + at, "oops", "err", false},
		"an empty line":                   {`{"log":"\n","stream":"stdout",` + at, "", "out", false},
		"a Windows line":                  {`{"log":"hello\r\n","stream":"stdout",` + at, "hello", "out", false},
		"quotes and backslashes":          {`{"log":"say \"\\n\"\\\n","stream":"stdout",` + at, `say "\n"\`, "out", false},
		"a text that ends in backslash n": {`{"log":"C:\\n","stream":"stdout",` + at, `C:\n`, "out", false},
		"colours":                         {`{"log":"\u001b[31mred\u001b[0m\n","stream":"stdout",` + at, "\x1b[31mred\x1b[0m", "out", false},
		"a pair of surrogates":            {`{"log":"\ud83d\udea2\n","stream":"stdout",` + at, "🚢", "out", false},
		"half a pair":                     {`{"log":"\ud83d!\n","stream":"stdout",` + at, "\uFFFD!", "out", false},
		"HTML characters":                 {`{"log":"\u003cb\u003e\u0026\n","stream":"stdout",` + at, "<b>&", "out", false},
		"an unfinished last line":         {`{"log":"prompt> ","stream":"stdout",` + at, "prompt> ", "out", false},
		"a piece of a long line":          {`{"log":"` + strings.Repeat("y", 16384) + `","stream":"stdout",` + at, strings.Repeat("y", 16384), "out", true},
		"extra attributes":                {`{"log":"hello\n","stream":"stdout","attrs":{"a":"b"},` + at, "hello", "out", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d decoder
			r, ok := d.decode(tt.line)
			want := time.Date(2026, 11, 23, 18, 0, 0, 5e8, time.UTC).UnixNano()
			if !ok || r.text != tt.text || r.stream != tt.stream || r.cut != tt.cut || r.nanos != want {
				t.Errorf("got %+v, %v", r, ok)
			}
		})
	}
}

func TestDecodeDamaged(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "{", `{"log":"x`, `{"log":"x\n","stream":"stdout","time":"yesterday"}`, "\x00\x00\x00"} {
		if r, ok := new(decoder).decode(line); ok {
			t.Errorf("%q was read as %+v", line, r)
		}
	}
}

// FuzzDecode compares the fast path with encoding/json: it may decline, but never differ.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"hello\n", "\x1b[31mred", `"\\n`, "\u2028🚢\r\n", "\xff\xfe", "<&>", "a\x00b\n", `C:\new` + "\n"} {
		line, err := json.Marshal(map[string]string{"log": s, "stream": "stdout"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.TrimSuffix(string(line), "}") + `,"time":"2026-11-23T18:00:00.123456789Z"}`)
	}
	f.Add(`{"log":"\ud800\udc00\udfff","stream":"stderr","time":"2026-02-28T23:59:60Z"}`)
	f.Fuzz(func(t *testing.T, line string) {
		var d decoder
		fast, ok := d.fast(line)
		if !ok {
			return
		}
		if !utf8.ValidString(fast.text) {
			t.Fatalf("%q gave text that is not UTF-8: %q", line, fast.text)
		}
		slow, ok := d.slow(line)
		if !ok {
			// encoding/json refuses raw control characters inside strings; we let them through.
			if strings.ContainsFunc(line, func(r rune) bool { return r < 0x20 }) {
				return
			}
			t.Fatalf("%q was read as %+v; encoding/json refuses it", line, fast)
		}
		if fast != slow {
			t.Fatalf("%q: fast %+v, encoding/json %+v", line, fast, slow)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, text := range map[string]string{"plain": strings.Repeat("x", 80), "colours": `\u001b[32mINFO\u001b[0m ` + strings.Repeat("x", 60)} {
		b.Run(name, func(b *testing.B) {
			line := `{"log":"` + text + `\n","stream":"stdout","time":"2026-11-23T18:00:00.123456789Z"}`
			var d decoder
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := d.fast(line); !ok {
					b.Fatal("not the fast path")
				}
			}
		})
	}
}
