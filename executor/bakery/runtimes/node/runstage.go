package node

import (
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// builtStandalone is where the build stage leaves Next's standalone server.
const builtStandalone = "/slipway-standalone"

func (r recipe) runStage() []string {
	version := r.image(versionLayer(r.plan.Version))
	lines := []string{
		"FROM " + r.image(runLayer),
		"COPY --from=" + version + " /usr/local/bin/ /usr/local/bin/",
		"COPY --from=" + version + " /usr/local/lib/node_modules/ /usr/local/lib/node_modules/",
	}
	if packages := runtime.Apt(slices.Concat(r.plan.Build.Packages, r.list(optDebian))...); packages != "" {
		lines = append(lines, packages)
	}
	workdir := r.workdir
	switch ship := r.list(optShip); {
	case r.options[optStandalone] != "":
		workdir = runtime.AppDir
		lines = append(lines, runtime.Copy("build", builtStandalone, workdir))
	case len(ship) > 0:
		for _, folder := range ship {
			lines = append(lines, runtime.Copy("build", path.Join(workdir, folder), path.Join(workdir, folder)))
		}
	default:
		lines = append(lines, r.managerFiles()...)
		lines = append(lines, r.appFiles()...)
	}
	lines = append(lines, "ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH="+r.path())
	lines = append(lines, managerEnv(r.manager)...)
	if r.options[optLocalhost] != "" {
		lines = append(lines, `ENV NODE_OPTIONS="--require `+listenEverywhereFile+`"`)
	}
	return append(lines, runtime.FinishIn(r.plan, workdir)...)
}

// appFiles copies the app, after its dependencies where these have a layer of their own.
func (r recipe) appFiles() []string {
	if !r.apart() {
		return []string{runtime.CopyApp(r.plan, "build", runtime.AppDir, runtime.AppDir)}
	}
	app := runtime.CopyApp(r.plan, "build", builtApp, runtime.AppDir)
	if r.asItStands() {
		app = runtime.CopyApp(r.plan, "", path.Clean(r.options[optTop])+"/", runtime.AppDir+"/")
	}
	return []string{runtime.CopyApp(r.plan, r.installedStage(), runtime.AppDir, runtime.AppDir), app}
}

// managerFiles brings the package manager along for start commands such as `yarn start`, and other programs that npm
// brought; npm itself comes with Node.js.
func (r recipe) managerFiles() []string {
	stage := "build"
	if r.apart() {
		stage = "install"
	}
	var lines []string
	for _, spec := range r.list(optPackage) {
		name := spec[:strings.LastIndex(spec, "@")]
		program := name
		if name == yarnPackage {
			program = "yarn"
		}
		if name == "npm" {
			continue
		}
		folder := "/usr/local/lib/node_modules/" + name
		// COPY would follow the link that npm made to the program, which finds its parts from where it lies.
		link := `const b = require("` + folder + `/package.json").bin; "` + folder + `/" + (b.` + program + ` || b)`
		lines = append(lines, runtime.Copy(stage, folder, folder),
			runtime.RunLocal(`ln -s "$(node -p '`+link+`')" /usr/local/bin/`+program))
	}
	return lines
}

// Where the build stage notes that dependencies are installed, and where it leaves the app without them.
const (
	installedMark = "/slipway-installed"
	builtApp      = "/slipway-app"
)

// collectApp copies the built app without its dependencies, but with what the build itself put among them, which a
// newer change than the mark tells. Tools' caches stay behind.
func collectApp() string {
	return "mkdir " + builtApp + " && tar -c --exclude=node_modules . | tar -x -C " + builtApp + " && " +
		`find . -path '*/node_modules/*' '(' -type f -o -type l ')' -cnewer ` + installedMark +
		` -not -path '*/node_modules/.cache/*' -not -path '*/node_modules/.vite*/*' -print0 | tar -c --null -T - | tar -x -C ` + builtApp
}

// collectSite finds the finished site among the folders it may be in. A folder counts when it has a start page; where
// none has, the only one below them that does counts too: tools like to put a project's name between.
func collectSite(folders []string) string {
	quoted := make([]string, len(folders))
	for i, folder := range folders {
		quoted[i] = runtime.Quote(folder)
	}
	words := strings.Join(quoted, " ")
	return "for d in " + words + `; do if [ -f "$d/index.html" ]; then cp -RL "$d" ` + builtSite + " && exit 0; fi; done; " +
		`found="$(find ` + words + ` -maxdepth 3 -name index.html -not -path '*/node_modules/*' 2>/dev/null)"; ` +
		`if [ "$(echo "$found" | wc -l)" = 1 ] && [ -n "$found" ]; then cp -RL "$(dirname "$found")" ` + builtSite + " && exit 0; fi; " +
		"echo " + runtime.Quote(runtime.StopLine("The build left no index.html in "+strings.Join(folders, ", ")+". Next: Set the output folder to where the build writes the site, then deploy again.")) + " >&2; exit 1"
}

// collectStandalone puts Next's standalone server together: Next leaves out the assets, and in a workspace puts the
// server into the app's folder, which a link at the top finds again.
func collectStandalone(dist string) string {
	d := runtime.Quote(dist)
	return "cp -R " + d + "/standalone " + builtStandalone + " && cd " + builtStandalone + " && " +
		`app="$(find . -name server.js -not -path '*/node_modules/*' | head -n 1)" && app="$(dirname "$app")" && ` +
		`cp -R "$OLDPWD/"` + d + `/static "$app/"` + d + "/static && " +
		`if [ -d "$OLDPWD/public" ]; then cp -R "$OLDPWD/public" "$app/public"; fi && ` +
		`if [ "$app" != . ]; then ln -s "$app/server.js" server.js; fi && ` +
		`rm -rf "$app/"` + d + `/cache && ln -s /tmp "$app/"` + d + "/cache"
}
