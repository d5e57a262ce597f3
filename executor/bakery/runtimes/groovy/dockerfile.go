package groovy

import (
	_ "embed"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
	"github.com/slipway-paas/slipway/server/paas"
)

//go:embed compile.groovy
var compileScript string

// Where a script's parts are in the image.
const (
	groovyDir  = "/opt/slipway/groovy"  // Groovy's own jars
	classesDir = "/opt/slipway/classes" // the compiled scripts
	jarsDir    = "/opt/slipway/jars"    // what @Grab fetched
	// classPath starts with the compiled scripts; the app's folder is on it for its other sources and resources.
	classPath = classesDir + ":.:" + jarsDir + "/*:" + groovyDir + "/*"
	// grapes is Ivy's cache of what @Grab fetched.
	grapes = "--mount=type=cache,id=slipway-grapes,target=/root/.groovy,sharing=locked "
)

// command is what a Procfile calls: `web: groovy server.groovy` works as on a developer's machine.
const command = "#!/bin/sh\nexec java -Dgroovy.grape.enable=false $JAVA_OPTS -cp '" + classPath + "' groovy.ui.GroovyMain \"$@\"\n"

// Dockerfile implements runtime.Runtime.
func (Runtime) Dockerfile(plan paas.Plan, image func(layer string) string) (string, error) {
	if plan.Build.Options[optScripts] == "" {
		return java.Runtime{}.Dockerfile(plan, image)
	}
	env, err := runtime.Env(plan.Build.Env)
	if err != nil {
		return "", err
	}
	apt := runtime.Apt(plan.Build.Packages...)
	lines := []string{"FROM " + image(layer(plan)) + " AS build"}
	if apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines, env...)
	lines = append(lines, "WORKDIR "+runtime.Workdir(plan))
	if plan.Build.Install != "" {
		lines = append(lines, runtime.Run(grapes, plan.Build.Install))
	}
	// Scripts name their libraries themselves, so they are what decides the dependencies.
	var names []string
	for s := range strings.SplitSeq(plan.Build.Options[optScripts], "\n") {
		names = append(names, runtime.Quote(s))
	}
	lines = append(lines, runtime.Copy("", ".", runtime.AppDir+"/"))
	if plan.Build.Command != "" {
		lines = append(lines, runtime.Run(grapes, plan.Build.Command))
	}
	lines = append(lines, runtime.Run(grapes, "java -cp '"+groovyDir+"/*' groovy.ui.GroovyMain /opt/slipway/compile.groovy . "+classesDir+" "+jarsDir+" "+strings.Join(names, " ")),
		"", "FROM "+image(java.RunLayer(java.JDK(plan))))
	if apt != "" {
		lines = append(lines, apt)
	}
	lines = append(lines,
		runtime.Copy("build", groovyDir, groovyDir),
		runtime.Copy("build", jarsDir, jarsDir),
		runtime.Copy("build", classesDir, classesDir),
		runtime.Copy("build", "/opt/slipway/bin", "/opt/slipway/bin"),
		runtime.CopyApp(plan, "build", runtime.AppDir, runtime.AppDir),
		`ENV JAVA_TOOL_OPTIONS="`+java.Heap+`" JAVA_OPTS="" PATH=/opt/slipway/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`)
	return strings.Join(append(lines, runtime.Finish(plan)...), "\n") + "\n", nil
}

// pom names Groovy's modules, and Ivy, which fetches what @Grab asks for.
func pom(r release) string {
	dependency := func(group, name, version string) string {
		return "<dependency><groupId>" + group + "</groupId><artifactId>" + name + "</artifactId><version>" + version + "</version></dependency>\n"
	}
	var b strings.Builder
	b.WriteString("<project><modelVersion>4.0.0</modelVersion><groupId>slipway</groupId><artifactId>groovy</artifactId><version>1</version>\n<dependencies>\n")
	for _, m := range r.modules() {
		b.WriteString(dependency(r.group, m, r.version))
	}
	b.WriteString(dependency("org.apache.ivy", "ivy", "2.5.3"))
	b.WriteString("</dependencies></project>\n")
	return b.String()
}
