package node

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
)

// project is a Node.js app with everything around it that shapes its build: the workspace it belongs to and the
// package manager that workspace uses. All folders are inside the repository.
type project struct {
	repo         runtime.Tree // the repository's root as a tree
	top          string       // the workspace's root, where the lock file is; the app's own folder when it stands alone
	dir          string       // the app's package
	pkg          packageJSON  // of dir
	topPkg       packageJSON  // of top
	members      []member     // the workspace's packages, top not among them
	manager      manager
	others       []string      // further packages of the workspace that could have been the app
	siteConfig   static.Config // how the app wants its files served, if it is a site
	nested       bool          // dir was found by looking through the workspace, not named by the person
	startedByTop bool          // top's own start script starts dir
}

// load reads the package in the tree's folder and what surrounds it; false when there is no package.json.
func load(tree runtime.Tree) (*project, bool, error) {
	p := &project{repo: runtime.Tree{Repo: tree.Repo, Root: "."}, top: tree.Root, dir: tree.Root}
	pkg, ok, err := p.readPackage(tree.Root)
	if !ok || err != nil {
		return nil, false, err
	}
	p.pkg, p.topPkg = pkg, pkg
	if err := p.findWorkspace(); err != nil {
		return nil, false, err
	}
	if p.manager, err = chooseManager(p); err != nil {
		return nil, false, err
	}
	return p, true, nil
}

func (p *project) readPackage(dir string) (packageJSON, bool, error) {
	file := path.Join(dir, "package.json")
	data, ok := p.repo.Read(file)
	if !ok {
		return packageJSON{}, false, nil
	}
	pkg, err := parsePackage(file, data)
	return pkg, err == nil, err
}

// alone reports whether the app is no part of a workspace.
func (p *project) alone() bool { return p.top == p.dir && len(p.members) == 0 }

// rel is a folder relative to the workspace's root: "." for the root itself.
func (p *project) rel(dir string) string {
	if dir == p.top {
		return "."
	}
	if p.top == "." {
		return dir
	}
	return strings.TrimPrefix(dir, p.top+"/")
}

// first is the first of names that exists in the app's package, relative to it.
func (p *project) first(names ...string) string {
	for _, name := range names {
		if p.repo.Has(path.Join(p.dir, name)) {
			return name
		}
	}
	return ""
}

// config is the text of the first configuration file of that stem: next.config.js, .mjs, .cjs, .ts, .mts; "" when none.
func (p *project) config(stem string) string {
	for _, extension := range []string{".js", ".ts", ".mjs", ".mts", ".cjs", ".cts"} {
		if data, ok := p.repo.Read(path.Join(p.dir, stem+extension)); ok {
			return withoutComments(string(data))
		}
	}
	return ""
}

// has reports whether the app (or, for tools kept there, the workspace's root) depends on a package.
func (p *project) has(names ...string) bool {
	return p.pkg.hasAny(names...) != "" || p.topPkg.hasAny(names...) != ""
}

// asks lists what asks for a Node.js version, the weightiest first.
func (p *project) asks() []ask {
	var asks []ask
	for _, dir := range slices.Compact([]string{p.dir, p.top}) {
		pkg := p.pkg
		if dir != p.dir {
			pkg = p.topPkg
		}
		in := func(name string) string { return path.Join(dir, name) }
		add := func(text, source string) {
			if text = strings.TrimSpace(text); text != "" {
				asks = append(asks, ask{text, source})
			}
		}
		add(pkg.Engines["node"], in("package.json")+" engines.node")
		add(pkg.Volta["node"], in("package.json")+" volta.node")
		add(pkg.DevNode, in("package.json")+" devEngines.runtime")
		for _, name := range []string{".nvmrc", ".node-version"} {
			if data, ok := p.repo.Read(in(name)); ok {
				add(firstLine(string(data)), in(name))
			}
		}
		add(p.tool(dir, "node", "nodejs"))
		if data, ok := p.repo.Read(in(".npmrc")); ok {
			add(useNode(string(data)), in(".npmrc")+" use-node-version")
		}
	}
	return asks
}

// tool is the version that mise's or asdf's file in a folder names for a tool, and where; "" when none does.
func (p *project) tool(dir string, names ...string) (version, source string) {
	for _, file := range []string{"mise.toml", ".mise.toml"} {
		var config struct{ Tools map[string]any }
		data, ok := p.repo.Read(path.Join(dir, file))
		if !ok || toml.Unmarshal(data, &config) != nil {
			continue
		}
		for _, name := range names {
			if version := miseVersion(config.Tools[name]); version != "" {
				return version, path.Join(dir, file)
			}
		}
	}
	if data, ok := p.repo.Read(path.Join(dir, ".tool-versions")); ok {
		return toolVersion(string(data), names...), path.Join(dir, ".tool-versions")
	}
	return "", ""
}

// miseVersion reads the forms of mise's versions: "22", {version = "22"}, ["22", "20"] of which the first counts.
func miseVersion(value any) string {
	switch v := value.(type) {
	case string:
		return strings.TrimPrefix(v, "prefix:")
	case map[string]any:
		return miseVersion(v["version"])
	case []any:
		if len(v) > 0 {
			return miseVersion(v[0])
		}
	}
	return ""
}

// useNode is the Node.js that pnpm is told to run everything by.
func useNode(npmrc string) string {
	for line := range strings.Lines(npmrc) {
		if name, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(name) == "use-node-version" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// firstLine is the first line that says something; # begins a comment in .nvmrc.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// toolVersion is a tool's line in .tool-versions: "nodejs 22.3.0".
func toolVersion(text string, names ...string) string {
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 1 && slices.Contains(names, words[0]) {
			return words[1]
		}
	}
	return ""
}

// subtree is the file system below one folder.
func (p *project) subtree(dir string) fs.FS {
	sub, err := fs.Sub(p.repo.Repo, dir)
	if err != nil {
		return p.repo.Repo
	}
	return sub
}
