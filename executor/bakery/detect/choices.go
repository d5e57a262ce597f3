package detect

import (
	"cmp"
	"slices"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/server/paas"
)

// chosen is the source of everything a person set on a form or by flag.
const chosen = "app settings"

// Choices turns what a person chose for an app into a manifest that wins over the files. runtime is "" when detection
// chooses it.
func Choices(runtime string, s paas.AppSettings) manifest.Manifest {
	m := manifest.Manifest{
		Runtime: say(runtime),
		Version: say(s.Build.Options["version"]),
		Build: manifest.Build{
			Install: say(s.Build.Install), Command: say(s.Build.Command), Output: say(s.Build.Output),
			Dockerfile: say(s.Build.Dockerfile), Env: map[string]manifest.Value[string]{},
		},
		Run: manifest.Run{Port: say(s.Port), HealthPath: say(s.HealthPath), StartTimeout: say(s.StartTimeout)},
	}
	if len(s.Build.Packages) > 0 {
		m.Build.Packages = manifest.Value[[]string]{Value: slices.Clone(s.Build.Packages), Source: chosen}
	}
	for name, value := range s.Build.Env {
		m.Build.Env[name] = manifest.Value[string]{Value: value, Source: chosen}
	}
	for name, line := range s.Commands {
		if m.Processes == nil {
			m.Processes = map[string]manifest.Value[paas.Command]{}
		}
		m.Processes[name] = manifest.Value[paas.Command]{Value: paas.Command{Line: line}, Source: chosen}
	}
	if s.WritableRoot != nil {
		m.Run.WritableRoot = manifest.Value[bool]{Value: *s.WritableRoot, Source: chosen}
	}
	return m
}

// say is a value with its source, or nothing when it is zero.
func say[T cmp.Ordered](value T) manifest.Value[T] {
	var zero T
	if value == zero {
		return manifest.Value[T]{}
	}
	return manifest.Value[T]{Value: value, Source: chosen}
}
