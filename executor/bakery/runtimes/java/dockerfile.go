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
	if v := plan.Build.Options[optRunner]; v != "" {
		lines = append(lines, runtime.Run(MavenCache, "mvn "+MavenFlags+
			" dependency:copy -Dartifact="+v+
			" -Dmdep.stripVersion=true -DoutputDirectory=/opt/slipway"))
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
		runtime.Copy("build", runtime.AppDir, runtime.AppDir),
		`ENV JAVA_TOOL_OPTIONS="`+Heap+`" JAVA_OPTS=""`)
	lines = append(lines, runtime.Finish(plan)...)
	return strings.Join(lines, "\n") + "\n", nil
}

// launchStep finds what the build made; see launch.sh. Sources without a build tool know their class already.
func launchStep(plan paas.Plan) string {
	o := plan.Build.Options
	command := "sh /opt/slipway/launch.sh " + runtime.Quote(runtime.Workdir(plan)) + " " + runtime.Quote(o[optMain]) + " " + runtime.Quote(o[optFlags])
	if o[optLauncher] == "optional" {
		command = "SLIPWAY_LAUNCHER=optional " + command
	}
	if o[optTool] == toolJavac {
		start := "#!/bin/sh\nexec java $JAVA_OPTS -cp " + runtime.Quote("/opt/slipway/classes:"+runtime.Workdir(plan)+":"+runtime.Workdir(plan)+"/lib/*") +
			" " + runtime.Quote(o[optMain]) + ` "$@"` + "\n"
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
	o := plan.Build.Options
	program := "gradle"
	var prepare []string
	if o[optWrapper] != "" {
		program = "sh /opt/slipway/gradle"
		prepare = append(prepare, runtime.RunLocal(runtime.WriteFile("/opt/slipway/gradle", gradleScript(o))),
			runtime.Run(gradleCache, program+" --version"))
	}
	// Gradle 4 knows no toolchains; the script would not compile there.
	flags := " " + gradleFlags
	if o[optWrapper] != "" {
		flags += " -I /opt/slipway/toolchain.gradle"
	}
	if plan.Build.Install != "" {
		prepare = append(prepare, runtime.Run(gradleCache+MavenCache, plan.Build.Install))
	} else {
		prepare = append(prepare, runtime.Run(gradleCache+MavenCache, program+flags+" dependencies"+
			" || echo 'Slipway: not every dependency could be fetched before the sources are there; the build goes on.'"))
	}
	build := program + flags + " -x test " + gradleTasks(plan, plan.Build.Root)
	if plan.Build.Command != "" {
		build = plan.Build.Command
	}
	return append(sourceSteps(plan, prepare...), runtime.Run(gradleCache+MavenCache, build))
}

// gradleScript starts the project's own Gradle: from the operator's mirror where there is one, and Debian's old one
// with a clear word where its distribution is out of reach.
func gradleScript(o map[string]string) string {
	mirror := ""
	if o[OptionGradleMirror] != "" && o[optDist] != "" {
		url := strings.TrimSuffix(o[OptionGradleMirror], "/") + "/" + o[optDist]
		mirror = "grep -v '^distributionUrl' " + wrapperFile + " >/tmp/wrapper\n" +
			"printf 'distributionUrl=%s\\n' " + runtime.Quote(url) + " >>/tmp/wrapper\n" +
			"cp /tmp/wrapper " + wrapperFile + "\n"
	}
	return "#!/bin/sh\nset -eu\n" + mirror +
		"if sh ./gradlew --version >/tmp/gradle.log 2>&1; then exec sh ./gradlew \"$@\"; fi\n" +
		"cat /tmp/gradle.log\n" +
		"echo " + runtime.Quote("Slipway: the Gradle that the wrapper asks for ("+o[optDist]+") could not be fetched. "+
		"An operator can name a mirror with SLIPWAY_GRADLE_MIRROR. Debian's Gradle 4.4.1 is tried instead; newer projects will not build with it.") + " >&2\n" +
		"for arg in \"$@\"; do shift; case $arg in -I|/opt/slipway/toolchain.gradle) ;; *) set -- \"$@\" \"$arg\";; esac; done\n" +
		"exec gradle \"$@\"\n"
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
