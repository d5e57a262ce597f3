package node

import "strings"

// debianNeed is what a package of npm needs of Debian beyond what every build and every app has.
type debianNeed struct {
	npm      string
	build    []string          // to compile it, where it has no binary for this Node.js, or its download cannot be reached
	run      []string          // to run it
	buildEnv map[string]string // has it use what Debian has
	env      map[string]string // the same, for the running app
}

// debianNeeds are the packages that apps most often depend on and that need more than a compiler.
// Sources: their own installation pages; the names are those of Debian 13.
var debianNeeds = []debianNeed{
	{
		npm:   "canvas",
		build: []string{"libcairo2-dev", "libgif-dev", "libjpeg-dev", "libpango1.0-dev", "librsvg2-dev"},
		run:   []string{"libcairo2", "libgif7", "libjpeg62-turbo", "libpango-1.0-0", "libpangocairo-1.0-0", "librsvg2-2"},
	},
	{npm: "pg-native", build: []string{"libpq-dev"}, run: []string{"libpq5"}},
	{
		// Its own browser would stay in the builder's home folder, and lacks its libraries.
		npm: "puppeteer", run: []string{"chromium"},
		buildEnv: map[string]string{"PUPPETEER_SKIP_DOWNLOAD": "true"},
		env:      map[string]string{"PUPPETEER_EXECUTABLE_PATH": "/usr/bin/chromium"},
	},
}

// debian lists what the app's own packages need of Debian. What only developers use of them is not looked at: a running
// app needs none of it.
func (p *project) debian() []debianNeed {
	var needs []debianNeed
	for _, need := range debianNeeds {
		_, own := p.pkg.Dependencies[need.npm]
		_, top := p.topPkg.Dependencies[need.npm]
		if own || top {
			needs = append(needs, need)
		}
	}
	return needs
}

// debianPackages joins one list of every need, for the plan's options.
func debianPackages(needs []debianNeed, of func(debianNeed) []string) string {
	var all []string
	for _, need := range needs {
		all = append(all, of(need)...)
	}
	return strings.Join(all, "\n")
}
