package golang

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// What the runtime remembers in Build.Options between Detect and Dockerfile.
const (
	optFiles    = "files"    // module files of the repository, by line
	optPrograms = "programs" // packages that are built, relative to the app's folder, by line
	optCgo      = "cgo"      // "1": C is compiled too
	optVendored = "vendored" // "1": the dependencies are in the repository
	optModule   = "module"   // name of the module that is made of a folder of .go files without go.mod
	optBin      = "bin"      // folder of the programs, where it is not bin
)

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	sign, score := tree.First("go.mod", "go.work"), 50
	if sign == "" {
		files := tree.Glob("*.go")
		if len(files) == 0 {
			return runtime.Verdict{}, nil
		}
		sign, score = cmp.Or(tree.First("main.go"), files[0]), 20
	}
	m := readModule(tree)
	chosen, others := m.choose()
	if chosen.dir == "" {
		return runtime.Verdict{Note: fmt.Sprintf("There is a %s, but no package main to run below it.", sign)}, nil
	}
	o := map[string]string{optFiles: strings.Join(m.files, "\n")}
	if m.text == "" && sign != "go.work" {
		o[optModule] = nameOf(tree)
		chosen.name = o[optModule]
	}
	if tree.Has("bin") { // a file of that name
		o[optBin] = ".bin"
	}
	plan := paas.Plan{
		Saw:   []string{sign + " is in the app's folder.", fmt.Sprintf("The program is package main in %s.", shown(chosen.dir))},
		Why:   "It is a Go program, and Go makes one binary of it.",
		Build: paas.BuildSettings{Options: o},
		Run:   paas.RunSettings{Finishes: !m.listens},
		Processes: []paas.Process{{Name: paas.WebProcess, Source: path.Join(chosen.dir, "main package"),
			Command: paas.Command{Args: []string{path.Join(runtime.AppDir, tree.Root, binOf(o), chosen.name)}}}},
	}
	m.settleVersion(&plan, tree)
	m.settlePrograms(&plan, chosen, others)
	if m.vendored {
		o[optVendored] = "1"
		plan.Saw = append(plan.Saw, "The dependencies are in vendor.")
	}
	if m.cgo != "" {
		o[optCgo] = "1"
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s needs C, so the binary is built with cgo.", m.cgo))
	}
	if plan.Run.Finishes {
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
	v := tree.Manifest.Build.Command.Or(manifest.Value[string]{Value: "go build -o bin/ ./" + strings.TrimPrefix(chosen.dir, "."), Source: sign})
	plan.Settings = append(plan.Settings,
		paas.Setting{Name: runtime.SettingBuild, Value: v.Value, Source: v.Source},
		paas.Setting{Name: "CGO_ENABLED", Value: cmp.Or(o[optCgo], "0"), Source: cmp.Or(m.cgo, "default")})
	return runtime.Verdict{Score: score, Plan: plan}, nil
}

// binOf is the folder of the programs, relative to the app's.
func binOf(o map[string]string) string { return cmp.Or(o[optBin], "bin") }

func shown(dir string) string {
	if dir == "." {
		return "the app's folder"
	}
	return dir
}

// choose picks the program that is started: what +heroku names, the one at the top, the one that is called like the
// module or like a server; the others are built besides.
func (m *module) choose() (chosen program, others []program) {
	if len(m.programs) == 0 {
		return program{}, nil
	}
	rank := func(p program) int {
		if i := slices.Index(m.installed(), p.dir); i >= 0 {
			return i - 100
		}
		switch {
		case p.dir == ".":
			return 0
		case p.name == m.binary("."):
			return 1
		}
		if i := slices.Index([]string{"web", "server", "api", "app", "serve", "httpd", "main"}, p.name); i >= 0 {
			return 2 + i
		}
		return 20 + 10*strings.Count(p.dir, "/")
	}
	all := slices.Clone(m.programs)
	slices.SortStableFunc(all, func(a, b program) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.dir, b.dir)) })
	for _, p := range all[1:] {
		// Of programs elsewhere only cmd is meant to be shipped; the rest are tools of the repository.
		if strings.HasPrefix(p.dir, "cmd/") || slices.Contains(m.installed(), p.dir) {
			others = append(others, p)
		}
	}
	return all[0], others
}

func (m *module) settlePrograms(plan *paas.Plan, chosen program, others []program) {
	dirs := []string{chosen.dir}
	var names []string
	for _, p := range others {
		dirs = append(dirs, p.dir)
		names = append(names, "bin/"+p.name)
	}
	plan.Build.Options[optPrograms] = strings.Join(dirs, "\n")
	plan.Settings = append(plan.Settings, paas.Setting{Name: "Program", Value: "bin/" + chosen.name, Source: shown(chosen.dir)})
	if len(names) == 0 {
		return
	}
	plan.Settings = append(plan.Settings, paas.Setting{Name: "Other programs", Value: strings.Join(names, ", "), Source: "cmd"})
	if len(m.installed()) == 0 && chosen.dir != "." {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnSeveral,
			Message: fmt.Sprintf("There are several programs under cmd; %s is started as web. The others (%s) are in the image too: a Procfile can start them.", chosen.name, strings.Join(names, ", "))})
	}
}

func (m *module) settleVersion(plan *paas.Plan, tree runtime.Tree) {
	asked := tree.Manifest.Version
	for _, v := range []manifest.Value[string]{
		{Value: m.herokuVersion(), Source: "go.mod (+heroku goVersion)"},
		{Value: strings.TrimPrefix(m.toolchain, "go"), Source: "go.mod (toolchain)"},
		{Value: m.goVersion, Source: "go.mod"},
	} {
		if !asked.Set() && v.Value != "" && v.Value != "default" && v.Value != "local" {
			asked = v
		}
	}
	plan.Version, plan.Asked = version, asked.Value
	source := "default"
	switch {
	case !asked.Set():
	case newer(asked.Value, version+".99"):
		plan.Version, source = strings.TrimPrefix(asked.Value, "go"), asked.Source
		plan.Why += fmt.Sprintf(" %s asks for Go %s, which is fetched from the module proxy.", asked.Source, plan.Version)
	default:
		source = asked.Source
		plan.Why += fmt.Sprintf(" %s asks for Go %s; Go %s compiles it as that version of the language.", asked.Source, asked.Value, version)
	}
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: plan.Version, Source: source})
}
