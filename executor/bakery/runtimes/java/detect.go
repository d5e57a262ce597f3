package java

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// What the runtime remembers in Build.Options between Detect and Dockerfile.
const (
	optTool     = "tool"     // one of the tools below
	optTop      = "top"      // folder of the build's top pom.xml or settings.gradle in the repository
	optFiles    = "files"    // build files that decide the dependencies, by line, relative to the repository
	optWrapper  = "wrapper"  // "1": the build tool's wrapper script is used
	optDist     = "dist"     // file name of the Gradle distribution the wrapper asks for
	optRaised   = "raised"   // "1": optDist is newer than what the wrapper asks for
	optBeyond   = "beyond"   // what in a Gradle build Debian's Gradle cannot read; "" for nothing
	optTasks    = "tasks"    // Gradle tasks, by space
	optThin     = "thin"     // "1": libraries are copied beside the jar
	optMain     = "main"     // class to start when no jar names one
	optFlags    = "flags"    // JVM flags for the launcher
	optWar      = "war"      // "jakarta" or "javax": the servlets a war is made for, as far as the build file tells
	optLauncher = "launcher" // "optional" when every process has a command of its own

	// OptionJDK is the Java version: "21".
	OptionJDK = "jdk"

	// OptionGradleMirror is where an operator serves Gradle's distributions: the wrapper fetches MIRROR/gradle-8.10-bin.zip.
	// The bakery sets it from SLIPWAY_GRADLE_MIRROR.
	OptionGradleMirror = "gradleMirror"
)

const (
	toolMaven  = "maven"
	toolGradle = "gradle"
	toolJavac  = "javac"
	toolNone   = "none"
	// toolUnpacked is the content of a jar that was built elsewhere.
	toolUnpacked = "unpacked"
)

// Heap is the share of a container's memory that the heap may take: the rest is for threads, code and buffers. 65 % of
// 512 MiB leaves 180 MiB, which a small Spring Boot service needs.
const Heap = "-XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError"

// MemoryBytes is what a JVM gets by default.
const MemoryBytes = 512 << 20

const launcher = "/opt/slipway/start"

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	if tree.Has("pom.xml") || Polyglot(tree) != "" {
		return detectMaven(tree)
	}
	if tree.First(gradleFiles...) != "" {
		return detectGradle(tree)
	}
	return detectPlain(tree), nil
}

// begin is the part of a plan that every kind of Java app shares.
func begin(tree runtime.Tree, tool, source string) paas.Plan {
	plan := paas.Plan{
		Build: paas.BuildSettings{Options: map[string]string{optTool: tool}},
		Run:   paas.RunSettings{MemoryBytes: MemoryBytes},
		Processes: []paas.Process{{
			Name: paas.WebProcess, Command: paas.Command{Args: []string{launcher}}, Source: source,
		}},
		Env: map[string]string{},
	}
	if len(tree.Manifest.Processes) > 0 {
		plan.Build.Options[optLauncher] = "optional"
	}
	return plan
}

// setting shows a value with who decided it.
func setting(plan *paas.Plan, name, value, source string) {
	plan.Settings = append(plan.Settings, paas.Setting{Name: name, Value: value, Source: source})
}

// said shows a build step: what the manifest says of it, or the default.
func said(plan *paas.Plan, name string, of manifest.Value[string], value, source string) {
	v := of.Or(manifest.Value[string]{Value: value, Source: source})
	setting(plan, name, v.Value, v.Source)
}

func warn(plan *paas.Plan, code, format string, args ...any) {
	plan.Warnings = append(plan.Warnings, paas.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// conclude adds what is known once the libraries and sources were looked at: the framework and whether it serves.
func conclude(plan *paas.Plan, libraries []string, s sources, evidence string) {
	f, listens := recognise(libraries)
	if f.name != "" {
		plan.Framework = f.name
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s uses %s.", evidence, f.name))
		plan.Build.Options[optFlags] = f.flags
	}
	if !listens && !s.listens {
		plan.Run.Finishes = true
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
	setting(plan, "JVM options", Heap, "default")
}

// detectPlain recognises sources without a build tool, and archives that were built elsewhere.
func detectPlain(tree runtime.Tree) runtime.Verdict {
	s := readSources(tree)
	archives := slices.Concat(tree.Glob("*.jar"), tree.Glob("*.war"))
	switch {
	case len(s.java) > 0:
		return plainSources(tree, s)
	case unpackedMain(tree) != "":
		return unpackedJar(tree, unpackedMain(tree))
	case len(archives) > 0:
		plan := begin(tree, toolNone, archives[0])
		plan.Saw = []string{fmt.Sprintf("%s is in the app's folder.", archives[0])}
		plan.Why = "An archive that is already built only needs a Java runtime."
		settleVersion(&plan, askedVersion(tree, manifest.Value[string]{}))
		if strings.HasSuffix(archives[0], ".war") {
			runsWar(&plan, false)
		}
		setting(&plan, "Start command", "java -jar "+archives[0], archives[0])
		return runtime.Verdict{Score: 20, Plan: plan}
	case tree.Chosen || tree.Has("system.properties"):
		return runtime.Verdict{Note: "There is no pom.xml, build.gradle, .java file or .jar in the app's folder."}
	}
	return runtime.Verdict{}
}

// manifestFile is what makes a jar of a folder, packed or not.
const manifestFile = "META-INF/MANIFEST.MF"

var mainAttribute = regexp.MustCompile(`(?m)^Main-Class:\s*([\w.$]+)\s*$`)

// unpackedMain is the class that the manifest of an unpacked jar starts; "" when the app's folder is none.
func unpackedMain(tree runtime.Tree) string {
	data, _ := tree.Read(manifestFile)
	if m := mainAttribute.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// unpackedJar runs a folder that is a jar's content, as Cloud Foundry and Paketo do.
func unpackedJar(tree runtime.Tree, class string) runtime.Verdict {
	plan := begin(tree, toolUnpacked, manifestFile)
	plan.Saw = []string{fmt.Sprintf("%s starts %s: the app's folder is an unpacked jar.", manifestFile, class)}
	plan.Why = "An archive that is already built only needs a Java runtime."
	plan.Build.Options[optMain] = class
	if tree.HasDir("BOOT-INF") {
		f, _ := recognise([]string{"org.springframework.boot"})
		plan.Framework, plan.Build.Options[optFlags] = f.name, f.flags
		plan.Saw = append(plan.Saw, "BOOT-INF belongs to Spring Boot.")
	}
	settleVersion(&plan, askedVersion(tree, manifest.Value[string]{}))
	setting(&plan, "Main class", class, manifestFile)
	setting(&plan, "JVM options", Heap, "default")
	return runtime.Verdict{Score: 50, Plan: plan}
}

func plainSources(tree runtime.Tree, s sources) runtime.Verdict {
	plan := begin(tree, toolJavac, "default")
	plan.Saw = []string{fmt.Sprintf("There are %d .java files and no build tool.", len(s.java))}
	if len(s.java) == 1 {
		plan.Saw = []string{s.java[0] + " is in the app's folder, and no build tool."}
	}
	plan.Why = "Sources without a build tool are compiled by javac."
	settleVersion(&plan, askedVersion(tree, manifest.Value[string]{}))
	class := mainOf(tree, s)
	switch {
	case class == "":
		plan.Processes = nil
		warn(&plan, runtime.WarnNoStart, "No class has a main method, so nothing says what to start. Name it in a Procfile.")
	case len(s.mains) > 1:
		warn(&plan, runtime.WarnSeveral, "%s have a main method; %s is started. A Procfile can name another.", strings.Join(s.mains, ", "), class)
	}
	for i := range plan.Processes {
		plan.Processes[i].Command = paas.Command{Args: []string{launcher}}
	}
	plan.Build.Options[optMain] = class
	if !s.listens {
		plan.Run.Finishes = true
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
	said(&plan, runtime.SettingBuild, tree.Manifest.Build.Command, "javac -d classes", "default")
	setting(&plan, "Main class", class, "sources")
	setting(&plan, "JVM options", Heap, "default")
	score := 30
	if strings.Count(s.java[0], "/") > 2 && !strings.HasPrefix(s.java[0], "src/") {
		score = 5 // Java somewhere deep in another kind of app
	}
	return runtime.Verdict{Score: score, Plan: plan}
}

// mainOf picks the class to start: the only one, or one with a telling name.
func mainOf(tree runtime.Tree, s sources) string {
	if s.main != "" || len(s.mains) == 0 {
		return s.main
	}
	for _, name := range []string{"Main", "App", "Application", "Server"} {
		for _, class := range s.mains {
			if class == name || path.Ext(class) == "."+name {
				return class
			}
		}
	}
	return s.mains[0]
}
