package dockerfile

import (
	"fmt"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Detect implements runtime.Runtime. A Dockerfile beside another runtime's sign loses against it only when that
// runtime is surer; one that was named by the person is beyond doubt.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	file, source, score := "Dockerfile", "default", 60
	if named := tree.Manifest.Build.Dockerfile; named.Set() {
		file, source, score = named.Value, named.Source, 90
	}
	if !tree.Has(file) {
		if source == "default" && !tree.Chosen {
			return runtime.Verdict{}, nil
		}
		return runtime.Verdict{}, paas.FieldErrorf("build.dockerfile", "There is no file %s in the app's folder (%s).", file, source)
	}
	return runtime.Verdict{Score: score, Plan: paas.Plan{
		Saw:       []string{fmt.Sprintf("%s is in the app's folder.", file)},
		Why:       "An app's own Dockerfile says best how it is built.",
		Build:     paas.BuildSettings{Dockerfile: file},
		Processes: []paas.Process{{Name: paas.WebProcess, Source: file}},
		Settings:  []paas.Setting{{Name: "Dockerfile", Value: file, Source: source}},
	}}, nil
}
