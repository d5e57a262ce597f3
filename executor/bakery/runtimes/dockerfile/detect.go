package dockerfile

import (
	"fmt"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// How sure the runtime is. A Dockerfile nobody named loses against a runtime that recognises the app: it usually starts
// from an image of a public registry, which a company's machines often cannot reach. One that was named is beyond doubt.
const (
	scoreFound = 45
	scoreNamed = 90
)

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	file, source, score := "Dockerfile", "default", scoreFound
	if said := tree.Manifest.Build.Dockerfile; said.Set() {
		file, source, score = said.Value, said.Source, scoreNamed
	}
	text, ok := tree.Read(file)
	if !ok {
		if source == "default" && !tree.Chosen {
			return runtime.Verdict{}, nil
		}
		return runtime.Verdict{}, paas.FieldErrorf("build.dockerfile", "There is no file %s in the app's folder (%s).", file, source)
	}
	last := lastStage(string(text))
	plan := paas.Plan{
		Saw:       []string{fmt.Sprintf("%s is in the app's folder.", file)},
		Why:       "An app's own Dockerfile says best how it is built.",
		Build:     paas.BuildSettings{Dockerfile: file},
		Processes: []paas.Process{{Name: paas.WebProcess, Source: file}},
		Settings:  []paas.Setting{{Name: runtime.SettingDockerfile, Value: file, Source: source}},
	}
	if last.port != 0 {
		plan.Run.Port = last.port
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingPort, Value: fmt.Sprint(last.port), Source: file + " EXPOSE"})
	}
	switch {
	case last.numericUser != "":
		plan.Run.User = last.numericUser
		plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingUser, Value: last.numericUser, Source: file + " USER"})
	default:
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnProfile,
			Message: fmt.Sprintf("%s names no user by number, so the app runs as %s with a read-only root; set run.user or run.writable-root if it needs other ones.", file, runtime.AppUser)})
	}
	return runtime.Verdict{Score: score, Plan: plan}, nil
}
