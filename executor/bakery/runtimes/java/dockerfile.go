package java

import (
	_ "embed"
	"path"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

//go:embed launch.sh
var launchScript string

//go:embed toolchain.gradle
var toolchainScript string

const (
	MavenCache  = "--mount=type=cache,id=slipway-maven,target=/root/.m2 "
	gradleCache = "--mount=type=cache,id=slipway-gradle,target=/root/.gradle,sharing=locked "
)

// Dockerfile implements runtime.Runtime.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	env, err := runtime.Env(plan.Build.Env)
	if err != nil {
		return "", err
	}
	layer := BuildLayer(JDK(plan))
	if plan.Build.Options[optTool] == toolGradle {
		layer = gradleLayer(JDK(plan))
	}
	apt := runtime.Apt(plan.Build.Packages...)
	lines := []string{"FROM " + image(layer) + " AS build"}
	if apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines, env...)
	if plan.Build.Options[optWar] != "" {
		copyOf := func(artifact string) string {
			return "mvn " + MavenFlags + " dependency:copy -Dartifact=" + artifact + " -Dmdep.stripVersion=true -DoutputDirectory=/opt/runners"
		}
		lines = append(lines, runtime.Run(MavenCache, copyOf(runnerJakarta)+" && "+copyOf(runnerJavax)))
	}
	switch plan.Build.Options[optTool] {
	case toolMaven:
		lines = append(lines, mavenSteps(plan)...)
	case toolGradle:
		lines = append(lines, gradleSteps(plan)...)
	default:
		lines = append(lines, plainSteps(plan)...)
	}
	lines = append(lines, launchStep(plan), "", "FROM "+image(RunLayer(JDK(plan))))
	if apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines,
		runtime.Copy("build", "/opt/slipway", "/opt/slipway"),
		runtime.CopyApp(plan, "build", runtime.AppDir, runtime.AppDir),
		`ENV JAVA_TOOL_OPTIONS="`+Heap+`" JAVA_OPTS=""`)
	lines = append(lines, runtime.Finish(plan)...)
	return strings.Join(lines, "\n") + "\n", nil
}

// launchStep finds what the build made; see launch.sh. Sources without a build tool know their class already.
func launchStep(plan paas.Plan) string {
	o := plan.Build.Options
	command := "sh /opt/slipway/launch.sh " + runtime.Quote(runtime.Workdir(plan)) + " " + runtime.Quote(o[optMain]) + " " + runtime.Quote(o[optFlags])
	if o[optWar] != "" {
		command = "SLIPWAY_SERVLET=" + o[optWar] + " " + command
	}
	if o[optLauncher] == "optional" {
		command = "SLIPWAY_LAUNCHER=optional " + command
	}
	classPath := map[string]string{
		toolJavac:    "/opt/slipway/classes:" + runtime.Workdir(plan) + ":" + runtime.Workdir(plan) + "/lib/*",
		toolUnpacked: runtime.Workdir(plan),
	}[o[optTool]]
	if classPath != "" {
		flags := ""
		if o[optFlags] != "" {
			flags = o[optFlags] + " "
		}
		start := "#!/bin/sh\nexec java " + flags + "$JAVA_OPTS -cp " + runtime.Quote(classPath) + " " + runtime.Quote(o[optMain]) + ` "$@"` + "\n"
		command = runtime.WriteFile(launcher, start) + " && chmod 0755 " + launcher
	}
	return runtime.RunLocal(command)
}

// sourceSteps copy the files that decide the dependencies, run prepare on them, and then bring in the sources: a change
// of the sources alone finds the prepared layer in the cache.
func sourceSteps(plan paas.Plan, prepare ...string) []string {
	lines := []string{"WORKDIR " + path.Join(runtime.AppDir, plan.Build.Options[optTop])}
	for _, f := range strings.Split(plan.Build.Options[optFiles], "\n") {
		if f != "" {
			lines = append(lines, runtime.Copy("", f, path.Join(runtime.AppDir, f)))
		}
	}
	lines = append(lines, prepare...)
	return append(lines, runtime.Copy("", ".", runtime.AppDir+"/"))
}

func mavenSteps(plan paas.Plan) []string {
	program := maven(plan) + " " + MavenFlags
	prepare := runtime.Run(MavenCache, "mvn "+MavenFlags+" -DskipTests compile"+
		" || echo 'Slipway: not every dependency could be fetched before the sources are there; the build goes on.'")
	if plan.Build.Install != "" {
		prepare = runtime.Run(MavenCache, plan.Build.Install)
	}
	build := strings.Replace(mavenCommand(plan, plan.Build.Root), maven(plan), program, 1)
	if plan.Build.Command != "" {
		build = plan.Build.Command
	}
	return append(sourceSteps(plan, prepare), runtime.Run(MavenCache, build))
}

func gradleSteps(plan paas.Plan) []string {
	const program = "sh /opt/slipway/gradle"
	prepare := []string{runtime.RunLocal(runtime.WriteFile("/opt/slipway/gradle", gradleScript(plan.Build.Options))),
		// On its own, so that its failure ends the build: what follows may fail for want of the sources.
		runtime.Run(gradleCache, program+" --version")}
	if plan.Build.Install != "" {
		prepare = append(prepare, runtime.Run(gradleCache+MavenCache, plan.Build.Install))
	} else {
		prepare = append(prepare, runtime.Run(gradleCache+MavenCache, program+" "+gradleFlags+" dependencies"+
			" || echo 'Slipway: not every dependency could be fetched before the sources are there; the build goes on.'"))
	}
	build := program + " " + gradleFlags + " -x test " + gradleTasks(plan, plan.Build.Root)
	if plan.Build.Command != "" {
		build = plan.Build.Command
	}
	return append(sourceSteps(plan, prepare...), runtime.Run(gradleCache+MavenCache, build))
}

// plainSteps compile sources that have no build tool, with the jars in lib/ on the class path.
func plainSteps(plan paas.Plan) []string {
	lines := []string{"WORKDIR " + runtime.Workdir(plan), runtime.Copy("", ".", runtime.AppDir+"/")}
	if plan.Build.Install != "" {
		lines = append(lines, runtime.Run(MavenCache, plan.Build.Install))
	}
	if plan.Build.Command != "" {
		return append(lines, runtime.Run(MavenCache, plan.Build.Command))
	}
	if plan.Build.Options[optTool] == toolJavac {
		lines = append(lines, runtime.RunLocal(`find . -name '*.java' -not -path '*/test/*' >/tmp/sources && `+
			`mkdir -p /opt/slipway/classes && javac -encoding UTF-8 -proc:none -cp 'lib/*:.' -d /opt/slipway/classes @/tmp/sources`))
	}
	return lines
}
