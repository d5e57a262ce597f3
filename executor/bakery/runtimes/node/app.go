package node

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// likelyNames are what the app of a workspace is usually called, the likeliest first.
var likelyNames = []string{"web", "app", "www", "site", "frontend", "client", "server", "api", "backend"}

// enterWorkspace moves from the root of a workspace that starts nothing itself into the package that does.
func (p *project) enterWorkspace(tree runtime.Tree) {
	said := tree.Manifest
	if len(p.members) == 0 || p.top != p.dir || said.Closed || len(said.Processes) > 0 || said.Build.Output.Set() {
		return
	}
	if m, ok := p.startedMember(); ok {
		p.dir, p.pkg, p.nested, p.startedByTop = m.dir, m.pkg, true, true
		return
	}
	if command, _, _, ok := startScript(p); ok && !delegates(command.String()) {
		return
	}
	type app struct {
		member
		rank int
	}
	var apps []app
	for _, m := range p.members {
		inner := *p
		inner.dir, inner.pkg, inner.members = m.dir, m.pkg, nil
		if rank, ok := inner.runs(); ok {
			apps = append(apps, app{m, rank})
		}
	}
	if len(apps) == 0 {
		return
	}
	slices.SortStableFunc(apps, func(a, b app) int { return a.rank - b.rank })
	for _, other := range apps[1:] {
		p.others = append(p.others, other.dir)
	}
	p.dir, p.pkg, p.nested = apps[0].dir, apps[0].pkg, true
}

// delegates reports whether a root's start script only calls the workspace's tools, which would start every package.
func delegates(script string) bool {
	return strings.HasPrefix(script, "turbo ") || strings.HasPrefix(script, "nx ") || strings.HasPrefix(script, "lerna ")
}

// startsOther are the forms of a start script that starts another package by that one's own start script, named by its
// folder or its name.
var startsOther = []*regexp.Regexp{
	regexp.MustCompile(`^cd +([\w./@-]+) *&& *(?:npm|yarn|pnpm|bun)(?: run)? start$`),
	regexp.MustCompile(`^(?:npm|pnpm|bun) (?:run )?start (?:-w|--workspace|--prefix|-C|--dir|--filter|-F)[ =]([\w./@-]+)$`),
	regexp.MustCompile(`^(?:npm|pnpm|bun) (?:-w|--workspace|--prefix|-C|--dir|--filter|-F|--cwd)[ =]([\w./@-]+) (?:run )?start$`),
	regexp.MustCompile(`^(?:npm|pnpm) (?:run )?(?:-w|--workspace|--prefix|-C|--dir|--filter|-F)[ =]([\w./@-]+) start$`),
	regexp.MustCompile(`^yarn (?:workspace|--cwd) +([\w./@-]+) (?:run )?start$`),
	regexp.MustCompile(`^(?:npx )?turbo (?:run )?start --filter[ =]([\w./@-]+)$`),
}

// started is the package that the start script starts in place of its own: a folder, or a name of the workspace.
func (p *project) started() string {
	script := strings.TrimSpace(p.pkg.Scripts["start"])
	for _, form := range startsOther {
		if found := form.FindStringSubmatch(script); found != nil {
			return found[1]
		}
	}
	return ""
}

// startedMember is the workspace's package that the root's start script starts.
func (p *project) startedMember() (member, bool) {
	named := p.started()
	for _, m := range p.members {
		if named != "" && (m.pkg.Name == named || m.dir == path.Join(p.top, named)) {
			return m, m.pkg.Scripts["start"] != ""
		}
	}
	return member{}, false
}

// startedServes reports whether a package beside the app, which the start script starts, answers requests.
func (p *project) startedServes() bool {
	named := p.started()
	if named == "" {
		return false
	}
	inner := *p
	inner.dir = path.Join(p.dir, named)
	pkg, ok, err := p.readPackage(inner.dir)
	if !ok || err != nil {
		return false
	}
	inner.pkg = pkg
	for _, f := range frameworks {
		if _, known := f(&inner); known {
			return true
		}
	}
	return inner.serverPackage() != ""
}

// runs reports whether a package is something to run rather than a library, and how likely it is the one meant.
func (p *project) runs() (rank int, ok bool) {
	base := path.Base(p.dir)
	rank = slices.Index(likelyNames, base)
	if rank < 0 {
		rank = len(likelyNames)
	}
	if base == "docs" || base == "storybook" || strings.HasPrefix(base, "e2e") {
		rank += len(likelyNames)
	}
	if !strings.HasPrefix(p.rel(p.dir), "packages/") {
		rank -= 2 * len(likelyNames) // by custom packages/ holds libraries
	}
	for _, f := range frameworks {
		if s, known := f(p); known {
			return rank, len(s.site) == 0 || p.first("index.html", "public/index.html", "src/index.html", "angular.json") != "" || s.framework != "Vite"
		}
	}
	_, _, _, starts := startScript(p)
	return rank, starts
}

// workspaceBuild builds the packages below the app first, then the app, from the workspace's root.
func (p *project) workspaceBuild(build string) string {
	if p.dir == p.top {
		return build // the root's own script knows the order
	}
	if p.pkg.Name != "" && p.pkg.buildScript() == "build" {
		if p.topPkg.has("turbo") && p.repo.Has(path.Join(p.top, "turbo.json")) {
			return "turbo run build --filter=" + runtime.Quote(p.pkg.Name)
		}
		if p.topPkg.has("nx") && p.repo.Has(path.Join(p.top, "nx.json")) {
			return "nx run " + runtime.Quote(p.pkg.Name+":build")
		}
	}
	var steps []string
	for _, m := range p.below(member{p.dir, p.pkg}) {
		if m.pkg.Scripts["build"] != "" {
			steps = append(steps, p.manager.runIn(p.rel(m.dir), "build"))
		}
	}
	if build != "" {
		steps = append(steps, "cd "+runtime.Quote(p.rel(p.dir))+" && "+build)
	}
	return strings.Join(steps, " && ")
}
