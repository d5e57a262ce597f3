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

var (
	gradleFiles   = []string{"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"}
	settingsFiles = []string{"settings.gradle", "settings.gradle.kts"}
	// catalogFiles decide dependencies and plugins besides the build files themselves.
	catalogFiles = []string{"gradle.properties", "gradle/libs.versions.toml", "gradle.lockfile", "gradlew",
		"gradle/wrapper/gradle-wrapper.jar", wrapperFile}
)

const wrapperFile = "gradle/wrapper/gradle-wrapper.properties"

var (
	// distribution is the file name at the end of the wrapper's distributionUrl; nothing else of the URL is used.
	distribution = regexp.MustCompile(`(?m)^\s*distributionUrl\s*=.*/(gradle-(\d+)\.(\d+)[0-9A-Za-z.+-]*-(?:bin|all)\.zip)\s*$`)
	toolchain    = regexp.MustCompile(`(?:JavaLanguageVersion\.of|jvmToolchain)\s*\(\s*["']?(\d+)`)
	compat       = regexp.MustCompile(`(?:sourceCompatibility|targetCompatibility|options\.release)[^\d\n]*(\d+(?:[._]\d+)?)`)
	gradleMain   = regexp.MustCompile(`main(?:Class|ClassName)\s*(?:\.set\s*\(|=)?\s*["']([\w.$]+)["']`)
)

// gradleBuild is what a look at a Gradle build's files tells.
type gradleBuild struct {
	dir   string   // top folder in the repository
	files []string // build and settings files in the repository
	text  string   // all of them together
	own   string   // those of the app's own folder
}

func readGradle(tree runtime.Tree) gradleBuild {
	b := gradleBuild{dir: tree.Root}
	if tree.First(settingsFiles...) == "" {
		b.dir = gradleTop(tree)
	}
	top := runtime.Tree{Repo: tree.Repo, Root: b.dir}
	for _, dir := range append([]string{"."}, gradleDirs(top)...) {
		for _, name := range gradleFiles {
			file := path.Join(dir, name)
			data, ok := top.Read(file)
			if !ok {
				continue
			}
			b.files = append(b.files, path.Join(b.dir, file))
			b.text += string(data) + "\n"
			if path.Join(b.dir, dir) == tree.Root {
				b.own += string(data) + "\n"
			}
		}
	}
	for _, name := range catalogFiles {
		if data, ok := top.Read(name); ok {
			b.files = append(b.files, path.Join(b.dir, name))
			if strings.HasSuffix(name, ".toml") {
				b.text += string(data) + "\n"
			}
		}
	}
	return b
}

// gradleTop is the nearest folder above the app's own that has settings; the own one when there is none.
func gradleTop(tree runtime.Tree) string {
	for dir := tree.Root; dir != "."; {
		dir = path.Dir(dir)
		for _, name := range settingsFiles {
			if hasRepo(tree, path.Join(dir, name)) {
				return dir
			}
		}
	}
	return tree.Root
}

// gradleDirs are the folders with a build file, at most three levels down.
func gradleDirs(top runtime.Tree) []string {
	var dirs []string
	for _, level := range []string{"*/", "*/*/", "*/*/*/"} {
		for _, name := range gradleFiles[:2] {
			for _, file := range top.Glob(level + name) {
				if dir := path.Dir(file); !slices.Contains(dirs, dir) && !slices.Contains(skippedDirs, path.Base(dir)) {
					dirs = append(dirs, dir)
				}
			}
		}
	}
	slices.Sort(dirs)
	return dirs
}

func detectGradle(tree runtime.Tree) (runtime.Verdict, error) {
	b := readGradle(tree)
	text := b.own + b.text
	s := readSources(tree)
	plan := begin(tree, toolGradle, "what Gradle builds")
	o := plan.Build.Options
	o[optTop], o[optFiles] = b.dir, strings.Join(b.files, "\n")
	o[optMain] = s.main
	if m := gradleMain.FindStringSubmatch(text); m != nil {
		o[optMain] = m[1]
	}
	file := tree.First(gradleFiles...)
	plan.Saw = []string{file + " describes a Gradle project."}
	plan.Why = "A " + file + " is built by Gradle."
	if b.dir != tree.Root {
		plan.Saw = append(plan.Saw, fmt.Sprintf("It is a project of the build in %s.", path.Join(b.dir, "settings.gradle")))
	}
	conclude(&plan, strings.Split(text, "\n"), s, file)
	settleVersion(&plan, askedVersion(tree, gradleAsks(text, file)))
	b.wrapper(tree, &plan)
	b.tasks(&plan, tree)
	said(&plan, runtime.SettingBuild, tree.Manifest.Build.Command, gradleCommand(plan, tree.Root), file)
	return runtime.Verdict{Score: 60, Plan: plan}, nil
}

func gradleAsks(text, file string) manifest.Value[string] {
	for _, pattern := range []*regexp.Regexp{toolchain, compat} {
		if m := pattern.FindStringSubmatch(text); m != nil {
			return manifest.Value[string]{Value: strings.ReplaceAll(m[1], "_", "."), Source: file}
		}
	}
	return manifest.Value[string]{}
}

// tasks chooses what Gradle makes: the task a Heroku app names, a framework's own archive, or a program's folder.
func (b gradleBuild) tasks(plan *paas.Plan, tree runtime.Tree) {
	text := b.own
	if text == "" || tree.Root == b.dir {
		text = b.text
	}
	has := func(signs ...string) bool {
		return slices.ContainsFunc(signs, func(s string) bool { return strings.Contains(text, s) })
	}
	var tasks []string
	switch {
	case regexp.MustCompile(`(?m)^\s*(?:task\s+stage\b|tasks\.(?:register|create)\(\s*["']stage["'])`).MatchString(text):
		tasks = []string{"stage"}
	case plan.Framework == "Quarkus":
		tasks = []string{"quarkusBuild"}
	case has("org.springframework.boot"):
		tasks = []string{"bootJar"}
		if has("id 'war'", `id("war")`, `id "war"`, "`war`", "plugin: 'war'") {
			tasks = []string{"bootWar"}
		}
	case has("application", "io.ktor.plugin"):
		tasks = []string{"installDist"}
	case has("shadow"):
		tasks = []string{"shadowJar"}
	case has("id 'war'", `id("war")`, `id "war"`, "`war`", "plugin: 'war'"):
		tasks = []string{"war"}
		runsWar(plan, has("javax.servlet"))
	default:
		tasks = []string{"assemble"}
	}
	plan.Build.Options[optTasks] = strings.Join(tasks, " ")
}

// gradleFlags: no daemon that outlives the step, plain output for the log.
const gradleFlags = "--no-daemon --console=plain"

// gradleCommand is the build as a person would type it in the top folder.
func gradleCommand(plan paas.Plan, root string) string {
	program := "gradle"
	if plan.Build.Options[optWrapper] != "" {
		program = "sh ./gradlew"
	}
	return program + " " + gradleTasks(plan, root) + " -x test"
}

func gradleTasks(plan paas.Plan, root string) string {
	project := ""
	if m := module(plan.Build.Options[optTop], root); m != "" {
		project = ":" + strings.ReplaceAll(m, "/", ":") + ":"
	}
	var tasks []string
	for _, t := range strings.Fields(plan.Build.Options[optTasks]) {
		tasks = append(tasks, runtime.Quote(project+t))
	}
	return strings.Join(tasks, " ")
}
