// Package groovy builds and runs Groovy: scripts with their @Grab dependencies, and the Gradle and Maven projects whose
// sources are Groovy, which the Java runtime builds.
package groovy

import (
	"slices"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name.
const Name = "groovy"

// Runtime implements runtime.Runtime for Groovy.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Groovy" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string {
	return "a .groovy script, or src/main/groovy in a Maven or Gradle project (Groovy)"
}

// optScripts are the scripts of an app without a build tool, by line, the one that is started first.
const optScripts = "scripts"

// Layers implements runtime.Runtime: scripts get Groovy on top of Java's build layer, projects bring their own.
func (Runtime) Layers(plan paas.Plan) []runtime.Layer {
	layers := java.Runtime{}.Layers(plan)
	if plan.Build.Options[optScripts] == "" {
		return layers
	}
	return append(layers, runtime.Layer{Name: layer(plan), From: java.BuildLayer(java.JDK(plan)), Lines: []string{
		runtime.RunLocal(runtime.WriteFile("/opt/slipway/pom.xml", pom(releaseOf(plan.Version)))),
		runtime.Run(java.MavenCache, "mvn "+java.MavenFlags+" -q -f /opt/slipway/pom.xml dependency:copy-dependencies -DoutputDirectory="+groovyDir),
		runtime.RunLocal(runtime.WriteFile("/opt/slipway/compile.groovy", compileScript)),
		runtime.RunLocal(runtime.WriteFile("/opt/slipway/bin/groovy", command) + " && chmod 0755 /opt/slipway/bin/groovy"),
	}})
}

// layer is the build image with a Groovy on it.
func layer(plan paas.Plan) string {
	return "groovy-" + plan.Version + "-java-" + java.JDK(plan) + "-build"
}

// release is a Groovy that Maven Central has.
type release struct {
	major   string
	version string
	group   string // Maven group of its modules
}

// releases, the oldest first. 4 is the default: most scripts of today were written for it or for 3.
var releases = []release{
	{"3", "3.0.25", "org.codehaus.groovy"},
	{"4", "4.0.29", "org.apache.groovy"},
	{"5", "5.0.6", "org.apache.groovy"},
}

const defaultMajor = "4"

// modules of Groovy that scripts count on; what only tests and consoles need is left out.
var modules = []string{"groovy", "groovy-ant", "groovy-astbuilder", "groovy-cli-picocli", "groovy-datetime", "groovy-dateutil", "groovy-jmx",
	"groovy-json", "groovy-jsr223", "groovy-macro", "groovy-nio", "groovy-servlet", "groovy-sql", "groovy-templates", "groovy-xml", "groovy-yaml"}

// newModules came with Groovy 4.
var newModules = []string{"groovy-contracts", "groovy-ginq", "groovy-toml", "groovy-typecheckers"}

func (r release) modules() []string {
	if r.major == "3" {
		return modules
	}
	return slices.Concat(modules, newModules)
}

func releaseOf(major string) release {
	i := slices.IndexFunc(releases, func(r release) bool { return r.major == major })
	if i < 0 {
		i = slices.IndexFunc(releases, func(r release) bool { return r.major == defaultMajor })
	}
	return releases[i]
}
