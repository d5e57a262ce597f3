package node

import (
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func TestScriptsOfHeroku(t *testing.T) {
	t.Parallel()
	workspace := func(start, build string) fstest.MapFS {
		return files("package.json", `{"workspaces": ["client", "server"], "scripts": {"start": "`+start+`", "build": "`+build+`"}}`,
			"client/package.json", pkg("=name", "client", "dev:vite", "7", "script:build", "vite build"),
			"server/package.json", pkg("=name", "server", "express", "5", "script:start", "node index.js"), "server/index.js", listens)
	}
	tests := map[string]struct {
		repo           fstest.MapFS
		install, build string
	}{
		"heroku-prebuild comes before the install": {files("package.json", pkg("express", "5", "script:start", "node .", "script:heroku-prebuild", "x")),
			"npm run heroku-prebuild && npm install", ""},
		"npm runs heroku-prebuild where yarn cannot yet": {files("package.json", pkg("express", "5", "script:start", "node .", "script:heroku-prebuild", "x"), "yarn.lock", "__metadata:\n  version: 8\n"),
			"npm run heroku-prebuild && yarn install --immutable", ""},
		"heroku-cleanup ends the build": {files("package.json", pkg("express", "5", "script:start", "node .", "script:build", "x", "script:heroku-cleanup", "y")),
			"npm install", "npm run build && npm run heroku-cleanup"},
		"heroku-cleanup alone": {files("package.json", pkg("express", "5", "script:start", "node .", "script:heroku-cleanup", "y")),
			"npm install", "npm run heroku-cleanup"},
		"the root builds what the package it starts serves": {workspace("npm start -w server", "npm run build -w client"), "npm install", "npm run build"},
		"a root's tool is asked for that package only":      {workspace("npm start -w server", "turbo run build"), "npm install", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			if err != nil || got.Plan.Build.Install != tt.install || got.Plan.Build.Command != tt.build {
				t.Errorf("got install %q, build %q, %v; want %q, %q", got.Plan.Build.Install, got.Plan.Build.Command, err, tt.install, tt.build)
			}
		})
	}
}
