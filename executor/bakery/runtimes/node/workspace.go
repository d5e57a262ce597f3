package node

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// locks are the files that say which package manager a folder uses, in the order they are believed.
var locks = []string{"pnpm-lock.yaml", "yarn.lock", "package-lock.json", "npm-shrinkwrap.json", "bun.lock", "bun.lockb"}

// findWorkspace looks upwards for the workspace the package belongs to, and reads that workspace's packages.
func (p *project) findWorkspace() error {
	patterns := p.patterns(p.dir, p.pkg)
	for dir := p.dir; len(patterns) == 0 && dir != "."; {
		dir = path.Dir(dir)
		pkg, ok, err := p.readPackage(dir)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if found := p.patterns(dir, pkg); belongs(strings.TrimPrefix(p.dir, prefix(dir)), found) {
			p.top, p.topPkg, patterns = dir, pkg, found
		}
	}
	if len(patterns) == 0 {
		return nil
	}
	return p.readMembers(patterns)
}

func prefix(dir string) string {
	if dir == "." {
		return ""
	}
	return dir + "/"
}

// patterns are the workspace globs of one folder: package.json's, or pnpm-workspace.yaml's.
func (p *project) patterns(dir string, pkg packageJSON) []string {
	if data, ok := p.repo.Read(path.Join(dir, "pnpm-workspace.yaml")); ok {
		var file struct{ Packages []string }
		if yaml.Unmarshal(data, &file) == nil && len(file.Packages) > 0 {
			return file.Packages
		}
	}
	return pkg.Workspaces
}

// belongs reports whether a folder matches workspace globs; a later `!glob` takes out what an earlier one put in.
func belongs(dir string, patterns []string) bool {
	in := false
	for _, pattern := range patterns {
		pattern, not := strings.CutPrefix(pattern, "!")
		if matchGlob(strings.Trim(strings.TrimPrefix(pattern, "./"), "/"), dir) {
			in = !not
		}
	}
	return in
}

// matchGlob matches path globs with ** for any number of folders.
func matchGlob(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchParts(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matchParts(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}

// deepestMember bounds the search for packages: no workspace we know nests deeper.
const deepestMember = 5

func (p *project) readMembers(patterns []string) error {
	return fs.WalkDir(p.subtree(p.top), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a folder that cannot be read holds no package we could build
		}
		if !entry.IsDir() {
			return nil
		}
		if base := entry.Name(); name != "." && (base == "node_modules" || strings.HasPrefix(base, ".")) || strings.Count(name, "/") >= deepestMember {
			return fs.SkipDir
		}
		if name == "." || !belongs(name, patterns) {
			return nil
		}
		dir := path.Join(p.top, name)
		pkg, ok, err := p.readPackage(dir)
		if ok {
			p.members = append(p.members, member{dir, pkg})
		}
		return err
	})
}

// below lists the workspace's packages that m depends on, directly or not, in the order they must be built.
func (p *project) below(m member) []member {
	byName := map[string]member{}
	for _, other := range p.members {
		if other.pkg.Name != "" {
			byName[other.pkg.Name] = other
		}
	}
	var order []member
	seen := map[string]bool{m.dir: true}
	var visit func(packageJSON)
	visit = func(pkg packageJSON) {
		for _, name := range dependencyNames(pkg) {
			if other, ok := byName[name]; ok && !seen[other.dir] {
				seen[other.dir] = true
				visit(other.pkg)
				order = append(order, other)
			}
		}
	}
	visit(m.pkg)
	return order
}

func dependencyNames(pkg packageJSON) []string {
	var names []string
	for _, section := range []map[string]string{pkg.Dependencies, pkg.DevDependencies, pkg.OptDependencies, pkg.PeerDependencies} {
		for name := range section {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
