// Package dockerfile runs an app by the Dockerfile it brings.
package dockerfile

import (
	"cmp"
	"errors"
	"path"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name; its Dockerfile is the app's own file.
const Name = "dockerfile"

// Runtime builds the app's own Dockerfile as it stands.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Dockerfile" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string { return "Dockerfile (your own image)" }

// Layers implements runtime.Runtime: the app's Dockerfile names its own base.
func (Runtime) Layers(paas.Plan) []runtime.Layer { return nil }

// Dockerfile is never asked: the bakery builds plan.Build.Dockerfile from the repository itself.
func (Runtime) Dockerfile(paas.Plan, func(string) string) (string, error) {
	return "", errors.New("the dockerfile runtime builds the app's own file and writes none")
}

// Paths is where the app's Dockerfile and its build context are inside the repository.
func Paths(plan paas.Plan) (file, context string, ok bool) {
	context = path.Clean(cmp.Or(plan.Build.Root, "."))
	return path.Join(context, plan.Build.Dockerfile), context, true
}
