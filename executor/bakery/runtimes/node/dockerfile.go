package node

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
	"github.com/slipway-paas/slipway/server/paas"
)

// builtSite is where the build stage leaves a finished site.
const builtSite = "/slipway-site"

// recipe writes the Dockerfile of one plan.
type recipe struct {
	plan    paas.Plan
	image   func(string) string
	options map[string]string
	manager manager
	workdir string // the app's package in the image
}

// Dockerfile implements runtime.Runtime: stages with compilers that install and build, and a run stage with Node.js
// and the app.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	options := plan.Build.Options
	r := recipe{plan: plan, image: image, options: options, manager: manager{name: options[optManager]},
		workdir: path.Join(runtime.AppDir, options[optDir])}
	stages, err := r.buildStages()
	if err != nil {
		return "", err
	}
	var run []string
	if options[optStatic] != "" {
		run = static.Stage(plan, image(static.LayerName), runtime.Copy("build", builtSite, runtime.AppDir))
	} else {
		run = r.runStage()
	}
	return strings.Join(slices.Concat(stages, []string{""}, run), "\n") + "\n", nil
}

func (r recipe) list(option string) []string {
	if r.options[option] == "" {
		return nil
	}
	return strings.Split(r.options[option], "\n")
}

// apart reports whether what was installed reaches the image by a layer of its own, which is used again while only
// sources change: then neither taking out development dependencies nor copying thousands of files is done anew.
func (r recipe) apart() bool {
	return !r.wantsAll() && r.plan.Build.Install != "" &&
		r.options[optStatic] == "" && r.options[optStandalone] == "" && r.options[optShip] == ""
}

// installedStage is the stage whose AppDir holds what the running app needs of its dependencies.
func (r recipe) installedStage() string {
	if r.options[optPrune] != "" {
		return "slim"
	}
	return "install"
}

// buildStages write the stages before the last: one, or, where dependencies go into the image by themselves, one that
// installs, one that takes out what only building needs, and one that builds.
func (r recipe) buildStages() ([]string, error) {
	vars, err := runtime.Env(r.plan.Build.Env)
	if err != nil {
		return nil, err
	}
	name := "build"
	if r.apart() {
		name = "install"
	}
	lines := []string{"FROM " + r.image(versionLayer(r.plan.Version)) + " AS " + name}
	for _, spec := range r.list(optPackage) {
		lines = append(lines, runtime.Run(npmCache, "npm install --global --force "+runtime.Quote(spec)))
	}
	lines = append(lines, "WORKDIR "+runtime.AppDir, "ENV PATH="+r.path())
	lines = append(lines, managerEnv(r.manager)...)
	if r.options[optAnyNode] != "" {
		// The warning on the page has said so; yarn 1, and npm and pnpm where they are told to be strict, would refuse.
		lax := "npm_config_engine_strict=false"
		if r.yarn1() {
			lax = "YARN_IGNORE_ENGINES=true"
		}
		lines = append(lines, "ENV "+lax)
	}
	lines = append(lines, vars...)
	if packages := runtime.Apt(slices.Concat(r.plan.Build.Packages, r.list(optDebianDev))...); packages != "" {
		lines = append(lines, packages)
	}
	lines = append(lines, r.install()...)
	if !r.apart() {
		if !r.wantsAll() {
			lines = append(lines, r.sources())
		}
		lines = append(lines, r.compile()...)
		return append(lines, r.tidy()...), nil
	}
	if r.options[optPrune] != "" {
		lines = append(lines, "", "FROM install AS slim", r.prune())
	}
	if r.asItStands() {
		return lines, nil
	}
	lines = append(lines, "", "FROM install AS build", runtime.RunLocal("touch "+installedMark), r.sources())
	lines = append(lines, r.compile()...)
	lines = append(lines, r.tidy()...)
	return append(lines, runtime.RunLocal(collectApp())), nil
}

// asItStands reports whether the sources go into the image as they are: nothing builds them.
func (r recipe) asItStands() bool {
	return r.apart() && len(r.compile()) == 0 && len(r.tidy()) == 0
}

const npmCache = "--mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm "

// path lets commands name installed programs as scripts do.
func (r recipe) path() string {
	bins := []string{path.Join(r.workdir, "node_modules/.bin"), path.Join(runtime.AppDir, "node_modules/.bin")}
	return strings.Join(slices.Compact(bins), ":") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

// managerEnv is what every command of a manager needs to know, in the build and at run time.
func managerEnv(m manager) []string {
	if m.name == "yarn" {
		// Plug'n'Play hides packages in archives that bundlers, native modules and plain `node` do not look into.
		return []string{"ENV YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true YARN_ENABLE_TELEMETRY=false"}
	}
	return nil
}

// install copies what installing needs and installs.
func (r recipe) install() []string {
	top := r.options[optTop]
	var lines []string
	if r.wantsAll() {
		lines = append(lines, r.sources())
	} else {
		for _, group := range byFolder(r.list(optManifests)) {
			lines = append(lines, runtime.Copy("", append(under(top, group.files), "./"+group.folder)...))
		}
	}
	if r.plan.Build.Install == "" {
		return lines
	}
	mount, env := r.manager.cache()
	return append(lines, runtime.Run(mount, "export "+env+" && "+r.plan.Build.Install))
}

// wantsAll reports whether installing needs more than manifests.
func (r recipe) wantsAll() bool {
	files := r.list(optManifests)
	return len(files) == 0 || files[0] == optAll
}

// sources copies the whole workspace.
func (r recipe) sources() string {
	return runtime.Copy("", path.Clean(r.options[optTop])+"/", "./")
}

// prune takes development dependencies out again.
func (r recipe) prune() string {
	mount, env := r.manager.cache()
	return runtime.Run(mount, "export "+env+" && "+r.options[optPrune])
}

// compile runs the build with whatever a framework needs before it.
func (r recipe) compile() []string {
	var lines []string
	mount, env := r.manager.cache()
	cd := "cd " + runtime.Quote(r.workdir) + " && "
	if extra := r.options[optExtra]; extra != "" {
		lines = append(lines, runtime.Run(mount, "export "+env+" && "+cd+addPackages(r.manager.name, strings.Fields(extra))))
	}
	if rewrite := r.options[optRewrite]; rewrite != "" {
		lines = append(lines, runtime.RunLocal(cd+rewrite))
	}
	command := r.plan.Build.Command
	if command == "" {
		return lines
	}
	if command != r.options[optBuild] {
		command = cd + command
	}
	return append(lines, runtime.Run(mount+r.buildCaches(), "export "+r.buildEnv()+" "+env+" && "+command))
}

// buildCaches are mounts for what the app's build tools keep from one build to the next, each with a name of its own so
// that no other app's build finds it.
func (r recipe) buildCaches() string {
	var mounts strings.Builder
	for _, folder := range r.list(optCaches) {
		id := notInNames.ReplaceAllString("slipway-build-"+r.options[optName]+"-"+folder, "-")
		mounts.WriteString("--mount=type=cache,id=" + id + ",sharing=private,target=" + path.Join(r.workdir, folder) + " ")
	}
	return mounts.String()
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// buildEnv is the environment of the build step: for production, but an `npm install` in a folder of the app's own still
// gets that folder's development dependencies, its bundler among them.
func (r recipe) buildEnv() string {
	env := "NODE_ENV=production npm_config_include=dev"
	if r.yarn1() {
		env += " YARN_PRODUCTION=false"
	}
	return env
}

// yarn1 reports whether the manager is yarn 1. Newer ones know other settings and refuse every one they do not know.
func (r recipe) yarn1() bool { return strings.HasPrefix(r.options[optPackage], "yarn@") }

// addPackages installs packages that the app's own manifests do not name.
func addPackages(manager string, packages []string) string {
	for i, name := range packages {
		packages[i] = runtime.Quote(name)
	}
	names := strings.Join(packages, " ")
	switch manager {
	case "pnpm":
		return "pnpm add --save-dev " + names
	case "yarn":
		return "yarn add --dev " + names
	case "bun":
		return "bun add --dev " + names
	default:
		return "npm install --no-save " + names
	}
}

// tidy leaves in the build stage what the run stage copies.
func (r recipe) tidy() []string {
	cd := "cd " + runtime.Quote(r.workdir) + " && "
	switch {
	case r.options[optStatic] != "":
		return []string{runtime.RunLocal(cd + collectSite(r.siteFolders()))}
	case r.options[optStandalone] != "":
		return []string{runtime.RunLocal(cd + collectStandalone(r.options[optStandalone]))}
	case r.options[optPrune] != "" && !r.apart():
		return []string{r.prune()}
	case r.options[optCache] != "":
		cache := runtime.Quote(r.options[optCache])
		return []string{runtime.RunLocal(cd + "rm -rf " + cache + " && mkdir -p \"$(dirname " + cache + ")\" && ln -s /tmp " + cache)}
	default:
		return nil
	}
}

// siteFolders puts the person's output folder, which overrides the detected one, alone.
func (r recipe) siteFolders() []string {
	folders := r.list(optStatic)
	if output := r.plan.Build.Output; output != "" && output != folders[0] {
		return []string{output}
	}
	return folders
}

// byFolder groups files by their folder, keeping the order, because COPY flattens what it is given.
func byFolder(files []string) []folderFiles {
	var groups []folderFiles
	for _, file := range files {
		folder := path.Dir(file) + "/"
		if slices.Contains(installFiles, file) && path.Ext(file) == "" && !strings.HasPrefix(path.Base(file), ".") {
			folder = file + "/" // a folder is copied to its own name
		}
		if folder == "./" {
			folder = ""
		}
		if n := len(groups); n > 0 && groups[n-1].folder == folder {
			groups[n-1].files = append(groups[n-1].files, file)
			continue
		}
		groups = append(groups, folderFiles{folder, []string{file}})
	}
	return groups
}

type folderFiles struct {
	folder string
	files  []string
}

func under(top string, files []string) []string {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = path.Join(top, file)
	}
	return paths
}
