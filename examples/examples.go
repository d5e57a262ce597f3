// Package examples holds a small real app for each runtime. They are what the tutorial deploys, what the new-app page
// offers to start from, and what the tests build.
package examples

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed all:*
var files embed.FS

// Names lists the examples, sorted; each is named after its runtime.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil { // an embedded folder is always there
		panic(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Files is the source tree of an example.
func Files(name string) (fs.FS, error) { return fs.Sub(files, name) }
