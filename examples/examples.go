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

// About is what each example is, in a few words.
var About = map[string]string{
	"groovy": "The odds of dice, with a library fetched by @Grab.",
	"java":   "A guestbook on Javalin, built by Maven.",
	"node":   "A harbour board whose arrivals stream live.",
	"python": "A Markdown preview on Flask.",
	"r":      "Old Faithful's eruptions as a plumber API.",
	"static": "A small site without a server of its own.",
}
