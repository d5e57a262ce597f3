package java

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// framework is something recognised on top of Java.
type framework struct {
	name  string   // for people
	signs []string // parts of group:artifact or of a Gradle build file
	flags string   // what makes it listen on PORT, for the launcher; "" when it reads PORT itself or is told by the app
}

// frameworks, the surer and more specific ones first.
var frameworks = []framework{
	{"Quarkus", []string{"io.quarkus"}, `-Dquarkus.http.host=0.0.0.0 -Dquarkus.http.port="${PORT:-8080}"`},
	{"Micronaut", []string{"io.micronaut"}, `-Dmicronaut.server.port="${PORT:-8080}"`},
	{"Spring Boot", []string{"org.springframework.boot"}, `-Dserver.port="${PORT:-8080}"`},
	{"Grails", []string{"org.grails", "org.apache.grails"}, `-Dserver.port="${PORT:-8080}"`},
	{"Helidon", []string{"io.helidon"}, `-Dserver.port="${PORT:-8080}" -Dserver.host=0.0.0.0`},
	{"Dropwizard", []string{"io.dropwizard"}, ""},
	{"Javalin", []string{"io.javalin"}, ""},
	{"Ktor", []string{"io.ktor"}, `-Dktor.deployment.port="${PORT:-8080}"`},
	{"Spark", []string{"com.sparkjava"}, ""},
	{"Ratpack", []string{"io.ratpack"}, `-Dratpack.port="${PORT:-8080}"`},
	{"Vert.x", []string{"io.vertx"}, ""},
	{"http4k", []string{"org.http4k"}, ""},
	{"gRPC", []string{"io.grpc"}, ""},
}

// servers are libraries that listen without being a framework of their own.
var servers = []string{"jetty", "tomcat", "undertow", "netty", "grizzly", "jersey", "resteasy", "servlet", "nanohttpd", "akka-http", "pekko-http", "armeria"}

// springServers are the parts of Spring Boot that listen; an application without one runs and ends.
var springServers = []string{"-web", "webflux", "-jersey", "-graphql", "data-rest", "hateoas", "tomcat", "jetty", "undertow", "vaadin", "gateway", "eureka", "config-server", "websocket", "rsocket", "admin"}

// recognise finds the framework among libraries and whether anything in them listens.
func recognise(libraries []string) (f framework, listens bool) {
	for _, f = range frameworks {
		if mention(libraries, f.signs) {
			if f.name == "Spring Boot" {
				return f, mention(libraries, springServers)
			}
			return f, true
		}
	}
	return framework{}, mention(libraries, servers)
}

func mention(texts, signs []string) bool {
	return slices.ContainsFunc(texts, func(t string) bool {
		return slices.ContainsFunc(signs, func(s string) bool { return strings.Contains(t, s) })
	})
}

var (
	listening = regexp.MustCompile(`HttpServer|ServerSocket|ServerSocketChannel|getenv\(\s*"PORT"\s*\)|getenv\(['"]PORT['"]\)|System\.getenv\(\)\.PORT|\.listen\(|embeddedServer`)
	mainEntry = regexp.MustCompile(`(?m)\bvoid\s+main\s*\(`)
	// Kotlin's main functions stand outside of classes.
	kotlinEntry = regexp.MustCompile(`(?m)^(?:suspend\s+)?fun\s+main\s*\(`)
	jvmName     = regexp.MustCompile(`@file:\s*JvmName\(\s*"(\w+)"\s*\)`)
	noName      = regexp.MustCompile(`\W`)
	inPackage   = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)`)
)

// sources is what a look at the app's own .java, .kt and .groovy files tells.
type sources struct {
	java    []string // .java files relative to the app's folder
	main    string   // class with a main method; "" when none or several
	mains   []string // all of them
	listens bool
}

// Bounds of the look at sources: a large project is recognised by its build file anyway.
const (
	maxSourceFiles = 2000
	maxSourceDepth = 14
)

// skippedDirs hold no sources of the app's own; neither does a folder whose name begins with a dot.
var skippedDirs = []string{"target", "build", "node_modules", "out", "bin"}

func readSources(tree runtime.Tree) sources {
	var s sources
	seen := 0
	// An unreadable folder is one with nothing to see; nothing else in the walk can fail.
	_ = fs.WalkDir(tree.Repo, path.Clean(tree.Root), func(name string, d fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, tree.Root), "/")
		if tree.Root == "." {
			rel = name
		}
		if err != nil {
			return fs.SkipDir
		}
		if d.IsDir() {
			if rel != "" && rel != "." && (slices.Contains(skippedDirs, d.Name()) || strings.HasPrefix(d.Name(), ".")) || strings.Count(rel, "/") > maxSourceDepth {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(name)
		if ext != ".java" && ext != ".kt" && ext != ".groovy" || strings.Contains(rel, "src/test/") {
			return nil
		}
		if seen++; seen > maxSourceFiles {
			return fs.SkipAll
		}
		data, ok := tree.ReadRepo(name)
		if !ok {
			return nil
		}
		s.look(rel, ext, string(data))
		return nil
	})
	if len(s.mains) == 1 {
		s.main = s.mains[0]
	}
	return s
}

func (s *sources) look(name, ext, text string) {
	s.listens = s.listens || listening.MatchString(text)
	switch ext {
	case ".kt":
		if class := kotlinMain(name, text); class != "" {
			s.mains = append(s.mains, class)
		}
		return
	case ".groovy":
		return
	}
	s.java = append(s.java, name)
	if !mainEntry.MatchString(text) {
		return
	}
	class := strings.TrimSuffix(path.Base(name), ext)
	if m := inPackage.FindStringSubmatch(text); m != nil {
		class = m[1] + "." + class
	}
	s.mains = append(s.mains, class)
}

// kotlinMain is the class that Kotlin makes of a file with a main function, such as "acme.MainKt" of Main.kt; "" when
// the file has none. Source: Kotlin's rules for calling it from Java, package-level functions.
func kotlinMain(name, text string) string {
	file := noName.ReplaceAllString(strings.TrimSuffix(path.Base(name), ".kt"), "_")
	if file == "" || !kotlinEntry.MatchString(text) {
		return ""
	}
	class := strings.ToUpper(file[:1]) + file[1:] + "Kt"
	if m := jvmName.FindStringSubmatch(text); m != nil {
		class = m[1]
	}
	if m := inPackage.FindStringSubmatch(text); m != nil {
		class = m[1] + "." + class
	}
	return class
}
