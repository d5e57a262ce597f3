package java

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// gradleVersion is major and minor.
type gradleVersion [2]int

func (v gradleVersion) String() string { return fmt.Sprintf("%d.%d", v[0], v[1]) }

func (v gradleVersion) before(other gradleVersion) bool { return slices.Compare(v[:], other[:]) < 0 }

// gradleRunsOn is the first Gradle that runs on each Java. Source: Gradle's compatibility matrix.
var gradleRunsOn = map[string]gradleVersion{"21": {8, 5}, "25": {9, 1}}

// debianGradle is Debian's Gradle, 4.4.1, patched to run on Java 21. Projects of its time build with nothing else here:
// what they use is gone from the first Gradle that Java 21 runs.
var debianGradle = gradleVersion{4, 4}

// tooNew are what Debian's Gradle cannot read, and how people call it.
var tooNew = []struct {
	what string
	sign *regexp.Regexp
}{
	{"a Java toolchain", regexp.MustCompile(`\btoolchain\b`)},
	{"tasks.register", regexp.MustCompile(`\btasks\.(?:register|named)\b`)},
	{"the application's mainClass", regexp.MustCompile(`(?m)^\s*mainClass\b`)},
	{"the java block's release", regexp.MustCompile(`\boptions\.release\b`)},
	{"a Spring Boot plugin newer than 2.1", regexp.MustCompile(`org\.springframework\.boot["']\)?\s+version\s*\(?["'](?:2\.[2-9]|2\.\d\d|[3-9])`)},
	{"a Kotlin plugin newer than 1.3.50", regexp.MustCompile(`(?:(?:org\.jetbrains\.kotlin[\w.]*["']\)?|kotlin\(["']\w+["']\))\s+version\s*\(?["']|kotlin-gradle-plugin:|\bkotlin_?[vV]ersion\s*=\s*["'])(?:1\.[4-9]|1\.3\.[6-9]|[2-9]\.)`)},
	{"Micronaut's or Quarkus's plugin", regexp.MustCompile(`["']io\.(?:micronaut|quarkus)`)},
	{"a Grails plugin newer than 6", regexp.MustCompile(`["']org\.apache\.grails`)},
}

// beyondDebian says what in the build files Debian's Gradle cannot read; "" when nothing is seen.
func (b gradleBuild) beyondDebian() string {
	for _, f := range b.files {
		switch {
		case strings.HasSuffix(f, ".kts"):
			return "build files in Kotlin"
		case strings.HasSuffix(f, ".versions.toml"):
			return "a version catalog"
		}
	}
	for _, n := range tooNew {
		if n.sign.MatchString(b.text) {
			return n.what
		}
	}
	return ""
}

// wrapper honours the project's Gradle wrapper, and says what follows where it has none or asks for a Gradle that does
// not run on the Java that is here.
func (b gradleBuild) wrapper(tree runtime.Tree, plan *paas.Plan) {
	o := plan.Build.Options
	o[optBeyond] = b.beyondDebian()
	data, _ := tree.ReadRepo(path.Join(b.dir, wrapperFile))
	for _, name := range []string{wrapperFile, "gradlew", "gradle/wrapper/gradle-wrapper.jar"} {
		if !hasRepo(tree, path.Join(b.dir, name)) {
			b.debian(plan)
			warn(plan, runtime.WarnUnlocked, "The project has no Gradle wrapper (%s is missing), so Debian's Gradle 4.4.1 builds it. Run `gradle wrapper` and commit what it makes to choose the version.", name)
			return
		}
	}
	o[optWrapper] = "1"
	m := distribution.FindSubmatch(data)
	if m == nil {
		plan.Saw = append(plan.Saw, "gradlew chooses Gradle's version.")
		return
	}
	o[optDist] = string(m[1])
	plan.Saw = append(plan.Saw, fmt.Sprintf("gradlew asks for %s.", m[1]))
	has := gradleVersion{}
	has[0], _ = strconv.Atoi(string(m[2])) // digits by the pattern
	has[1], _ = strconv.Atoi(string(m[3]))
	need := gradleRunsOn[JDK(*plan)]
	switch {
	case !has.before(need):
	case !debianGradle.before(has) && o[optBeyond] == "":
		delete(o, optWrapper)
		b.debian(plan)
		warn(plan, runtime.WarnVersion, "gradlew asks for Gradle %s, which does not run on Java %s; Debian's Gradle 4.4.1, the nearest newer one that does, builds the project.", has, JDK(*plan))
		return
	default:
		o[optDist], o[optRaised] = "gradle-"+need.String()+"-bin.zip", "1"
		warn(plan, runtime.WarnVersion, "gradlew asks for Gradle %s, which does not run on Java %s; Gradle %s, the nearest newer one that does, builds the project.", has, JDK(*plan), need)
	}
	setting(plan, "Gradle", o[optDist], wrapperFile)
	if o[optBeyond] == "" {
		warn(plan, runtime.WarnVersion, "Where %s cannot be fetched, Debian's Gradle 4.4.1 builds the project; the build's log says so then.", o[optDist])
	}
}

// debian chooses Debian's Gradle, which runs on Java 21 only.
func (b gradleBuild) debian(plan *paas.Plan) {
	plan.Build.Options[OptionJDK], plan.Version = strconv.Itoa(java21), strconv.Itoa(java21)
	setting(plan, "Gradle", "4.4.1", "Debian")
}

// mirrored are the lines of the build's script that make the wrapper fetch another file than it names: from the
// operator's mirror, or the nearest version that runs here.
func mirrored(o map[string]string) string {
	const rewrite = " " + wrapperFile + " >/tmp/wrapper && cp /tmp/wrapper " + wrapperFile + "\n"
	lines := ""
	if o[optRaised] != "" {
		// The checksum is another file's.
		lines = "sed -E -e '/^distributionSha256Sum/d' -e " + runtime.Quote(`/^distributionUrl/s#gradle-[^/]*\.zip#`+o[optDist]+"#") + rewrite
	}
	if o[OptionGradleMirror] != "" && o[optDist] != "" {
		url := strings.TrimSuffix(o[OptionGradleMirror], "/") + "/" + o[optDist]
		lines += "{ grep -v '^distributionUrl' " + wrapperFile + "; printf 'distributionUrl=%s\\n' " + runtime.Quote(url) + "; } >/tmp/wrapper && cp /tmp/wrapper " + wrapperFile + "\n"
	}
	return lines
}

// gradleScript starts the Gradle that builds a project: the wrapper's where it can be had, else Debian's old one where
// that can read the project. Where neither can build it, its last words say what is missing and what to do.
func gradleScript(o map[string]string) string {
	const next = "Ask the operator to serve Gradle's distributions to builds and to name the place with SLIPWAY_GRADLE_MIRROR; deploy again afterwards."
	stop := func(words string) string {
		return `echo "` + runtime.StopLine(words) + `" >&2; exit 1` + "\n"
	}
	switch {
	case o[optWrapper] == "" && o[optBeyond] != "":
		return "#!/bin/sh\n" + stop("The project has no Gradle wrapper, and Debian's Gradle 4.4.1 cannot read it: it uses "+o[optBeyond]+
			". Next: Run \\`gradle wrapper\\`, commit gradlew and the gradle folder, push, and deploy again.")
	case o[optWrapper] == "":
		return "#!/bin/sh\nexec gradle \"$@\"\n"
	}
	missing := cmp.Or(o[optDist], "The wrapper's Gradle") + ", which the project is to be built with, cannot be had: $reason"
	script := "#!/bin/sh\nset -eu\n" + mirrored(o) +
		"if sh ./gradlew --version >/tmp/gradle.log 2>&1; then exec sh ./gradlew -I /opt/slipway/toolchain.gradle \"$@\"; fi\n" +
		"cat /tmp/gradle.log\n" +
		"reason=$(grep -hoE '[A-Za-z.]*(Exception|Error): .*|Could not .*|Unsupported .*|Verification .*' /tmp/gradle.log | head -n 1 | tr -d '\"`$')\n"
	if o[optBeyond] != "" {
		return script + stop(missing+". Debian's Gradle 4.4.1 cannot read the project either: it uses "+o[optBeyond]+". Next: "+next)
	}
	return script + `echo "Slipway: ` + missing + `. Debian's Gradle 4.4.1 is tried instead."` + "\n" +
		"gradle \"$@\" && exit 0\n" + stop(missing+", and Debian's Gradle 4.4.1, which was tried instead, could not build the project. Next: "+next)
}
