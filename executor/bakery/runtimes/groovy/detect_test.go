package groovy

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
)

func tree(files map[string]string) runtime.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return runtime.Tree{Repo: repo, Root: "."}
}

const (
	serving  = "@Grab('io.javalin:javalin:6.1.3')\nimport io.javalin.Javalin\nJavalin.create().start(8080)\n"
	printing = "println 'done'\n"
)

func TestDetectScripts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files    map[string]string
		asked    string
		version  string
		class    string
		scripts  string
		finishes bool
		warnings []string
	}{
		"a script with @Grab serves":             {files: map[string]string{"server.groovy": serving}, version: "4", class: "server", scripts: "server.groovy"},
		"a script that prints finishes":          {files: map[string]string{"report.groovy": printing}, version: "4", class: "report", scripts: "report.groovy", finishes: true},
		"Groovy 5 can be had":                    {files: map[string]string{"app.groovy": serving}, asked: "5", version: "5", class: "app", scripts: "app.groovy"},
		"Groovy 3 can be had":                    {files: map[string]string{"app.groovy": serving, ".sdkmanrc": "groovy=3.0.9\n"}, version: "3", class: "app", scripts: "app.groovy"},
		"Groovy 2.5 is given as 3 and warned of": {files: map[string]string{"app.groovy": serving, "system.properties": "groovy.version=2.5.8\n"}, version: "3", class: "app", scripts: "app.groovy", warnings: []string{runtime.WarnVersion}},
		"Groovy 9 is given as 5 and warned of":   {files: map[string]string{"app.groovy": serving}, asked: "9", version: "5", class: "app", scripts: "app.groovy", warnings: []string{runtime.WarnVersion}},
		"of several scripts the telling name wins, and what others grab is fetched": {
			files: map[string]string{"a.groovy": serving, "main.groovy": printing, "b.groovy": printing}, version: "4", class: "main", scripts: "main.groovy\na.groovy",
		},
		"of several scripts the one that serves is started, and the page says so": {
			files: map[string]string{"a.groovy": printing, "b.groovy": serving}, version: "4", class: "b", scripts: "b.groovy", warnings: []string{runtime.WarnSeveral},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tree(tt.files)
			if tt.asked != "" {
				in.Manifest.Version = manifest.Value[string]{Value: tt.asked, Source: "slipway.yaml line 1"}
			}
			v, err := Runtime{}.Detect(in)
			if err != nil || v.Score == 0 {
				t.Fatalf("Detect: score %d, error %v", v.Score, err)
			}
			p := v.Plan
			if p.Version != tt.version || p.Run.Finishes != tt.finishes || p.Build.Options[optScripts] != tt.scripts {
				t.Errorf("version %q finishes %v scripts %q, want %q %v %q", p.Version, p.Run.Finishes, p.Build.Options[optScripts], tt.version, tt.finishes, tt.scripts)
			}
			args := p.Processes[0].Command.Args
			if args[len(args)-1] != tt.class || !slices.Contains(args, "-Dgroovy.grape.enable=false") {
				t.Errorf("starts with %q, want class %s and Grape off", args, tt.class)
			}
			var codes []string
			for _, w := range p.Warnings {
				codes = append(codes, w.Code)
			}
			if !slices.Equal(codes, tt.warnings) {
				t.Errorf("warnings %v, want %v", p.Warnings, tt.warnings)
			}
			layers := Runtime{}.Layers(p)
			file, err := Runtime{}.Dockerfile(p, func(layer string) string { return "slipway/" + layer })
			if last := layers[len(layers)-1].Name; err != nil || !strings.HasPrefix(file, "FROM slipway/"+last+" AS build\n") {
				t.Errorf("error %v; the build is not on the last layer, %s:\n%s", err, last, file)
			}
		})
	}
}

func TestProjectsAreBuiltByTheJavaRuntime(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"build.gradle":             "plugins { id 'groovy'; id 'application' }\ndependencies { implementation 'org.apache.groovy:groovy:4.0.20' }",
		"src/main/groovy/A.groovy": printing,
	}
	own, err := Runtime{}.Detect(tree(files))
	if err != nil {
		t.Fatal(err)
	}
	javas, err := java.Runtime{}.Detect(tree(files))
	if err != nil {
		t.Fatal(err)
	}
	if own.Score <= javas.Score || own.Plan.Version != "4.0" || java.JDK(own.Plan) != "21" {
		t.Errorf("score %d (Java's %d), Groovy %q, JDK %q", own.Score, javas.Score, own.Plan.Version, java.JDK(own.Plan))
	}
	image := func(layer string) string { return layer }
	got, err := Runtime{}.Dockerfile(own.Plan, image)
	if err != nil {
		t.Fatal(err)
	}
	want, err := java.Runtime{}.Dockerfile(javas.Plan, image)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("Groovy's Dockerfile differs from Java's:\n%s\n%s", got, want)
	}
}

func TestOnlyTestsInGroovyStayJava(t *testing.T) {
	t.Parallel()
	v, err := Runtime{}.Detect(tree(map[string]string{"pom.xml": "<project/>", "src/test/groovy/ASpec.groovy": "class ASpec {}"}))
	if err != nil || v.Score != 0 {
		t.Errorf("score %d, error %v", v.Score, err)
	}
}
