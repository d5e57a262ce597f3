package runtimes_test

import (
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/detect"
)

// TestTheRuntimeThatIsMeantWins holds the scores of the runtimes against each other.
func TestTheRuntimeThatIsMeantWins(t *testing.T) {
	t.Parallel()
	const (
		express = `{"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}`
		vite    = `{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}`
	)
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"Express":                                         {map[string]string{"package.json": express}, "node"},
		"Express with a Dockerfile":                       {map[string]string{"package.json": express, "Dockerfile": "FROM node:22\n"}, "node"},
		"Express with a page":                             {map[string]string{"package.json": express, "public/index.html": ""}, "node"},
		"Express with a script in Python":                 {map[string]string{"package.json": express, "tools/report.py": ""}, "node"},
		"Django with Vite for its assets":                 {map[string]string{"package.json": vite, "requirements.txt": "django\n", "manage.py": ""}, "python"},
		"Go with Vite for its assets":                     {map[string]string{"package.json": vite, "go.mod": "module x\ngo 1.22\n", "main.go": "package main\nfunc main() {}\n"}, "go"},
		"a Vite site":                                     {map[string]string{"package.json": vite, "index.html": ""}, "node"},
		"a page":                                          {map[string]string{"index.html": ""}, "static"},
		"a Vite site with a Staticfile":                   {map[string]string{"package.json": vite, "index.html": "", "Staticfile": "pushstate: enabled\n"}, "node"},
		"a Staticfile that names a folder":                {map[string]string{"package.json": vite, "site/index.html": "", "Staticfile": "root: site\n"}, "static"},
		"a page with a script beside it":                  {map[string]string{"index.html": "", "app.js": "document.title = 'x'"}, "static"},
		"a Dockerfile beside sources that nothing starts": {map[string]string{"Dockerfile": "FROM nginx\n", "requirements.txt": "mkdocs\n", "lib/a.py": "", "lib/b.py": ""}, "dockerfile"},
		"a pom in Groovy":                                 {map[string]string{"pom.groovy": "project {}", ".mvn/extensions.xml": ""}, "java"},
		"a Dockerfile alone":                              {map[string]string{"Dockerfile": "FROM scratch\n"}, "dockerfile"},
		"a Dockerfile with a page":                        {map[string]string{"Dockerfile": "FROM nginx\n", "index.html": ""}, "dockerfile"},
		"a Dockerfile that slipway.yaml names":            {map[string]string{"package.json": express, "Dockerfile": "FROM x\n", "slipway.yaml": "build:\n  dockerfile: Dockerfile\n"}, "dockerfile"},
		"a runtime that slipway.yaml names":               {map[string]string{"package.json": express, "index.html": "", "slipway.yaml": "runtime: static\n"}, "static"},
		"a script in JavaScript":                          {map[string]string{"index.js": "console.log(1)"}, "node"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := fstest.MapFS{}
			for file, text := range tt.files {
				repo[file] = &fstest.MapFile{Data: []byte(text)}
			}
			plan, err := detect.Detect(repo, detect.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Runtime != tt.want {
				t.Errorf("got %s, want %s", plan.Runtime, tt.want)
			}
		})
	}
}
