package java

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden Dockerfiles anew")

func TestDockerfileIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	wrapped := map[string]string{"gradlew": "", wrapperFile: wrapper810, "gradle/wrapper/gradle-wrapper.jar": "",
		"build.gradle": "plugins { id 'application' }\ndependencies { implementation 'io.javalin:javalin:6' }"}
	tests := map[string]struct {
		root  string
		files map[string]string
		edit  map[string]string // options set by the bakery
	}{
		"maven":  {".", map[string]string{"pom.xml": project(""), "src/main/java/com/acme/Main.java": mainSource}, nil},
		"module": {"web", map[string]string{"pom.xml": project("<modules><module>web</module></modules>"), "web/pom.xml": project(bootWeb + bootPlugin)}, nil},
		"gradle": {".", wrapped, map[string]string{OptionGradleMirror: "https://mirror.example/gradle/"}},
		"raised": {".", map[string]string{"gradlew": "", wrapperFile: "distributionUrl=https\\://services.example/distributions/gradle-7.5-all.zip\n",
			"gradle/wrapper/gradle-wrapper.jar": "", "build.gradle.kts": "plugins { application }"}, nil},
		"war":      {".", map[string]string{"pom.xml": project("<packaging>war</packaging>" + bootWeb + bootPlugin)}, nil},
		"unpacked": {".", map[string]string{manifestFile: "Main-Class: org.acme.Launcher\n", "BOOT-INF/classes/x": ""}, nil},
		"javac":    {".", map[string]string{"Hello.java": printSource}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := Runtime{}.Detect(tree(tt.root, tt.files))
			if err != nil {
				t.Fatal(err)
			}
			v.Plan.Build.Root = tt.root
			for k, value := range tt.edit {
				v.Plan.Build.Options[k] = value
			}
			got, err := Runtime{}.Dockerfile(v.Plan, func(layer string) string { return "slipway/" + layer })
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".Dockerfile")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("Dockerfile differs from %s (run with -update and look at the difference):\n%s", golden, got)
			}
		})
	}
}
