package node

import (
	"path"
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
	if packages := runtime.Apt(r.plan.Build.Packages...); packages != "" {
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
		lines = append(lines, r.appFiles())
	}
	lines = append(lines, "ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH="+r.path())
	lines = append(lines, managerEnv(r.manager)...)
	if r.options[optLocalhost] != "" {
		lines = append(lines, `ENV NODE_OPTIONS="--require `+listenEverywhereFile+`"`)
	}
	return append(lines, runtime.FinishIn(r.plan, workdir)...)
}

// appFiles copies the built app; one that writes beside itself owns its files.
func (r recipe) appFiles() string {
	copied := runtime.Copy("build", runtime.AppDir, runtime.AppDir)
	if !r.plan.Run.WritableRoot {
		return copied
	}
	user := runtime.AppUser
	if r.plan.Run.User != "" {
		user = r.plan.Run.User
	}
	return strings.Replace(copied, "COPY ", "COPY --chown="+user+" ", 1)
}

// managerFiles brings the package manager along for start commands such as `yarn start`; npm comes with Node.js.
func (r recipe) managerFiles() []string {
	spec := r.options[optPackage]
	if spec == "" || r.manager.name == "npm" {
		return nil
	}
	name := r.manager.name
	if strings.HasPrefix(spec, "@yarnpkg/cli-dist@") {
		name = "@yarnpkg/cli-dist"
	}
	folder := "/usr/local/lib/node_modules/" + name
	// COPY would follow the link that npm made to the program, which finds its parts from where it lies.
	link := `const b = require("` + folder + `/package.json").bin; "` + folder + `/" + (b.` + r.manager.name + ` || b)`
	return []string{
		runtime.Copy("build", folder, folder),
		runtime.RunLocal(`ln -s "$(node -p '` + link + `')" /usr/local/bin/` + r.manager.name),
	}
}

// collectSite finds the finished site among the folders it may be in. A folder counts when it has a start page.
func collectSite(folders []string) string {
	quoted := make([]string, len(folders))
	for i, folder := range folders {
		quoted[i] = runtime.Quote(folder)
	}
	words := strings.Join(quoted, " ")
	return "for d in " + words + `; do if [ -f "$d/index.html" ]; then cp -RL "$d" ` + builtSite + " && exit 0; fi; done; " +
		"echo " + runtime.Quote("Slipway: the build left no index.html in "+strings.Join(folders, ", ")+". Set the output folder.") + " >&2; exit 1"
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
