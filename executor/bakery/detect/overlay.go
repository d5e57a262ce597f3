package detect

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// overlay lays what was said over what was detected, and makes every value that counts visible as a setting.
func overlay(plan paas.Plan, said manifest.Manifest) paas.Plan {
	plan.Processes = processes(plan.Processes, said)
	plan.Env = variables(plan.Env, said.Env)
	plan.Needs = ungiven(plan, slices.Concat(plan.Needs, slices.Collect(maps.Keys(said.Needs))))
	plan.Secrets = ungiven(plan, slices.Collect(maps.Keys(said.Secrets)))
	plan.Warnings = slices.Concat(startWarnings(plan.Warnings, said), said.Warnings)
	plan.Saw = slices.Clone(plan.Saw)
	for _, file := range said.Files {
		plan.Saw = append(plan.Saw, file+" is there.")
	}
	if said.Release.Set() {
		plan.Release = said.Release.Value
	}

	s := settings(slices.Clone(plan.Settings))
	b := &plan.Build
	lay(&s, runtime.SettingInstall, &b.Install, said.Build.Install, asIs)
	lay(&s, runtime.SettingBuild, &b.Command, said.Build.Command, asIs)
	lay(&s, runtime.SettingOutput, &b.Output, said.Build.Output, asIs)
	lay(&s, runtime.SettingDockerfile, &b.Dockerfile, said.Build.Dockerfile, asIs)
	lay(&s, runtime.SettingPackages, &b.Packages, said.Build.Packages, func(names []string) string { return strings.Join(names, " ") })
	b.Env = variables(b.Env, said.Build.Env)
	_, own := said.Processes[paas.WebProcess]
	if said.Closed {
		plan.Run.Finishes = false // what was found to finish is not what a Procfile starts
	}
	layRun(&s, &plan.Run, said.Run)
	plan.Run.MayFinish = own && !plan.Run.Finishes && !said.Run.Finishes.Set()
	if !plan.Release.IsZero() {
		s.set(runtime.SettingRelease, plan.Release.String(), cmp.Or(said.Release.Source, "default"))
	}
	for _, name := range plan.Secrets {
		s.set("Generated secret "+name, "a random value at the first deploy", said.Secrets[name])
	}
	plan.Settings = s
	return plan
}

// startWarnings leaves out what was warned of how the app starts when somebody has said how it does.
func startWarnings(warnings []paas.Warning, said manifest.Manifest) []paas.Warning {
	if len(said.Processes) == 0 {
		return warnings
	}
	return slices.DeleteFunc(slices.Clone(warnings), func(w paas.Warning) bool { return w.Code == runtime.WarnNoStart })
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s" }

func layRun(s *settings, run *paas.RunSettings, said manifest.Run) {
	run.Port = cmp.Or(run.Port, paas.DefaultPort)
	run.HealthPath = cmp.Or(run.HealthPath, "/")
	run.StartTimeout = cmp.Or(run.StartTimeout, paas.DefaultStartTimeout)
	lay(s, runtime.SettingPort, &run.Port, said.Port, strconv.Itoa)
	lay(s, runtime.SettingHealth, &run.HealthPath, said.HealthPath, asIs)
	lay(s, runtime.SettingStart, &run.StartTimeout, said.StartTimeout, seconds)
	lay(s, runtime.SettingMemory, &run.MemoryBytes, said.MemoryBytes, memory)
	lay(s, runtime.SettingUser, &run.User, said.User, asIs)
	lay(s, runtime.SettingWritable, &run.WritableRoot, said.WritableRoot, yes)
	lay(s, runtime.SettingFinishes, &run.Finishes, said.Finishes, yes)
}

// lay sets *to to what was said, and keeps the setting of that name true: replaced when something was said, added from
// what was detected when the runtime did not list it itself.
func lay[T any](s *settings, name string, to *T, said manifest.Value[T], show func(T) string) {
	if said.Set() {
		*to = said.Value
		s.set(name, show(*to), said.Source)
		return
	}
	if value := show(*to); value != "" && !s.has(name) {
		s.set(name, value, "default")
	}
}

func asIs(s string) string { return s }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func memory(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return paas.Bytes(bytes)
}

// settings is the plan's list of visible values, by name.
type settings []paas.Setting

func (s settings) has(name string) bool {
	return slices.ContainsFunc(s, func(x paas.Setting) bool { return x.Name == name })
}

func (s *settings) set(name, value, source string) {
	changed := paas.Setting{Name: name, Value: value, Source: source}
	if i := slices.IndexFunc(*s, func(x paas.Setting) bool { return x.Name == name }); i >= 0 {
		(*s)[i] = changed
		return
	}
	*s = append(*s, changed)
}

// processes lays the named processes over the detected ones; web comes first, the others by name.
func processes(detected []paas.Process, said manifest.Manifest) []paas.Process {
	byName := map[string]paas.Process{}
	for _, p := range detected {
		if !said.Closed {
			byName[p.Name] = p
		}
	}
	for name, v := range said.Processes {
		byName[name] = paas.Process{Name: name, Command: v.Value, Source: v.Source}
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b paas.Process) int {
		if (a.Name == paas.WebProcess) != (b.Name == paas.WebProcess) {
			if a.Name == paas.WebProcess {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
}

// variables is a copy of detected with the said ones laid on it.
func variables(detected map[string]string, said map[string]manifest.Value[string]) map[string]string {
	if len(detected)+len(said) == 0 {
		return nil
	}
	all := map[string]string{}
	maps.Copy(all, detected)
	for name, v := range said {
		all[name] = v.Value
	}
	return all
}

// ungiven are the variables among names that the plan gives no value for.
func ungiven(plan paas.Plan, names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		_, given := plan.Env[name]
		return given
	})
}
