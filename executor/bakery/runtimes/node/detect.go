package node

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
	"github.com/slipway-paas/slipway/server/paas"
)

// How sure the runtime is of a tree, on the scale of runtime.Verdict.
const (
	scoreServer = 55 // package.json with something that answers requests
	scoreUsual  = 48 // package.json with something to build or run; below the usual sign of other languages, whose apps keep a bundler too
	scoreTools  = 30 // package.json that only names tools: another language's app may use them
	scoreStray  = 20 // server.js and no package.json
)

// Detect implements runtime.Runtime.
func (r Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	p, ok, err := load(tree)
	if err != nil {
		return runtime.Verdict{}, err
	}
	if !ok {
		return r.stray(tree)
	}
	p.enterWorkspace(tree)
	if p.siteConfig, err = static.Read(runtime.Tree{Repo: tree.Repo, Root: p.dir}); err != nil {
		return runtime.Verdict{}, err
	}
	asks := p.asks()
	if v := tree.Manifest.Version; v.Set() {
		asks = []ask{{v.Value, v.Source}}
	}
	version, err := chooseVersion(asks)
	if err != nil {
		return runtime.Verdict{}, err
	}
	return decide(tree, p, version), nil
}

// decide is the verdict on a tree with a package.json.
func decide(tree runtime.Tree, p *project, version choice) runtime.Verdict {
	s, known := serving{}, false
	for _, f := range frameworks {
		if s, known = f(p); known {
			break
		}
	}
	if !known {
		s = plainProgram(p, version.version)
	}
	said := tree.Manifest
	if len(said.Processes) > 0 || said.Release.Set() {
		s = s.whole()
	}
	if root := p.siteConfig.Root; len(s.site) > 0 && root != "" && root != "." {
		s.site, s.source = append([]string{root}, s.site...), p.siteConfig.File
	}
	if _, named := said.Processes[paas.WebProcess]; named || said.Closed {
		s.site = nil
	} else if said.Build.Output.Set() {
		s.site, s.command = []string{said.Build.Output.Value}, paas.Command{}
	}
	if s.command.IsZero() && len(s.site) == 0 && !said.Closed && len(said.Processes) == 0 {
		if !tree.Chosen {
			return runtime.Verdict{Note: fmt.Sprintf("%s is there, but nothing in it says what to start: it has no start script, no main file and no framework Slipway knows.",
				path.Join(p.dir, "package.json"))}
		}
		s.command, s.source = paas.Command{Args: []string{"npm", "start"}}, "default"
	}
	found := look(p.sourcesIn(cmp.Or(s.sources, ".")), p.pkg.has("fastify"))
	plan := p.plan(s, version, found)
	return runtime.Verdict{Score: score(p, s, known, found, said.Closed), Plan: plan}
}

func score(p *project, s serving, known bool, found scan, procfile bool) int {
	switch {
	case p.serverPackage() != "" || known && len(s.site) == 0 || found.listens != "" && !s.command.IsZero():
		return scoreServer
	case known || p.pkg.Scripts["start"] != "" || procfile && len(p.pkg.Dependencies) > 0:
		return scoreUsual
	case !s.command.IsZero():
		return scoreUsual - 5
	default:
		return scoreTools
	}
}

// stray is the verdict on a tree without package.json.
func (r Runtime) stray(tree runtime.Tree) (runtime.Verdict, error) {
	p := &project{repo: runtime.Tree{Repo: tree.Repo, Root: "."}, top: tree.Root, dir: tree.Root, manager: manager{name: "npm", source: "default"}}
	entry := p.entry()
	if entry == "" && !tree.Chosen {
		return runtime.Verdict{}, nil
	}
	asks := p.asks()
	if v := tree.Manifest.Version; v.Set() {
		asks = []ask{{v.Value, v.Source}}
	}
	version, err := chooseVersion(asks)
	if err != nil {
		return runtime.Verdict{}, err
	}
	if entry == "" && len(tree.Manifest.Processes) == 0 {
		return runtime.Verdict{Note: "There is no package.json, and no server.js, app.js, index.js or main.js either."}, nil
	}
	s := serving{source: entry}
	if entry != "" {
		s.command = p.runEntry(entry, version.version)
	}
	plan := p.plan(s, version, look(p.sources(), false))
	plan.Build.Install = ""
	plan.Build.Options[optManifests] = ""
	plan.Saw = []string{cmp.Or(entry, "A Procfile") + " is there, and no package.json."}
	return runtime.Verdict{Score: scoreStray, Plan: plan}, nil
}

// plan writes down everything that was decided.
func (p *project) plan(s serving, version choice, found scan) paas.Plan {
	build, buildSource := p.build(s)
	install := p.install()
	plan := paas.Plan{
		Framework: s.framework, Version: version.version, Asked: version.asked.text,
		Warnings: slices.Concat(version.warnings, s.warnings),
		Build: paas.BuildSettings{
			Install: install, Command: build,
			Env: maps.Clone(s.buildEnv), Options: p.options(s),
		},
		Env: maps.Clone(s.env),
		Settings: []paas.Setting{
			{Name: runtime.SettingVersion, Value: version.version, Source: cmp.Or(version.asked.source, "default")},
			{Name: "Package manager", Value: p.manager.String(), Source: p.manager.source},
			{Name: runtime.SettingInstall, Value: install, Source: cmp.Or(p.manager.lock, "no lock file")},
		},
	}
	if slices.ContainsFunc(version.warnings, func(w paas.Warning) bool { return w.Code == runtime.WarnVersion }) {
		plan.Build.Options[optAnyNode] = version.version
	}
	if build != "" {
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingBuild, Value: build, Source: buildSource})
	}
	p.serve(&plan, s, found)
	for _, need := range p.debian() {
		plan.Build.Env, plan.Env = with(plan.Build.Env, need.buildEnv), with(plan.Env, need.env)
		plan.Saw = append(plan.Saw, fmt.Sprintf("The package %s needs %s of Debian.", need.npm, strings.Join(need.run, ", ")))
	}
	p.explain(&plan, s, version, found)
	return plan
}

// with is vars and more of them.
func with(vars, more map[string]string) map[string]string {
	if vars == nil {
		return maps.Clone(more)
	}
	maps.Copy(vars, more)
	return vars
}

// serve fills in what is started, or which folder is served.
func (p *project) serve(plan *paas.Plan, s serving, found scan) {
	if len(s.site) > 0 {
		plan.Build.Output = s.site[0]
		maps.Copy(plan.Build.Options, static.SinglePages(p.siteConfig.Vars))
		plan.Warnings = append(plan.Warnings, p.siteConfig.Warnings...)
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingOutput, Value: s.site[0], Source: s.source})
		plan.Processes = []paas.Process{{Name: paas.WebProcess, Source: "default"}}
		plan.Env = nil
		return
	}
	if !s.command.IsZero() {
		plan.Processes = []paas.Process{{Name: paas.WebProcess, Command: s.command, Source: s.source}}
	}
	plan.Run.Finishes = found.listens == "" && found.port == 0 && !p.startedServes() && runsItself.MatchString(s.command.String()) &&
		(s.framework == "" || s.framework == p.serverPackage() && p.neverServes(s.command))
	if port := cmp.Or(s.port, found.port); port != 0 && p.framed(s) {
		plan.Run.Port = port
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingPort, Value: fmt.Sprint(port), Source: cmp.Or(found.portFile, s.source)})
	}
	if found.localhost != "" && p.framed(s) {
		plan.Build.Options[optLocalhost] = found.localhost
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnIgnored,
			Message: fmt.Sprintf("%s listens on localhost, where no traffic reaches it; Slipway has it listen on all addresses of its container.", found.localhost)})
	}
	if file := cmp.Or(p.database(), found.writes); file != "" && p.framed(s) {
		plan.Run.WritableRoot = true
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnProfile,
			Message: fmt.Sprintf("%s writes files, so the app gets a writable root. What it writes is lost when its container is replaced.", file)})
	}
}

// framed reports whether findings in the sources count: a framework's own server reads PORT whatever they show.
func (p *project) framed(s serving) bool {
	return s.port != 0 || s.sources != "" || s.framework == p.serverPackage() || s.framework == "NestJS"
}

// database names an embedded database the app depends on: its file is written beside the app.
func (p *project) database() string {
	for _, name := range []string{"better-sqlite3", "sqlite3", "lowdb", "nedb", "@seald-io/nedb", "level", "multer"} {
		if _, ok := p.pkg.Dependencies[name]; ok {
			return "The package " + name
		}
	}
	return ""
}

// explain says what was seen and why it led here.
func (p *project) explain(plan *paas.Plan, s serving, version choice, found scan) {
	saw := []string{path.Join(p.dir, "package.json") + " is there."}
	if s.framework != "" {
		saw = append(saw, fmt.Sprintf("The app is built with %s.", s.framework))
	}
	if p.manager.lock != "" {
		saw = append(saw, path.Join(p.top, p.manager.lock)+" fixes the versions of its dependencies.")
	}
	if p.nested {
		saw = append(saw, fmt.Sprintf("Of the workspace's packages, %s is the one that runs.", p.dir))
	}
	plan.Saw = slices.Concat(saw, s.saw, plan.Saw)
	if found.port != 0 && plan.Run.Port == found.port {
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s listens on %d and nothing reads PORT.", found.portFile, found.port))
	}
	why := fmt.Sprintf("nothing asks for a version, and %d is the line with long-term support", defaultMajor)
	if version.asked.text != "" {
		why = fmt.Sprintf("%s asks for %s", version.asked.source, version.asked.text)
	}
	plan.Why = fmt.Sprintf("Node.js %s, because %s.", version.version, why)
	if p.manager.lock == "" && len(p.pkg.Dependencies)+len(p.pkg.DevDependencies) > 0 {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnUnlocked,
			Message: "There is no lock file, so two builds of the same commit may get different dependencies."})
	}
	if p.manager.unfit != "" {
		lock, strict, lenient := path.Join(p.top, p.manager.lock), "npm ci", "npm install"
		if p.manager.name == "yarn" {
			strict, lenient = "A frozen install", "yarn install"
		}
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnUnfitLock,
			Message: fmt.Sprintf("%s does not fit: %s. %s would refuse it, so %[4]s is used and may choose other versions. Run %[4]s and commit %[1]s.", lock, p.manager.unfit, strict, lenient)})
	}
	if len(p.others) > 0 {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnSeveral,
			Message: fmt.Sprintf("The workspace has several apps; %s was chosen. Name another as the app's folder: %s.", p.dir, strings.Join(p.others, ", "))})
	}
	if plan.Run.Finishes {
		plan.Saw = append(plan.Saw, "Nothing in its sources opens a server, so it is taken for a program that prints and exits.")
	}
}
