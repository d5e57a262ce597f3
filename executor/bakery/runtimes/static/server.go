package static

import (
	_ "embed"
	"encoding/base64"

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

// SinglePage is the instruction for sites whose pages are drawn in the browser: an address without a file gets the
// start page although the site has other pages too.
const SinglePage = "ENV SITE_FALLBACK=/index.html"

// Stage writes the stage that serves a site; content are the instructions that bring the files to runtime.AppDir.
func Stage(plan paas.Plan, image string, content ...string) []string {
	lines := []string{"FROM " + image}
	if packages := runtime.Apt(plan.Build.Packages...); packages != "" {
		lines = append(lines, packages)
	}
	lines = append(lines, content...)
	lines = append(lines, runtime.FinishIn(plan, runtime.AppDir)...)
	if len(plan.Processes) == 0 || plan.Processes[0].Command.IsZero() {
		lines = append(lines, `CMD ["serve-site"]`)
	}
	return lines
}
