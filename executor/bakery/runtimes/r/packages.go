package r

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// basePackages come with R itself.
var basePackages = []string{"base", "compiler", "datasets", "grDevices", "graphics", "grid", "methods", "parallel", "splines",
	"stats", "stats4", "tcltk", "tools", "translations", "utils", "R"}

var (
	loads      = regexp.MustCompile(`\b(?:library|require|requireNamespace|loadNamespace)\s*\(\s*(?:package\s*=\s*)?["']?([A-Za-z][A-Za-z0-9.]*[A-Za-z0-9])["']?\s*[,)]`)
	qualified  = regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]):{2,3}[A-Za-z.]`)
	pacman     = regexp.MustCompile(`p_load\s*\(([^)]*)\)`)
	word       = regexp.MustCompile(`[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]`)
	comment    = regexp.MustCompile(`(?m)^\s*#[^*'].*$`)
	fieldLine  = regexp.MustCompile(`^([A-Za-z/@]+):\s*(.*)$`)
	versionOfR = regexp.MustCompile(`\bR\s*\(\s*[>=]+\s*([\d.]+)\s*\)`)
	listed     = regexp.MustCompile(`(?m)^\s*-?\s*name:\s*["']?([A-Za-z][A-Za-z0-9.]*)["']?\s*$`)
	packrat    = regexp.MustCompile(`(?m)^Package:\s*(\S+)`)
)

// needs is which packages an app asks for and where it says so.
type needs struct {
	names  []string // sorted
	from   string   // "renv.lock", "DESCRIPTION", "library() calls"
	locked bool     // exact versions are named, which Debian's prebuilt packages may not be
	r      string   // the R version asked for, as written; "" for none
	rFrom  string
}

// renvLock is the part of renv.lock that is looked at.
type renvLock struct {
	R struct {
		Version string
	}
	Packages map[string]struct{ Package string }
}

func readNeeds(tree runtime.Tree, scripts []script) (needs, error) {
	var n needs
	if data, ok := tree.Read("renv.lock"); ok {
		var lock renvLock
		if err := json.Unmarshal(data, &lock); err != nil {
			return n, paas.Errorf(paas.Invalid, "renv.lock is not valid JSON.").Because(fmt.Errorf("decode renv.lock: %w", err))
		}
		for name := range lock.Packages {
			n.add(name)
		}
		n.from, n.locked, n.r, n.rFrom = "renv.lock", true, lock.R.Version, "renv.lock"
	} else if data, ok := tree.Read("packrat/packrat.lock"); ok {
		for _, m := range packrat.FindAllSubmatch(data, -1) {
			n.add(string(m[1]))
		}
		n.from, n.locked = "packrat/packrat.lock", true
	}
	if data, ok := tree.Read("DESCRIPTION"); ok {
		fields := describe(string(data))
		for _, f := range []string{"Imports", "Depends", "LinkingTo"} {
			for entry := range strings.SplitSeq(fields[f], ",") {
				if m := word.FindString(entry); m != "" {
					n.add(m)
				}
			}
		}
		if m := versionOfR.FindStringSubmatch(fields["Depends"]); m != nil && n.r == "" {
			n.r, n.rFrom = m[1], "DESCRIPTION"
		}
		if n.from == "" {
			n.from = "DESCRIPTION"
		}
	}
	if data, ok := tree.Read("r.yml"); ok { // Cloud Foundry's list
		for _, m := range listed.FindAllSubmatch(data, -1) {
			n.add(string(m[1]))
			n.from = cmp.Or(n.from, "r.yml")
		}
	}
	if !n.locked {
		for _, s := range scripts {
			n.scan(s.text)
		}
		if n.from == "" {
			n.from = "library() calls"
		}
	}
	slices.Sort(n.names)
	return n, nil
}

func (n *needs) add(name string) {
	if !slices.Contains(basePackages, name) && !slices.Contains(n.names, name) {
		n.names = append(n.names, name)
	}
}

// scan notes the packages that a script loads.
func (n *needs) scan(text string) {
	text = comment.ReplaceAllString(text, "")
	for _, pattern := range []*regexp.Regexp{loads, qualified} {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			n.add(m[1])
		}
	}
	for _, m := range pacman.FindAllStringSubmatch(text, -1) {
		for _, name := range word.FindAllString(m[1], -1) {
			n.add(name)
		}
	}
}

// describe reads the fields of a DESCRIPTION file; a line that begins with a space goes on the one before.
func describe(text string) map[string]string {
	fields := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if m := fieldLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			name = m[1]
			fields[name] = m[2]
		} else if name != "" {
			fields[name] += " " + strings.TrimSpace(line)
		}
	}
	return fields
}

// script is one of the app's R files.
type script struct {
	name string // relative to the app's folder
	text string
}

const maxScripts = 500

var skippedDirs = []string{"renv", "packrat", "node_modules", ".git", "tests", "man"}

// readScripts gives the app's .R, .Rmd and .qmd files.
func readScripts(tree runtime.Tree) []script {
	sub, err := fs.Sub(tree.Repo, tree.Root)
	if err != nil {
		return nil
	}
	var all []script
	// An unreadable folder is one with nothing to see; nothing else in the walk can fail.
	_ = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case d.IsDir() && name != "." && slices.Contains(skippedDirs, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".r", ".rmd", ".qmd"}, strings.ToLower(path.Ext(name))):
			return nil
		case len(all) >= maxScripts:
			return fs.SkipAll
		}
		if data, ok := tree.Read(name); ok {
			all = append(all, script{name, string(data)})
		}
		return nil
	})
	return all
}
