package system_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAppsOfOtherShapesRun deploys small apps whose shape no sample has: the build tool, the layout or the way they end.
func TestAppsOfOtherShapesRun(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		says  string // on its page, or in its log when it finishes
		ends  bool
	}{
		// Without a wrapper, so that Debian's Gradle builds it; without libraries, so that nothing is fetched.
		"a-gradle-program": {ends: true, says: "gradle made this", files: map[string]string{
			"build.gradle":                   "apply plugin: 'java'\njar { manifest { attributes 'Main-Class': 'acme.Report' } }\n",
			"src/main/java/acme/Report.java": "package acme;\npublic class Report {\n  public static void main(String[] args) { System.out.println(\"gradle made this\"); }\n}\n",
		}},
		"a-program-in-a-procfile": {ends: true, says: "the sum is 3", files: map[string]string{
			"Procfile": "web: echo the sum is $((1+2))\n", "index.html": "<h1>Notes</h1>\n",
		}},
		"a-django-site-by-uv": {says: "django by uv", files: map[string]string{
			"pyproject.toml":      "[project]\nname = \"site\"\nversion = \"1\"\nrequires-python = \"==3.12.*\"\ndependencies = [\"django>=5.2,<6\"]\n[tool.uv]\npackage = false\n",
			"manage.py":           "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'harbour.settings')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
			"harbour/__init__.py": "",
			"harbour/settings.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'harbour.urls'\nWSGI_APPLICATION = 'harbour.wsgi.application'\n",
			"harbour/urls.py":     "from django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path('', lambda request: HttpResponse('django by uv'))]\n",
			"harbour/wsgi.py":     "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'harbour.settings')\napplication = get_wsgi_application()\n",
			"app.json":            "{\"env\": {\"SECRET_KEY\": {\"generator\": \"secret\"}}}\n",
		}},
		"a-go-workspace": {says: "hello from a workspace", files: map[string]string{
			"go.work":        "go 1.23\n\nuse (\n\t./api\n\t./words\n)\n",
			"api/go.mod":     "module example.test/api\n\ngo 1.23\n",
			"api/main.go":    "package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n\n\t\"example.test/words\"\n)\n\nfunc main() {\n\thttp.HandleFunc(\"/\", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(words.Hello)) })\n\tpanic(http.ListenAndServe(\":\"+os.Getenv(\"PORT\"), nil))\n}\n",
			"words/go.mod":   "module example.test/words\n\ngo 1.23\n",
			"words/words.go": "// Package words has the words.\npackage words\n\n// Hello is what is said.\nconst Hello = \"hello from a workspace\"\n",
		}},
		"an-r-script": {ends: true, says: "the mean is 2", files: map[string]string{
			"report.R": "cat('the mean is', mean(c(1, 2, 3)), '\\n')\n",
		}},
	}
	s := install(t)
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		t.Run(name, func(t *testing.T) {
			s.t = t
			repo := newRepository(t)
			repo.files(tt.files)
			s.run(nil, "app", "create", name, "--repo", repo.dir)
			s.deployed(name, "live")
			s.eventually(wait, name+" says "+tt.says, func() error {
				said, err := s.said(name, tt.ends)
				if err == nil && !strings.Contains(said, tt.says) {
					err = fmt.Errorf("it says %q", said)
				}
				return err
			})
			s.run(nil, "destroy", name, "--yes")
		})
	}
	s.t = t
}

// said is an app's page, or the log of one that ends.
func (s *slipway) said(app string, ends bool) (string, error) {
	if ends {
		out, err := s.command("logs", app).Output()
		return string(out), explain(err)
	}
	status, body, err := s.get(app, "/")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("it answers %d: %s", status, body)
	}
	return body, err
}

// TestAGradleThatCannotBeHadIsSaid deploys a project that only the Gradle of its wrapper could build, from a host that
// is nowhere. The wrapper is a script of the test's; what it asks for and how it is told are the real ones.
func TestAGradleThatCannotBeHadIsSaid(t *testing.T) {
	s := install(t)
	repo := newRepository(t)
	repo.files(map[string]string{
		"build.gradle.kts":                         "plugins { application }\n",
		"gradle/wrapper/gradle-wrapper.jar":        "",
		"gradle/wrapper/gradle-wrapper.properties": "distributionUrl=https\\://gradle.invalid/distributions/gradle-8.10-bin.zip\n",
		"gradlew": "#!/bin/sh\ncurl -fsSo /tmp/gradle.zip \"$(sed -n 's/^distributionUrl=//p' gradle/wrapper/gradle-wrapper.properties | tr -d '\\\\')\"\n",
	})
	s.run(nil, "app", "create", "kotlin", "--repo", repo.dir)
	d := s.fails("kotlin", "SLP-1101").Diagnosis
	if !strings.Contains(d.Cause, "gradle-8.10-bin.zip") || !strings.Contains(d.Cause, "gradle.invalid") || !strings.Contains(d.Next, "SLIPWAY_GRADLE_MIRROR") {
		t.Errorf("it says %q, next %q", d.Cause, d.Next)
	}
}

// files commits a tree of files.
func (r *repository) files(tree map[string]string) {
	r.t.Helper()
	for name, text := range tree {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", "all of it")
}
