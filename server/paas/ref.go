package paas

import (
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode"
)

// Ref is a branch, a tag or a commit as the person wrote it; "" is the repository's default branch.
type Ref string

// maxRef is how long a ref may be, in bytes. Source: git stores refs as files, whose names end at 255 bytes.
const maxRef = 250

// ParseRef checks a branch, tag or commit by git's own rules for names (git-check-ref-format).
func ParseRef(s string) (Ref, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if len(s) > maxRef || !validRef(s) {
		return "", FieldErrorf("ref", "%q cannot be the name of a branch, tag or commit.", clip(s, 80))
	}
	return Ref(s), nil
}

func validRef(s string) bool {
	switch {
	case s == "@", s[0] == '-', s[0] == '/', s[len(s)-1] == '/', s[len(s)-1] == '.':
		return false
	case strings.Contains(s, ".."), strings.Contains(s, "//"), strings.Contains(s, "@{"):
		return false
	case strings.ContainsFunc(s, unprintable), strings.ContainsAny(s, " ~^:?*[\\"):
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}

// IsCommit reports whether the ref reads as a full or abbreviated commit hash (7 hex digits at least, as git shows).
// A branch may be called so too: whoever resolves a ref tries names first.
func (r Ref) IsCommit() bool {
	if len(r) < 7 || len(r) > 64 {
		return false
	}
	return !strings.ContainsFunc(string(r), func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')
	})
}

// Subdir is a folder inside a repository in the form of fs.ValidPath; "." (and the zero value "") is the root.
type Subdir string

// ParseSubdir reads a folder of a repository as people write it: "apps/web", "./apps/web/" or "/apps/web".
func ParseSubdir(s string) (Subdir, error) {
	s = strings.TrimSpace(s)
	if len(s) > 500 || strings.ContainsFunc(s, unprintable) || strings.Contains(s, `\`) {
		return "", FieldErrorf("root", "The folder must be a path inside the repository, such as apps/web.")
	}
	clean := path.Clean("./" + strings.TrimLeft(s, "/"))
	if !fs.ValidPath(clean) {
		return "", FieldErrorf("root", "The folder %q leads out of the repository.", clip(s, 80))
	}
	for part := range strings.SplitSeq(clean, "/") {
		if strings.EqualFold(part, ".git") {
			return "", FieldErrorf("root", "The folder must not be inside .git.")
		}
	}
	return Subdir(clean), nil
}

// Path is the folder for io/fs: never empty.
func (d Subdir) Path() string {
	if d == "" {
		return "."
	}
	return string(d)
}

// Commit is what a ref pointed at when it was fetched.
type Commit struct {
	SHA     string    `json:"sha"`
	Author  string    `json:"author"`
	Email   string    `json:"email"`
	Subject string    `json:"subject"` // first line of the message
	At      time.Time `json:"at"`      // author date, UTC
}

// Short is the hash as people quote it.
func (c Commit) Short() string { return c.SHA[:min(len(c.SHA), 7)] }

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
