package logs

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/server/paas"
)

// AppendLines writes lines as the log viewer reads them: [[number, milliseconds since 1970, stream, text], …], with a
// fifth element 1 when the line goes on in the next. Written by hand because it is the portal's hottest path: it takes
// a third of the time of encoding/json (BenchmarkAppendLines).
func AppendLines(b []byte, lines []paas.Log) []byte {
	b = append(b, '[')
	for i, l := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendInt(b, l.Seq, 10)
		b = append(b, ',')
		b = appendTime(b, micros(l.At))
		b = append(b, ',')
		b = AppendString(b, l.Stream)
		b = append(b, ',')
		b = AppendString(b, l.Text)
		if l.Cut {
			b = append(b, ",1"...)
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

// appendMerged writes a line of merged logs: [number in its log, time, stream, text, 1 when it goes on in the next else 0,
// which log], with the time it counts as where that is another.
func appendMerged(b []byte, l mergedLine) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, l.Seq, 10)
	b = append(b, ',')
	b = appendTime(b, micros(l.At))
	b = append(b, ',')
	b = AppendString(b, l.Stream)
	b = append(b, ',')
	b = AppendString(b, l.Text)
	cut := byte('0')
	if l.Cut {
		cut = '1'
	}
	b = append(b, ',', cut, ',')
	b = strconv.AppendInt(b, int64(l.of), 10)
	if l.us != micros(l.At) {
		b = append(b, ',')
		b = appendTime(b, l.us)
	}
	return append(b, ']')
}

// micros is a time in microseconds since 1970: as exactly as JavaScript's numbers hold it, and the measure by which the
// logs of several tasks are merged, here and in the browser.
func micros(at time.Time) int64 { return at.UnixMicro() }

// appendTime writes microseconds as milliseconds with up to three decimals, as JavaScript's Date takes them.
func appendTime(b []byte, us int64) []byte {
	b = strconv.AppendInt(b, us/1000, 10)
	rest := us % 1000
	if rest <= 0 { // before 1970 nobody logged anything
		return b
	}
	return append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
}

const hexDigits = "0123456789abcdef"

// AppendString writes s as a JSON string (RFC 8259, section 7). Bytes that are no UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
			i++
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
