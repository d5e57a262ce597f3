package pages

import "regexp"

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
