package groovy

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
	"github.com/slipway-paas/slipway/server/paas"
)

// Detect implements runtime.Runtime.
func (Runtime) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	if tree.First("pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts") != "" {
		return detectProject(tree)
	}
	if java.Polyglot(tree) != "" {
		return runtime.Verdict{}, nil // a script for Maven
	}
	scripts := tree.Glob("*.groovy")
	if len(scripts) == 0 && tree.Chosen {
		scripts = tree.Glob("*/*.groovy")
	}
	scripts = slices.DeleteFunc(scripts, func(s string) bool { return path.Base(s) == "Jenkinsfile.groovy" })
	if len(scripts) == 0 {
		return runtime.Verdict{}, nil
	}
	return runtime.Verdict{Score: 40, Plan: scriptPlan(tree, scripts)}, nil
}

// detectProject leaves a Maven or Gradle project to the Java runtime, and claims it when its sources are Groovy.
func detectProject(tree runtime.Tree) (runtime.Verdict, error) {
	where := ""
	for _, dir := range []string{"src/main/groovy", "grails-app"} {
		if found := append(tree.Glob(dir), tree.Glob("*/"+dir)...); len(found) > 0 && where == "" {
			where = found[0]
		}
	}
	if where == "" && !tree.Chosen {
		return runtime.Verdict{}, nil
	}
	v, err := java.Runtime{}.Detect(tree)
	if err != nil || v.Score == 0 {
		return v, err
	}
	v.Score++
	v.Plan.Version = projectVersion(tree)
	if where != "" {
		v.Plan.Saw = append(v.Plan.Saw, where+" holds its sources, which are Groovy.")
	}
	v.Plan.Why += " Its sources are Groovy; the build file names the version."
	return v, nil
}

var (
	buildVersion  = regexp.MustCompile(`groovy(?:-all)?['"]?(?::|\s*,\s*version\W{1,4})(\d+\.\d+)|<groovy\.version>(\d+\.\d+)|groovyVersion\W{1,4}(\d+\.\d+)`)
	sdkmanVersion = regexp.MustCompile(`(?m)^\s*groovy\s*[= ]\s*(\S+)`)
	javaVersion   = regexp.MustCompile(`(?m)^\s*groovy\.(?:runtime\.)?version\s*[=:]\s*(\S+)`)
)

// projectVersion is the Groovy a build file names; "" when it leaves that to something else.
func projectVersion(tree runtime.Tree) string {
	for _, name := range []string{"pom.xml", "build.gradle", "build.gradle.kts", "gradle.properties"} {
		data, _ := tree.Read(name)
		if m := buildVersion.FindStringSubmatch(string(data)); m != nil {
			return m[1] + m[2] + m[3]
		}
	}
	return ""
}

func askedVersion(tree runtime.Tree) manifest.Value[string] {
	if tree.Manifest.Version.Set() {
		return tree.Manifest.Version
	}
	for _, f := range []struct {
		name    string
		pattern *regexp.Regexp
	}{{"system.properties", javaVersion}, {".sdkmanrc", sdkmanVersion}, {".tool-versions", sdkmanVersion}} {
		if data, ok := tree.Read(f.name); ok {
			if m := f.pattern.FindSubmatch(data); m != nil {
				return manifest.Value[string]{Value: string(m[1]), Source: f.name}
			}
		}
	}
	return manifest.Value[string]{}
}

var (
	serves = regexp.MustCompile(`HttpServer|ServerSocket|getenv\(?\s*['"(]*PORT|env\.PORT|\.listen\(|ratpack|Javalin|\.start\(|micronaut|spring-boot|undertow|jetty|vertx|sparkjava`)
	grabs  = regexp.MustCompile(`@Grab\b|@Grapes\b`)
)

func scriptPlan(tree runtime.Tree, scripts []string) paas.Plan {
	text := map[string]string{}
	for _, s := range scripts {
		data, _ := tree.Read(s)
		text[s] = string(data)
	}
	start := chooseScript(scripts, text)
	plan := paas.Plan{
		Saw:   []string{start + " is in the app's folder."},
		Why:   "A .groovy file without a build tool is run as a script.",
		Build: paas.BuildSettings{Options: map[string]string{java.OptionJDK: "21"}},
		Run:   paas.RunSettings{MemoryBytes: java.MemoryBytes},
	}
	settleVersion(&plan, askedVersion(tree))
	if n := strings.Count(text[start], "@Grab("); n > 0 {
		plan.Saw = append(plan.Saw, fmt.Sprintf("%s asks for %d libraries with @Grab; they are fetched while building.", start, n))
	}
	if len(scripts) > 1 && !slices.Contains(likely, path.Base(start)) {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnSeveral,
			Message: fmt.Sprintf("There are several scripts (%s); %s is started. A Procfile can name another.", strings.Join(scripts, ", "), start)})
	}
	order := []string{start}
	for _, s := range scripts {
		if s != start && grabs.MatchString(text[s]) {
			order = append(order, s)
		}
	}
	plan.Build.Options[optScripts] = strings.Join(order, "\n")
	class := strings.TrimSuffix(path.Base(start), ".groovy")
	plan.Processes = []paas.Process{{Name: paas.WebProcess, Source: start,
		Command: paas.Command{Args: []string{"java", "-Dgroovy.grape.enable=false", "-cp", classPath, class}}}}
	plan.Settings = append(plan.Settings,
		paas.Setting{Name: "Java version", Value: "21", Source: "default"},
		paas.Setting{Name: "Start command", Value: "groovy " + start, Source: start},
		paas.Setting{Name: "JVM options", Value: java.Heap, Source: "default"})
	if !slices.ContainsFunc(scripts, func(s string) bool { return serves.MatchString(text[s]) }) {
		plan.Run.Finishes = true
		plan.Saw = append(plan.Saw, "Nothing in it listens on a port, so it is run as a program that finishes.")
	}
	return plan
}

// likely are the names of scripts that start an app, the likeliest first.
var likely = []string{"main.groovy", "Main.groovy", "app.groovy", "App.groovy", "server.groovy", "Server.groovy", "application.groovy", "Application.groovy", "run.groovy", "index.groovy"}

func chooseScript(scripts []string, text map[string]string) string {
	for _, name := range likely {
		if slices.Contains(scripts, name) {
			return name
		}
	}
	for _, sign := range []*regexp.Regexp{serves, grabs} {
		for _, s := range scripts {
			if sign.MatchString(text[s]) {
				return s
			}
		}
	}
	return scripts[0]
}

var firstNumber = regexp.MustCompile(`\d+`)

func settleVersion(plan *paas.Plan, asked manifest.Value[string]) {
	wanted := firstNumber.FindString(asked.Value)
	given := releaseOf(defaultMajor)
	source := "default"
	if asked.Set() {
		source = asked.Source
		given = nearest(wanted)
	}
	plan.Version, plan.Asked = given.major, asked.Value
	plan.Settings = append(plan.Settings, paas.Setting{Name: runtime.SettingVersion, Value: given.version, Source: source})
	if asked.Set() && wanted != given.major {
		plan.Warnings = append(plan.Warnings, paas.Warning{Code: runtime.WarnVersion,
			Message: fmt.Sprintf("%s asks for Groovy %s; Groovy %s is the nearest one here and is used.", source, asked.Value, given.version)})
	}
}

// nearest is the release of the wanted major version, else the next newer, else the newest.
func nearest(wanted string) release {
	n, err := strconv.Atoi(wanted)
	if err != nil {
		return releaseOf(defaultMajor)
	}
	for _, r := range releases {
		if have, _ := strconv.Atoi(r.major); have >= n { // our own table: digits
			return r
		}
	}
	return releases[len(releases)-1]
}
