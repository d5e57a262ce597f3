package node

import (
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func TestDetectOfNxProjects(t *testing.T) {
	t.Parallel()
	project := func(executor, options string) string {
		return `{"projectType": "application", "targets": {"build": {"executor": "` + executor + `", "options": {` + options + `}, "configurations": {"production": {}}}}}`
	}
	tests := map[string]struct {
		project string
		build   string
		start   string
		output  string
	}{
		"a server bundled by webpack": {project("@nrwl/node:webpack", `"outputPath": "dist/apps/shop"`), "nx run shop:build:production", "node dist/apps/shop/main.js", ""},
		"a server bundled by esbuild": {project("@nx/esbuild:esbuild", `"outputPath": "{workspaceRoot}/out/{projectRoot}", "outputFileName": "server.cjs"`), "nx run shop:build:production", "node out/apps/shop/server.cjs", ""},
		"Next":                        {project("@nx/next:build", ""), "nx run shop:build:production", "next start dist/apps/shop", ""},
		"a site built by Vite":        {project("@nx/vite:build", `"outputPath": "dist/apps/shop"`), "nx run shop:build:production", "", "dist/apps/shop"},
		"a site built by Angular":     {project("@angular-devkit/build-angular:application", `"outputPath": {"base": "dist/shop"}`), "nx run shop:build:production", "", "dist/shop"},
		"a start target":              {`{"projectType": "application", "targets": {"start": {"executor": "nx:run-commands"}}}`, "", "nx run shop:start", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := files("package.json", pkg("express", "4", "next", "14", "dev:nx", "20", "script:start", "nx serve", "script:build", "nx build"),
				"nx.json", `{"defaultProject": "shop"}`, "apps/shop/project.json", tt.project,
				"apps/admin/project.json", project("@nx/vite:build", ""), "e2e/project.json", `{"name": "e2e", "projectType": "application", "targets": {"e2e": {"executor": "@nx/jest:jest"}}}`, "libs/word/project.json", `{"projectType": "library"}`)
			got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
			if err != nil || len(got.Plan.Processes) != 1 {
				t.Fatalf("got %+v, %v; want one process", got, err)
			}
			start := ""
			if command := got.Plan.Processes[0].Command; !command.IsZero() {
				start = command.String()
			}
			if got.Plan.Build.Command != tt.build || start != tt.start || got.Plan.Build.Output != tt.output || got.Plan.Run.Finishes {
				t.Errorf("got build %q, start %q, output %q, finishes %v; want %q, %q, %q", got.Plan.Build.Command, start, got.Plan.Build.Output,
					got.Plan.Run.Finishes, tt.build, tt.start, tt.output)
			}
		})
	}
}

func TestNxProjectsShowTheirOwnPort(t *testing.T) {
	t.Parallel()
	repo := files("package.json", pkg("express", "4", "dev:nx", "15", "script:start", "nx serve"), "nx.json", "{}",
		"apps/api/project.json", `{"projectType": "application", "targets": {"build": {"executor": "@nrwl/webpack:webpack", "options": {"target": "node"}}}}`,
		"apps/api/src/main.ts", "const port = process.env.port || 3333;\nconst server = app.listen(port, ready);", "apps/admin/main.ts", "app.listen(process.env.PORT)")
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
	if err != nil || got.Plan.Run.Port != 3333 {
		t.Errorf("got port %d, %v; want 3333, which the api listens on", got.Plan.Run.Port, err)
	}
}

func TestNxProjectsLeaveTestsOut(t *testing.T) {
	t.Parallel()
	repo := files("package.json", pkg("express", "4", "dev:nx", "17", "script:start", "nx serve", "script:build", "nx build"), "nx.json", "{}",
		"e2e/project.json", `{"name": "e2e", "projectType": "application", "targets": {"e2e": {"executor": "@nx/jest:jest"}}}`,
		"project.json", `{"name": "api", "projectType": "application", "targets": {"build": {"executor": "@nx/esbuild:esbuild", "options": {"outputPath": "dist/api"}}}}`)
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
	if err != nil || len(got.Plan.Processes) != 1 || got.Plan.Processes[0].Command.String() != "node dist/api/main.js" || got.Plan.Build.Command != "nx run api:build" {
		t.Errorf("got %+v, %v; want the api to be built and started", got.Plan, err)
	}
}
