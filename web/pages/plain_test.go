package pages

import (
	"strings"
	"testing"
	"unicode"
)

func TestPlainTextHasNoEscapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                       "plain",
		"\x1b[1;31merror\x1b[0m done": "error done",
		"\x1b]8;;https://x.example\x07link\x1b]8;;\x07": "link",
		"\x1b]0;title\x1b\\after":                       "after",
		"\x1b[2K\x1b[1Gprogress\tx":                     "progress\tx",
		"bell\x07 and null\x00":                         "bell and null",
		"<b>":                                           "<b>",
	} {
		if got := plainText(in); got != want {
			t.Errorf("plainText(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"\x1b", "\x1b[", "\x1b]8;;", "\x1b[38;2;1;2;3mx", "\x9b31m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := plainText(s); strings.ContainsFunc(got, func(r rune) bool { return r < ' ' && unicode.IsControl(r) && r != '\t' }) {
			t.Errorf("plainText(%q) = %q", s, got)
		}
	})
}
