package detect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/server/paas"
)

// overlay lays what was said over what was detected.
func overlay(plan paas.Plan, said manifest.Manifest) paas.Plan {
	plan.Processes = processes(plan.Processes, said)
	plan.Release = said.Release.Or(manifest.Value[paas.Command]{Value: plan.Release}).Value
	plan.Env = variables(plan.Env, said.Env)
	plan.Build.Env = variables(plan.Build.Env, said.Build.Env)
	return plan
}

func processes(detected []paas.Process, said manifest.Manifest) []paas.Process {
	byName := map[string]paas.Process{}
	if !said.Closed {
		for _, p := range detected {
			byName[p.Name] = p
		}
	}
	for name, v := range said.Processes {
		byName[name] = paas.Process{Name: name, Command: v.Value, Source: v.Source}
	}
	all := slices.Collect(maps.Values(byName))
	slices.SortFunc(all, func(a, b paas.Process) int {
		if (a.Name == paas.WebProcess) != (b.Name == paas.WebProcess) {
			if a.Name == paas.WebProcess {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return all
}

func variables(detected map[string]string, said map[string]manifest.Value[string]) map[string]string {
	if len(said) == 0 {
		return detected
	}
	all := maps.Clone(detected)
	if all == nil {
		all = map[string]string{}
	}
	for name, v := range said {
		all[name] = v.Value
	}
	return all
}
