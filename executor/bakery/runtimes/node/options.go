package node

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What Detect leaves in paas.BuildSettings.Options for Dockerfile, which sees the plan and no tree. Lists are one entry
// a line; folders are relative to the workspace's root unless said otherwise.
const (
	optTop        = "top"        // the workspace's root inside the repository
	optDir        = "dir"        // the app's package
	optManager    = "manager"    // name of the package manager
	optPackage    = "package"    // npm packages that bring it and other programs the scripts call: "pnpm@9.1.0"
	optManifests  = "manifests"  // files that installing needs; optAll when it needs the sources
	optBuild      = "build"      // the build command that detection chose: it changes folders by itself
	optExtra      = "extra"      // npm packages the build adds
	optRewrite    = "rewrite"    // shell command that changes sources before the build
	optPrune      = "prune"      // command that removes development dependencies
	optStatic     = "static"     // folders that may hold the finished site; their presence makes the image a site
	optShip       = "ship"       // the only folders of the package the image needs
	optStandalone = "standalone" // Next's build folder whose standalone server is shipped
	optCache      = "cache"      // folder of the package that the running app caches in
	optCaches     = "caches"     // folders of the package that build tools keep things in from one build to the next
	optName       = "name"       // the package's own name
	optAnyNode    = "any-node"   // another Node.js is used than the package insists on
	optDebian     = "debian"     // Debian's packages that the app's packages need while they run
	optDebianDev  = "debian-dev" // and those they need while they are compiled
	optLocalhost  = "localhost"  // the app listens on localhost and is made to listen on all addresses

	optAll = "*"
)

func (p *project) options(s serving) map[string]string {
	build, _ := p.build(s)
	needs := p.debian()
	options := map[string]string{
		optTop: p.top, optDir: p.rel(p.dir),
		optManager: p.manager.name, optPackage: strings.Join(p.programs(), "\n"),
		optManifests:  strings.Join(p.manifests(), "\n"),
		optBuild:      build,
		optExtra:      strings.Join(s.extra, " "),
		optRewrite:    s.rewrite,
		optPrune:      p.prune(s),
		optStatic:     strings.Join(s.site, "\n"),
		optShip:       strings.Join(s.ship, "\n"),
		optStandalone: s.standalone,
		optCache:      s.cacheDir,
		optCaches:     strings.Join(p.buildCaches(s), "\n"),
		optName:       cmp.Or(p.pkg.Name, "app"),
		optDebian:     debianPackages(needs, func(n debianNeed) []string { return n.run }),
		optDebianDev:  debianPackages(needs, func(n debianNeed) []string { return n.build }),
	}
	for key, value := range options {
		if value == "" {
			delete(options, key)
		}
	}
	return options
}

// buildCaches are the folders in which the app's build tools find again what they made before.
func (p *project) buildCaches(s serving) []string {
	if build, _ := p.build(s); build == "" {
		return nil
	}
	folders := []string{"node_modules/.cache"} // by custom: Babel, terser, webpack's loaders, Gatsby's, turbo's
	switch s.framework {
	case "Next.js":
		folders = append(folders, path.Join(cmp.Or(s.dist, ".next"), "cache"))
	case "Angular":
		folders = append(folders, ".angular/cache")
	case nxFramework:
		folders = append(folders, ".nx/cache")
	}
	return folders
}

// runsBun matches commands that need bun to be there.
var runsBun = regexp.MustCompile(`\bbunx?\b`)

// programs are the npm packages that bring what installing, building and starting call: the package manager, and bun
// where a script runs by it.
func (p *project) programs() []string {
	var specs []string
	if spec := p.manager.packageSpec(); spec != "" {
		specs = append(specs, spec)
	}
	if p.manager.name == "bun" {
		return specs
	}
	for _, name := range slices.Sorted(maps.Keys(p.pkg.Scripts)) {
		if runsBun.MatchString(p.pkg.Scripts[name]) && !p.has("bun") {
			return append(specs, "bun@1")
		}
	}
	return specs
}

// installFiles shape an install beside package.json and the lock file, in the workspace's root.
var installFiles = []string{".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "bunfig.toml",
	".yarn/releases", ".yarn/plugins", ".yarn/patches", "patches"}

// manifests are the files an install needs, so that its layer is used again while only sources change. An install that
// runs the app's own scripts, compiles its own native module, or takes packages from its folders, needs everything.
func (p *project) manifests() []string {
	packages := slices.Concat([]member{{p.top, p.topPkg}}, p.members)
	if slices.ContainsFunc(packages, func(m member) bool { return needsSources(m.pkg) || p.repo.Has(path.Join(m.dir, "binding.gyp")) }) {
		return []string{optAll}
	}
	files := []string{}
	for _, name := range append([]string{"package.json", p.manager.lock}, installFiles...) {
		if name != "" && (p.repo.Has(path.Join(p.top, name)) || p.repo.HasDir(path.Join(p.top, name))) {
			files = append(files, name)
		}
	}
	for _, m := range p.members {
		files = append(files, path.Join(p.rel(m.dir), "package.json"))
		if p.repo.Has(path.Join(m.dir, ".npmrc")) {
			files = append(files, path.Join(p.rel(m.dir), ".npmrc"))
		}
	}
	return files
}

// gitHooks matches lifecycle scripts that only set up the developer's git hooks: they do nothing outside a repository.
var gitHooks = regexp.MustCompile(`^(npx )?(husky|simple-git-hooks|lefthook|is-ci|patch-package)\b`)

func needsSources(pkg packageJSON) bool {
	for _, name := range []string{"preinstall", "install", "postinstall", "prepare", "prepublish", "heroku-prebuild"} {
		if script := pkg.Scripts[name]; script != "" && !gitHooks.MatchString(script) {
			return true
		}
	}
	for _, name := range dependencyNames(pkg) {
		spec, _ := pkg.spec(name)
		if strings.HasPrefix(spec, "file:") || strings.HasPrefix(spec, "link:") || strings.HasPrefix(spec, "portal:") || strings.HasPrefix(spec, ".") {
			return true
		}
	}
	return pkg.has("prisma") || pkg.has("@prisma/client") // generates its client from the schema while it is installed
}

// runsOthers matches commands that start package.json's scripts or fetch programs: what they need is not known.
var runsOthers = regexp.MustCompile(`\b(npm|npx|yarn|pnpm|bun|bunx)\b`)

// prune is the command that takes out development dependencies; "" unless the running app plainly needs none of them.
func (p *project) prune(s serving) string {
	command := s.command.String()
	if !s.slim || len(s.site) > 0 || !p.alone() || p.manager.lock == "" || len(p.pkg.DevDependencies) == 0 || runsOthers.MatchString(command) {
		return ""
	}
	for name := range p.pkg.DevDependencies {
		if strings.Contains(command, strings.TrimPrefix(path.Base(name), "@")) {
			return ""
		}
	}
	for _, f := range p.sources() {
		for name := range p.pkg.DevDependencies {
			if strings.Contains(f.text, "'"+name+"'") || strings.Contains(f.text, `"`+name+`"`) || strings.Contains(f.text, name+"/") {
				return ""
			}
		}
	}
	return p.manager.prune()
}

// whole makes the image hold the whole package: other commands than the framework's own may need any of it.
func (s serving) whole() serving {
	if s.standalone != "" {
		s.cacheDir = path.Join(s.standalone, "cache")
		s.command.Args, s.source = []string{"next", "start"}, s.framework
	}
	s.ship, s.standalone, s.slim = nil, "", false
	return s
}
