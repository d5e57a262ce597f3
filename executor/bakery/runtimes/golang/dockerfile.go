package golang

import (
	"cmp"
	"path"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

const caches = "--mount=type=cache,id=slipway-gomod,target=/root/go/pkg/mod --mount=type=cache,id=slipway-gobuild,target=/root/.cache/go-build "

// Dockerfile implements runtime.Runtime.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	env, err := runtime.Env(plan.Build.Env)
	if err != nil {
		return "", err
	}
	o := plan.Build.Options
	apt := runtime.Apt(plan.Build.Packages...)
	lines := []string{"FROM " + image(buildLayer) + " AS build"}
	if apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines,
		// Debian pins the toolchain to its own; auto lets go.mod name a newer one.
		"ENV CGO_ENABLED="+cmp.Or(o[optCgo], "0")+" GOTOOLCHAIN=auto GOFLAGS=-buildvcs=false")
	lines = append(lines, env...)
	lines = append(lines, "WORKDIR "+runtime.Workdir(plan))
	lines = append(lines, moduleSteps(plan)...)
	lines = append(lines, runtime.Copy("", ".", runtime.AppDir+"/"), runtime.Run(caches, buildCommand(plan)))
	lines = append(lines, "", "FROM "+image(runLayer))
	if apt != "" {
		lines = append(lines, apt)
	}
	// The sources come too: templates, migrations and static files are among them.
	lines = append(lines, runtime.CopyApp(plan, "build", runtime.AppDir, runtime.AppDir),
		// A Procfile finds the programs as bin/NAME, or by their name, as on Heroku.
		"ENV PATH="+path.Join(runtime.Workdir(plan), binOf(o))+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	return strings.Join(append(lines, runtime.Finish(plan)...), "\n") + "\n", nil
}

// moduleSteps fetch the dependencies before the sources are there.
func moduleSteps(plan paas.Plan) []string {
	o := plan.Build.Options
	if plan.Build.Install != "" {
		return []string{runtime.Copy("", ".", runtime.AppDir+"/"), runtime.Run(caches, plan.Build.Install)}
	}
	if o[optVendored] != "" || o[optModule] != "" {
		return nil
	}
	var steps []string
	for f := range strings.SplitSeq(o[optFiles], "\n") {
		if f != "" {
			steps = append(steps, runtime.Copy("", f, path.Join(runtime.AppDir, f)))
		}
	}
	return append(steps, runtime.Run(caches, "go mod download"))
}

func buildCommand(plan paas.Plan) string {
	o := plan.Build.Options
	if plan.Build.Command != "" {
		return plan.Build.Command
	}
	command := "go build -trimpath -ldflags='-s -w' -o " + binOf(o) + "/"
	if name := o[optModule]; name != "" {
		// What an older tool vendored says not which modules it is of, so the versions are found anew.
		return "go mod init " + name + " && go mod tidy && mkdir -p " + binOf(o) + " && " + strings.Replace(command, "build", "build -mod=mod", 1) + name + " ."
	}
	for dir := range strings.SplitSeq(o[optPrograms], "\n") {
		target := "."
		if dir != "." {
			target = "./" + dir
		}
		command += " " + runtime.Quote(target)
	}
	return command
}
