package docker

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/server/paas"
)

// record is one entry of a json-file log: a line, or a piece of a line longer than Docker's 16 KiB.
type record struct {
	text   string // without the line end; valid UTF-8
	stream string // "out" or "err"
	nanos  int64  // Unix time
	cut    bool   // the line goes on in the next record of the stream
}

// decoder reads entries. It remembers the second it met last, since thousands of lines share one.
type decoder struct {
	second string // "2026-11-23T18:00:00"
	unix   int64
}

// What Docker writes around the text, when no labels or variables are logged with each line (ours never are).
const (
	beforeText  = `{"log":"`
	afterStdout = `,"stream":"stdout","time":"`
	afterStderr = `,"stream":"stderr","time":"`
	afterTime   = `Z"}`
)

// decode reads one entry, given without its line end. Entries exactly as Docker writes them are read without
// allocating, unless the text holds escapes; anything else goes through encoding/json. ok is false for a damaged entry.
func (d *decoder) decode(line string) (record, bool) {
	if r, ok := d.fast(line); ok {
		return r, true
	}
	return d.slow(line)
}

func (d *decoder) fast(line string) (record, bool) {
	rest, ok := strings.CutPrefix(line, beforeText)
	if !ok {
		return record{}, false
	}
	end := closingQuote(rest)
	if end < 0 {
		return record{}, false
	}
	raw, tail := rest[:end], rest[end+1:]
	r := record{stream: "out"}
	stamp, ok := strings.CutPrefix(tail, afterStdout)
	if !ok {
		if stamp, ok = strings.CutPrefix(tail, afterStderr); !ok {
			return record{}, false
		}
		r.stream = "err"
	}
	stamp, ok = strings.CutSuffix(stamp, afterTime)
	if !ok {
		return record{}, false
	}
	if r.nanos, ok = d.nanos(stamp); !ok {
		return record{}, false
	}
	text := raw
	if strings.IndexByte(raw, '\\') >= len(raw)-2 && strings.HasSuffix(raw, `\n`) {
		text = raw[:len(raw)-2] // the common case: the only escape is the line end
		if !utf8.ValidString(text) {
			return record{}, false
		}
		r.text = trimReturn(text)
		return r, true
	}
	if text, ok = unescape(raw); !ok || !utf8.ValidString(text) {
		return record{}, false
	}
	r.end(text)
	return r, true
}

func (d *decoder) slow(line string) (record, bool) {
	var entry struct {
		Log    string
		Stream string
		Time   time.Time
	}
	if json.Unmarshal([]byte(line), &entry) != nil || entry.Time.IsZero() {
		return record{}, false
	}
	r := record{stream: "out", nanos: entry.Time.UnixNano()}
	if entry.Stream == "stderr" {
		r.stream = "err"
	}
	r.end(entry.Log)
	return r, true
}

// end takes the line end off. Docker cuts at 16 KiB without a line end; a shorter text without one is the last of a
// program that did not finish its line.
func (r *record) end(text string) {
	if line, whole := strings.CutSuffix(text, "\n"); whole {
		r.text = trimReturn(line)
		return
	}
	r.text, r.cut = text, len(text) >= paas.MaxLogLine
}

func trimReturn(s string) string { return strings.TrimSuffix(s, "\r") }

// closingQuote finds the first quote that no backslash escapes; -1 when there is none.
func closingQuote(s string) int {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '"')
		if i < 0 {
			return -1
		}
		i += from
		backslashes := 0
		for i-backslashes > 0 && s[i-backslashes-1] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return i
		}
		from = i + 1
	}
}

var escapes = [256]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f', '"': '"', '\\': '\\', '/': '/'}

// unescape undoes JSON's escapes. Colours are the usual ones: Docker writes ESC as \u001b.
func unescape(s string) (string, bool) {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; s == "" {
			return "", false
		}
		if s[0] != 'u' {
			c := escapes[s[0]]
			if c == 0 {
				return "", false
			}
			b.WriteByte(c)
			s = s[1:]
			continue
		}
		r, ok := hexRune(s)
		if !ok {
			return "", false
		}
		s = s[5:]
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), false
			if strings.HasPrefix(s, `\u`) {
				low, ok = hexRune(s[1:])
			}
			if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
				r, s = pair, s[6:]
			} else {
				r = utf8.RuneError
			}
		}
		b.WriteRune(r)
	}
}

// hexRune reads "uXXXX".
func hexRune(s string) (rune, bool) {
	if len(s) < 5 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:5], 16, 32)
	return rune(n), err == nil
}

// nanos reads "2026-11-23T18:00:00.123456789" as UTC; the fraction has 0 to 9 digits.
func (d *decoder) nanos(s string) (int64, bool) {
	const whole = len("2026-11-23T18:00:00")
	if len(s) < whole {
		return 0, false
	}
	if s[:whole] != d.second {
		t, err := time.Parse("2006-01-02T15:04:05", s[:whole])
		if err != nil || t.Year() < 1678 || t.Year() > 2261 { // outside of these, nanoseconds do not fit an int64
			return 0, false
		}
		d.second, d.unix = strings.Clone(s[:whole]), t.Unix()
	}
	fraction := s[whole:]
	if fraction == "" {
		return d.unix * 1e9, true
	}
	if fraction[0] != '.' || len(fraction) < 2 || len(fraction) > 10 {
		return 0, false
	}
	n := int64(0)
	for i := range 9 {
		n *= 10
		if i+1 < len(fraction) {
			digit := fraction[i+1] - '0'
			if digit > 9 {
				return 0, false
			}
			n += int64(digit)
		}
	}
	return d.unix*1e9 + n, true
}
