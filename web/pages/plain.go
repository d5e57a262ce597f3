package pages

import (
	"regexp"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// escapes are ANSI's control sequences: CSI (colours, cursor), OSC (titles, links) and the two-letter ones.
// Source: ECMA-48, sections 5.4 and 8.3.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\^_])")

// plainText is a line without its colours and without control characters.
func plainText(s string) string {
	s = escapes.ReplaceAllString(s, "")
	clean := make([]rune, 0, len(s))
	for _, r := range s {
		if r >= ' ' && r != 0x7f || r == '\t' {
			clean = append(clean, r)
		}
	}
	return string(clean)
}

// PlainLine is a line of a log, with the label of its task where several are shown.
type PlainLine struct {
	paas.Log
	Label string
}

// plainLines are the lines as text, each with its time in UTC and its label.
func plainLines(lines []PlainLine) string {
	width := 0
	for _, l := range lines {
		width = max(width, len(l.Label)+2)
	}
	var all strings.Builder
	for _, l := range lines {
		all.WriteString(l.At.UTC().Format("15:04:05  "))
		if l.Label != "" {
			all.WriteString(l.Label + strings.Repeat(" ", width-len(l.Label)))
		}
		all.WriteString(plainText(l.Text) + "\n")
	}
	return all.String()
}
