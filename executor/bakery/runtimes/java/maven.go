package java

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// What starts a war that does not run by itself: Jetty 12 for jakarta.servlet, Heroku's Tomcat 9 for javax.servlet. Both
// are fetched for any war, into a layer that all of them share; launch.sh sees whether the war needs one, and which.
const (
	runnerJakarta = "org.eclipse.jetty.ee10:jetty-ee10-runner:12.0.31"
	runnerJavax   = "com.heroku:webapp-runner:9.0.89.0"
)

// runsWar prepares for a war. javax is whether the build file asks for javax.servlet.
func runsWar(plan *paas.Plan, javax bool) {
	plan.Build.Options[optWar], plan.Run.Finishes = "jakarta", false
	if javax {
		plan.Build.Options[optWar] = "javax"
	}
	plan.Saw = append(plan.Saw, "It is packaged as a war, which a servlet container runs if it does not run by itself.")
}

// selfContained are plugins that put the libraries into the jar or beside it.
var selfContained = []string{"spring-boot-maven-plugin", "quarkus-maven-plugin", "maven-shade-plugin", "maven-assembly-plugin",
	"micronaut-maven-plugin", "appassembler-maven-plugin", "onejar-maven-plugin", "jib-maven-plugin"}

func detectMaven(tree runtime.Tree) (runtime.Verdict, error) {
	r, err := readReactor(tree)
	if err != nil {
		return runtime.Verdict{}, err
	}
	sign, text := "pom.xml", ""
	if r == nil {
		sign = Polyglot(tree)
		data, _ := tree.Read(sign)
		text = string(data)
		r = &reactor{Dir: tree.Root, Root: &pom{Dir: tree.Root}, sign: sign}
		r.All = []*pom{r.Root}
	}
	libraries, s := slices.Concat(r.libraries(), strings.Split(text, "\n")), readSources(tree)
	plan := begin(tree, toolMaven, "the jar or war that Maven makes")
	o := plan.Build.Options
	o[optTop] = r.Dir
	o[optFiles] = strings.Join(r.files(tree), "\n")
	o[optMain] = r.mainClass(s)
	plan.Saw = []string{sign + " describes a Maven project."}
	plan.Why = "A " + sign + " is built by Maven."
	if r.Dir != tree.Root {
		plan.Saw = append(plan.Saw, fmt.Sprintf("It is a module of %s.", path.Join(r.Dir, "pom.xml")))
	}
	conclude(&plan, libraries, s, sign)
	settleVersion(&plan, askedVersion(tree, r.release()))
	if _, ok := tree.ReadRepo(path.Join(r.Dir, ".mvn/wrapper/maven-wrapper.properties")); ok && hasRepo(tree, path.Join(r.Dir, "mvnw")) {
		o[optWrapper] = "1"
		plan.Saw = append(plan.Saw, "mvnw chooses Maven's version.")
	}
	r.packaging(&plan, libraries)
	r.chooseModule(&plan)
	said(&plan, runtime.SettingBuild, tree.Manifest.Build.Command, mavenCommand(plan, tree.Root), sign)
	return runtime.Verdict{Score: 60, Plan: plan}, nil
}

// files are those that decide Maven's dependencies, relative to the repository.
func (r *reactor) files(tree runtime.Tree) []string {
	if r.sign != "" {
		return []string{path.Join(r.Dir, r.sign), path.Join(r.Dir, extensionsFile)}
	}
	var files []string
	for _, p := range r.All {
		files = append(files, path.Join(p.Dir, "pom.xml"))
	}
	return files
}

// extensionsFile names what Maven loads before it reads a project: also what reads a pom in another language.
const extensionsFile = ".mvn/extensions.xml"

// Polyglot is the pom in another language than XML that Maven's polyglot extension reads; "" when there is none.
func Polyglot(tree runtime.Tree) string {
	if !tree.Has(extensionsFile) || tree.Has("pom.xml") {
		return ""
	}
	return tree.First("pom.groovy", "pom.yaml", "pom.yml", "pom.rb", "pom.clj", "pom.scala", "pom.atom")
}

// mainClass is what a pom names, else the only class with a main method.
func (r *reactor) mainClass(s sources) string {
	for _, p := range slices.Concat([]*pom{r.Root}, r.below()) {
		if p.mainClass != "" {
			return p.mainClass
		}
	}
	return s.main
}

// packaging decides whether libraries must be put beside the jar and what runs a war.
func (r *reactor) packaging(plan *paas.Plan, libraries []string) {
	war := slices.ContainsFunc(r.below(), func(p *pom) bool { return p.Packaging == "war" })
	contained := mention(libraries, selfContained)
	switch {
	case war: // even with a plugin that makes it run by itself: it may be told to skip it
		runsWar(plan, mention(libraries, []string{"javax.servlet"}))
	case !contained:
		plan.Build.Options[optThin] = "1"
	}
}

// chooseModule picks the module that is started when the app's folder holds several.
func (r *reactor) chooseModule(plan *paas.Plan) {
	var runnable []string
	for _, p := range r.below() {
		own := slices.ContainsFunc(p.Plugins, func(pl plugin) bool { return slices.Contains(selfContained, pl.ArtifactID) })
		if p.Packaging != "pom" && (own || p.mainClass != "" || p.Packaging == "war") {
			runnable = append(runnable, p.Dir)
		}
	}
	if len(runnable) < 2 || slices.Contains(runnable, r.Root.Dir) {
		return
	}
	warn(plan, runtime.WarnSeveral, "The modules %s can each be started; the largest one is. Set the app's folder to one of them to choose.",
		strings.Join(runnable, ", "))
}

// MavenFlags make Maven quiet and safe: no questions, no progress bars, and locks on a repository shared with other
// builds. Source of the locks: Maven Resolver's named locks (3.9 and later; older ones ignore them).
const MavenFlags = "-B -ntp -Daether.syncContext.named.factory=file-lock -Daether.syncContext.named.nameMapper=file-gav"

func maven(plan paas.Plan) string {
	if plan.Build.Options[optWrapper] != "" {
		return "sh ./mvnw"
	}
	return "mvn"
}

// mavenCommand is the build as a person would type it in the top folder.
func mavenCommand(plan paas.Plan, root string) string {
	command := maven(plan) + " -DskipTests"
	if m := module(plan.Build.Options[optTop], root); m != "" {
		command += " -pl " + runtime.Quote(m) + " -am"
	}
	command += " package"
	if plan.Build.Options[optThin] != "" {
		command += " dependency:copy-dependencies -DincludeScope=runtime"
	}
	return command
}

// module is the app's folder relative to the build's top folder; "" when they are the same.
func module(top, root string) string {
	if top == root || top == "" {
		return ""
	}
	if top == "." {
		return root
	}
	return strings.TrimPrefix(root, top+"/")
}

func hasRepo(tree runtime.Tree, name string) bool {
	_, ok := tree.ReadRepo(name)
	return ok
}
