package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// npmLock is what package-lock.json says, in the formats 2 and 3 (Packages) and 1 (Dependencies).
// Source: npm's documentation, package-lock.json.
type npmLock struct {
	LockfileVersion int
	Packages        map[string]json.RawMessage // by folder: "" is the project, "node_modules/a/node_modules/b" a copy of b that only a sees
	Dependencies    map[string]struct{ Version string }
}

// lockedPackage is one entry of Packages: what is locked, and what that asks for itself.
type lockedPackage struct {
	packageJSON
	version string
	link    bool            // a folder of the project; the entry of that folder says the rest
	bundles map[string]bool // brought in its own archive, never looked for
}

// unfitLock is why `npm ci` would refuse a lock file, "" when it would not: something that a package.json or a locked
// package asks for is not in it, or not in that version. It is npm's own check as far as the file alone can answer it;
// what is not plain (tags, addresses, ranges that semver does not read, overrides) counts as fitting.
func (p *project) unfitLock(data []byte) string {
	var lock npmLock
	if json.Unmarshal(data, &lock) != nil {
		return "it is not JSON"
	}
	if lock.LockfileVersion < 1 {
		return "it has no lockfileVersion"
	}
	locked := lock.entries()
	peers := lock.LockfileVersion > 1 && !p.legacyPeers()
	for _, m := range slices.Concat([]member{{p.top, p.topPkg}}, p.members) {
		for _, w := range wants(m.pkg, true, peers) {
			found, ok := locked.find(p.rel(m.dir), w.name)
			switch {
			case !ok:
				return fmt.Sprintf("it lacks %s %s, which %s asks for", w.name, w.spec, m.file())
			case !found.link && !p.topPkg.Overrides && !satisfies(found.version, w.spec):
				return fmt.Sprintf("it has %s %s, where %s asks for %s", w.name, found.version, m.file(), w.spec)
			}
		}
	}
	if lock.LockfileVersion == 1 || p.topPkg.Overrides {
		return ""
	}
	for _, dir := range slices.Sorted(maps.Keys(locked)) {
		entry := locked[dir]
		if entry.link || !strings.Contains(dir, "node_modules/") {
			continue
		}
		for _, w := range wants(entry.packageJSON, false, peers) {
			if _, ok := locked.find(dir, w.name); !ok && !entry.bundles[w.name] {
				return fmt.Sprintf("it lacks %s %s, which %s asks for", w.name, w.spec, dir[strings.LastIndex(dir, "node_modules/")+len("node_modules/"):])
			}
		}
	}
	return ""
}

// unfitYarnLock is why a frozen install by yarn 1 would refuse its lock file, "" when it would not. Each entry of the file is
// headed by what was asked for, word for word: `"@scope/name@^1", name@^1.2:`.
func (p *project) unfitYarnLock(text string) string {
	locked, own := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		heads, is := strings.CutSuffix(strings.TrimRight(line, "\r\n"), ":")
		if !is || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "#") {
			continue
		}
		for head := range strings.SplitSeq(heads, ", ") {
			locked[strings.Trim(head, `"`)] = true
		}
	}
	for _, m := range p.members {
		own[m.pkg.Name] = true // packages of the workspace are not locked
	}
	for _, m := range slices.Concat([]member{{p.top, p.topPkg}}, p.members) {
		for _, w := range wants(m.pkg, true, false) {
			if !locked[w.name+"@"+w.spec] && !own[w.name] && !strings.HasPrefix(w.spec, "link:") && !p.topPkg.Overrides {
				return fmt.Sprintf("it lacks %s %s, which %s asks for", w.name, w.spec, m.file())
			}
		}
	}
	return ""
}

// legacyPeers reports whether the project has npm leave peer dependencies alone, as npm 6 did.
func (p *project) legacyPeers() bool {
	data, ok := p.repo.Read(path.Join(p.top, ".npmrc"))
	return ok && strings.Contains(strings.ReplaceAll(string(data), " ", ""), "legacy-peer-deps=true")
}

// want is one dependency a package asks for.
type want struct{ name, spec string }

// wants lists what an install must find for a package.
func wants(pkg packageJSON, dev, peers bool) []want {
	all := map[string]string{}
	maps.Copy(all, pkg.Dependencies)
	maps.Copy(all, pkg.OptDependencies)
	if dev {
		maps.Copy(all, pkg.DevDependencies)
	}
	if peers {
		for name, spec := range pkg.PeerDependencies {
			if _, known := all[name]; !known && !pkg.PeersOptional[name] {
				all[name] = spec
			}
		}
	}
	list := make([]want, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, want{name, all[name]})
	}
	return list
}

type lockedPackages map[string]lockedPackage

func (l npmLock) entries() lockedPackages {
	locked := lockedPackages{}
	for name, d := range l.Dependencies {
		locked["node_modules/"+name] = lockedPackage{version: d.Version}
	}
	for dir, raw := range l.Packages {
		pkg, err := parsePackage(dir, raw)
		if err != nil {
			continue
		}
		var own struct {
			Version            string
			Link               bool
			BundleDependencies []string
		}
		_ = json.Unmarshal(raw, &own) // fields of another type count as absent
		bundles := map[string]bool{}
		for _, name := range own.BundleDependencies {
			bundles[name] = true
		}
		locked[dir] = lockedPackage{pkg, own.Version, own.Link, bundles}
	}
	return locked
}

// find looks a package up as Node.js does: in the folder's own node_modules, then in those of the folders above.
func (l lockedPackages) find(dir, name string) (lockedPackage, bool) {
	for ; ; dir = path.Dir(dir) {
		if path.Base(dir) != "node_modules" {
			if found, ok := l[path.Join(dir, "node_modules", name)]; ok {
				return found, true
			}
		}
		if dir == "." || dir == "" || dir == "/" {
			return lockedPackage{}, false
		}
	}
}

// satisfies reports whether a locked version is within a range; true for everything that is not plainly outside.
func satisfies(version, spec string) bool {
	if alias, ok := strings.CutPrefix(spec, "npm:"); ok {
		spec = alias[strings.LastIndex(alias, "@")+1:]
	}
	v, err := semver.NewVersion(version)
	if err != nil || v.Prerelease() != "" {
		return true
	}
	c, err := semver.NewConstraint(spec)
	return err != nil || c.Check(v)
}
