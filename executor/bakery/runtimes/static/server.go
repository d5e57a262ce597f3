package static

import (
	_ "embed"
	"encoding/base64"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// LayerName is the layer with the file server.
const LayerName = "static"

// serve is the program of every site: it writes nginx's configuration for the PORT it is given and becomes nginx.
//
//go:embed serve.sh
var serve string

// Layer is nginx from Debian: kept up to date there, about 10 MB with what it needs, 5 MB of memory at work.
func Layer() runtime.Layer {
	return runtime.Layer{Name: LayerName, Lines: []string{
		runtime.Apt("ca-certificates", "nginx"),
		// base64, because a Dockerfile of this engine has no form for a file of several lines.
		runtime.RunLocal("echo " + base64.StdEncoding.EncodeToString([]byte(serve)) +
			" | base64 -d > /usr/local/bin/serve-site && chmod 0755 /usr/local/bin/serve-site"),
	}}
}

// singlePages is the fallback of sites whose pages are drawn in the browser: an address without a file gets the start
// page although the site has other pages too.
const singlePages = "/index.html"

// authFile is where the image keeps the passwords of SITE_AUTH, outside of what is served.
const authFile = "/etc/slipway-site.htpasswd"

// Stage writes the stage that serves a site; content are the instructions that bring the files to runtime.AppDir. The
// plan's build options may hold Config's Vars.
func Stage(plan paas.Plan, image string, content ...string) []string {
	lines := []string{"FROM " + image}
	if packages := runtime.Apt(plan.Build.Packages...); packages != "" {
		lines = append(lines, packages)
	}
	lines = append(lines, content...)
	vars := ""
	for _, name := range slices.Sorted(maps.Keys(plan.Build.Options)) {
		if strings.HasPrefix(name, "SITE_") {
			vars += " " + name + `="` + plan.Build.Options[name] + `"`
		}
	}
	if vars != "" {
		lines = append(lines, "ENV"+vars)
	}
	if plan.Build.Options["SITE_AUTH"] != "" {
		lines = append(lines, runtime.Copy("", path.Join(plan.Build.Root, "Staticfile.auth"), authFile))
	}
	lines = append(lines, runtime.FinishIn(plan, runtime.AppDir)...)
	if len(plan.Processes) == 0 || plan.Processes[0].Command.IsZero() {
		lines = append(lines, `CMD ["serve-site"]`)
	}
	return lines
}

// SinglePages is vars with the fallback of a site whose pages are drawn in the browser, unless they name another.
func SinglePages(vars map[string]string) map[string]string {
	all := map[string]string{"SITE_FALLBACK": singlePages}
	maps.Copy(all, vars)
	return all
}
