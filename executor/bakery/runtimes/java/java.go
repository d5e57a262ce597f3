// Package java builds and runs programs for the Java virtual machine: Maven and Gradle projects, plain sources, and
// jars that were built elsewhere.
package java

import (
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Name is the runtime's name.
const Name = "java"

// Runtime implements runtime.Runtime for the JVM.
type Runtime struct{}

// Name implements runtime.Runtime.
func (Runtime) Name() string { return Name }

// Title implements runtime.Runtime.
func (Runtime) Title() string { return "Java" }

// LooksFor implements runtime.Runtime.
func (Runtime) LooksFor() string {
	return "pom.xml (Maven), build.gradle or build.gradle.kts (Gradle), .java sources, a runnable .jar or .war (Java)"
}

// Layers implements runtime.Runtime: the compiler and build tools stay in the build layer, the app runs on the other.
func (Runtime) Layers(plan paas.Plan) []runtime.Layer {
	version := JDK(plan)
	jdk := "openjdk-" + version
	packages := []string{jdk + "-jdk-headless", "maven", "git", "unzip", "curl"}
	layers := []runtime.Layer{
		{Name: RunLayer(version), Lines: []string{runtime.Apt(jdk+"-jre-headless", "ca-certificates")}},
		{Name: BuildLayer(version), Lines: []string{
			runtime.Apt(packages...),
			runtime.RunLocal(runtime.WriteFile("/opt/slipway/launch.sh", launchScript)),
		}},
	}
	if plan.Build.Options[optTool] == toolGradle {
		// Few need Debian's old Gradle, and it is a third of a gigabyte: a layer of its own.
		layers = append(layers, runtime.Layer{Name: gradleLayer(version), From: BuildLayer(version),
			Lines: []string{
				runtime.Apt("gradle"),
				runtime.RunLocal(runtime.WriteFile("/opt/slipway/toolchain.gradle", toolchainScript)),
			}})
	}
	return layers
}

// JDK is the Java version of a plan: "21". Groovy's plans keep their own version beside it.
func JDK(plan paas.Plan) string { return plan.Build.Options[OptionJDK] }

// RunLayer is the image with the Java runtime of a version and nothing to build with.
func RunLayer(version string) string { return "java-" + version }

// BuildLayer is the image with the compiler of a version and Maven.
func BuildLayer(version string) string { return "java-" + version + "-build" }

func gradleLayer(version string) string { return "java-" + version + "-gradle" }
