// Package r builds and runs R: plumber and Shiny servers, plain scripts, and apps written for Heroku's buildpack-r.
package r

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name.
const Name = "r"

// version is Debian 13's R.
const version = "4.5"

// Runtime implements runtime.Runtime for R.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "R" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string {
	return "plumber.R, app.R, ui.R with server.R, run.R, init.R, renv.lock, DESCRIPTION or a .R file (R)"
}

const (
	runLayer   = "r-" + version
	buildLayer = "r-" + version + "-build"
)

// runPackages run R; a font, because a plot without one has no text.
var runPackages = []string{"r-base-core", "ca-certificates", "tzdata", "fonts-dejavu-core"}

// buildPackages compile what Debian has no prebuilt package for, against the libraries that most often need it.
var buildPackages = []string{"r-base-dev", "git", "pkg-config", "cmake", "libcurl4-openssl-dev", "libssl-dev", "libxml2-dev",
	"libfontconfig-dev", "libfreetype-dev", "libpq-dev", "libsodium-dev"}

// Layers implements runtime.Runtime.
func (Runtime) Layers(paas.Plan) []runtime.Layer {
	return []runtime.Layer{
		{Name: runLayer, Lines: []string{runtime.Apt(runPackages...)}},
		{Name: buildLayer, From: runLayer, Lines: []string{
			runtime.Apt(buildPackages...),
			runtime.RunLocal(runtime.WriteFile("/opt/slipway/packages.R", packagesScript)),
			runtime.RunLocal(runtime.WriteFile("/opt/slipway/profile.R", profileScript)),
		}},
	}
}
