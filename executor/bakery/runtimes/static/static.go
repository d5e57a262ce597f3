// Package static serves folders of files: sites that need no build, and, for the Node.js runtime, what a bundler left.
package static

import (
	"fmt"
	"path"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Runtime serves files as they are.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return "static" }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Static site" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string { return "index.html (static site)" }

// siteFolders are where a site without a build keeps its start page, the likeliest first.
var siteFolders = []string{".", "public", "dist", "site", "_site", "build", "www", "html", "public_html", "docs", "htdocs", "static", "src"}

// scoreSite is below every runtime with sources of its own: most of them have an index.html somewhere too.
const scoreSite = 25

// Scores of a site with a file of its own that says how it is served.
const (
	scoreAsked  = 50 // the file names a folder that is there: above what builds one, below a server
	scoreBeside = 45 // a start page beside it: above a stray package.json, below one whose build makes the site
)

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	config, err := Read(tree)
	if err != nil {
		return runtime.Verdict{}, err
	}
	folder, source, score := "", "default", scoreSite
	if config.Root != "" {
		folder, source, score = config.Root, config.File, scoreAsked
	}
	if named := tree.Manifest.Build.Output; named.Set() {
		folder, source = named.Value, named.Source
	}
	if folder != "" && !tree.HasDir(folder) {
		return runtime.Verdict{Note: fmt.Sprintf("The output folder %s (%s) does not exist.", folder, source)}, nil
	}
	for _, candidate := range siteFolders {
		if folder == "" && tree.Has(path.Join(candidate, "index.html")) {
			folder = candidate
			if config.File != "" {
				score = scoreBeside
			}
		}
	}
	if folder == "" && (tree.Chosen || config.File != "") {
		folder = "."
	}
	if folder == "" {
		return runtime.Verdict{}, nil
	}
	saw := path.Join(folder, "index.html") + " is there."
	if config.File != "" {
		saw = config.File + " says how the site is served."
	}
	return runtime.Verdict{Score: score, Plan: paas.Plan{
		Saw:       []string{saw},
		Why:       "Files with a start page and no program that would serve them: nginx serves them.",
		Build:     paas.BuildSettings{Output: folder, Options: config.Vars},
		Processes: []paas.Process{{Name: paas.WebProcess, Source: "default"}},
		Settings:  []paas.Setting{{Name: runtime.SettingOutput, Value: folder, Source: source}},
		Warnings:  config.Warnings,
	}}, nil
}

// Layers implements runtime.Runtime.
func (Runtime) Layers(paas.Plan) []runtime.Layer { return []runtime.Layer{Layer()} }

// Dockerfile implements runtime.Runtime.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	folder := path.Join(plan.Build.Root, plan.Build.Output)
	lines := Stage(plan, image(LayerName), runtime.CopyApp(plan, "", folder+"/", runtime.AppDir+"/"))
	return strings.Join(lines, "\n") + "\n", nil
}
