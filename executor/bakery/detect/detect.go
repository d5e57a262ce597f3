// Package detect decides how a source tree is built and run: it asks every runtime, takes the surest, and lays over
// its plan what Procfile, app.json, slipway.yaml and the person say.
package detect

import (
	"fmt"
	"io/fs"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/dockerfile"
	"github.com/slipway-paas/slipway/server/paas"
)

// Options is what the person decided before the tree was looked at. The zero value decides nothing.
type Options struct {
	Root    string            // the app's folder inside the repository; "" is the whole
	Choices manifest.Manifest // from the form or the CLI: wins over what the files say; give each value a Source
}

// Detect makes the plan for one app. Its error is a paas.Error: a manifest with a wrong line, a folder that does not
// exist, or, when nothing fits, what was looked for.
func Detect(repo fs.FS, opts Options) (paas.Plan, error) {
	return detect(repo, opts, runtimes.All())
}

// Layers are the shared images a plan builds on, in the order they build on each other; none for an own Dockerfile.
func Layers(plan paas.Plan) ([]runtime.Layer, error) {
	r, err := lookUp(plan.Runtime)
	if err != nil {
		return nil, err
	}
	return r.Layers(plan), nil
}

// Dockerfile writes the Dockerfile of a plan; image gives the reference of a layer by its name. The build context is
// the whole repository. A plan with its own Dockerfile (see Own) has none to write.
func Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	r, err := lookUp(plan.Runtime)
	if err != nil {
		return "", err
	}
	return r.Dockerfile(plan, image)
}

// Own is the path of the app's own Dockerfile inside the repository and the folder that is its build context; false
// when Slipway writes the Dockerfile.
func Own(plan paas.Plan) (file, context string, ok bool) {
	if plan.Runtime != dockerfile.Name {
		return "", "", false
	}
	return dockerfile.Paths(plan)
}

// Ignore is the .dockerignore of a generated Dockerfile. The app's own was written for another Dockerfile and may leave
// out what this one needs, so it is not used; give this one to BuildKit as `<Dockerfile name>.dockerignore`.
const Ignore = ".git\n**/node_modules\n**/.venv\n**/__pycache__\n"

func lookUp(name string) (runtime.Runtime, error) {
	for _, r := range runtimes.All() {
		if r.Name() == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("no runtime is called %q", name)
}
