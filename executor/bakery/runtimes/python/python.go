// Package python builds and runs Python apps: Flask, FastAPI, Django and their kin, Streamlit and Gradio pages, and plain
// scripts, with the packages that pip, uv, poetry, pdm or pipenv install.
package python

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name.
const Name = "python"

// version is Debian 13's Python.
const version = "3.13"

// Runtime implements runtime.Runtime for Python.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Python" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string {
	return "requirements.txt, pyproject.toml, Pipfile, setup.py, manage.py or a .py file (Python)"
}

const (
	runLayer   = "python-" + version
	buildLayer = "python-" + version + "-build"
)

// buildPackages let pip compile what has no ready wheel, against the libraries that most often need it.
var buildPackages = []string{"python3-dev", "python3-venv", "python3-pip", "build-essential", "pkg-config", "git", "libpq-dev",
	"libffi-dev", "libssl-dev", "default-libmysqlclient-dev"}

// runPackages are those an app needs at run time: shared libraries of the most common drivers, and time zones.
var runPackages = []string{"python3", "ca-certificates", "tzdata", "libpq5", "libmariadb3", "media-types"}

// Layers implements runtime.Runtime. A package manager that Debian lacks is baked once too, in its own environment.
func (Runtime) Layers(plan paas.Plan) []runtime.Layer {
	layers := []runtime.Layer{
		{Name: runLayer, Lines: []string{runtime.Apt(runPackages...)}},
		{Name: buildLayer, From: runLayer, Lines: []string{runtime.Apt(buildPackages...)}},
	}
	if m := managerOf(plan); m.tool != "" {
		layers = append(layers, runtime.Layer{Name: m.layer(), From: buildLayer, Lines: []string{
			runtime.Run("", "python3 -m venv /opt/tool && /opt/tool/bin/pip install --no-cache-dir --disable-pip-version-check "+
				m.tool+" && ln -s /opt/tool/bin/"+m.name+" /usr/local/bin/"+m.name),
			runtime.RunLocal(runtime.WriteFile(splitFile, splitScript)),
		}})
	}
	return layers
}
