package bus

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slipway-paas/slipway/server/paas"
)

// longestQuery bounds what a person may search for, in bytes.
const longestQuery = 1 << 10

// SearchLogs gives at most limit lines by number and time, from line from on, that match a query: a text, small and capital
// letters alike, or a regular expression in RE2's syntax. Colours (ANSI escapes) within a line are not seen through.
func (b *Bus) SearchLogs(ctx context.Context, topic paas.Topic, query string, regex bool, from int64, limit int) ([]paas.LogHit, error) {
	match, err := parseQuery(query, regex)
	if err != nil {
		return nil, err
	}
	r, err := b.readFrom(ctx, topic, from)
	if err != nil {
		return nil, err
	}
	var found []paas.LogHit
	for len(found) < limit {
		next, err := r.batch(ctx)
		if err != nil {
			return nil, err
		}
		if next.count == 0 {
			break
		}
		columns, err := next.columns()
		if err != nil {
			return nil, fmt.Errorf("search %s: %w", topic, err)
		}
		for _, line := range match(columns) {
			if seq := next.first + int64(line); seq >= r.seq && len(found) < limit {
				found = append(found, paas.LogHit{Seq: seq, At: time.Unix(0, columns.lines[line].at).UTC()})
			}
		}
	}
	return found, nil
}

// matcher gives the lines of a batch that match, in order, as indexes.
type matcher func(columns) []int

func parseQuery(query string, regex bool) (matcher, error) {
	switch {
	case query == "":
		return nil, paas.FieldErrorf("query", "Say what to search for.")
	case len(query) > longestQuery:
		return nil, paas.FieldErrorf("query", "A search may have at most %d characters.", longestQuery)
	case regex:
		expression, err := regexp.Compile(query)
		if err != nil {
			return nil, paas.FieldErrorf("query", "This is not a regular expression: %s.", err).Because(err)
		}
		return eachLine(expression.MatchString), nil
	case isASCII(query):
		return containsASCII(strings.ToLower(query)), nil
	default:
		lower := strings.ToLower(query)
		return eachLine(func(line string) bool { return strings.Contains(strings.ToLower(line), lower) }), nil
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

func eachLine(matches func(string) bool) matcher {
	return func(c columns) (found []int) {
		start := 0
		for i, line := range c.lines {
			if matches(c.text[start:line.end]) {
				found = append(found, i)
			}
			start = line.end
		}
		return found
	}
}

// containsASCII searches the text of a whole batch at once: folding the letters of each line by itself would cost an allocation a line.
func containsASCII(lower string) matcher {
	var text []byte // reused from batch to batch
	query := []byte(lower)
	return func(c columns) (found []int) {
		text = append(text[:0], c.text...)
		for i, letter := range text {
			if 'A' <= letter && letter <= 'Z' {
				text[i] = letter + 'a' - 'A'
			}
		}
		for at := 0; ; {
			hit := bytes.Index(text[at:], query)
			if hit < 0 {
				return found
			}
			at += hit
			line := sort.Search(len(c.lines), func(i int) bool { return c.lines[i].end > at })
			if at+len(query) > c.lines[line].end { // begins in one line and ends in another
				at++
				continue
			}
			found = append(found, line)
			at = c.lines[line].end
		}
	}
}
