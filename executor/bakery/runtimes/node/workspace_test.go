package node

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// monorepo is a workspace with an API that needs a library that needs another, and a site.
func monorepo(extra ...string) fstest.MapFS {
	return files(append([]string{
		"package.json", `{"private": true, "workspaces": ["apps/*", "packages/*"]}`,
		"package-lock.json", lockOf(),
		"apps/api/package.json", `{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5", "@x/model": "*"}}`,
		"apps/api/server.js", listens,
		"apps/admin/package.json", `{"name": "admin", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}`,
		"apps/admin/index.html", "",
		"packages/model/package.json", `{"name": "@x/model", "scripts": {"build": "tsc"}, "dependencies": {"@x/base": "*"}}`,
		"packages/base/package.json", `{"name": "@x/base", "scripts": {"build": "tsc"}}`,
		"packages/unused/package.json", `{"name": "@x/unused", "scripts": {"build": "tsc"}}`,
		"packages/node_modules/evil/package.json", `{"name": "evil"}`,
	}, extra...)...)
}

func TestDetectInAWorkspace(t *testing.T) {
	t.Parallel()
	below := "(cd 'packages/base' && npm run build) && (cd 'packages/model' && npm run build)"
	tests := map[string]struct {
		repo  fstest.MapFS
		root  string
		dir   string
		build string
		warns bool
	}{
		"a named app builds what is below it": {monorepo(), "apps/api", "apps/api", below, false},
		"a named site builds itself":          {monorepo(), "apps/admin", "apps/admin", "cd 'apps/admin' && npm run build", false},
		"the root picks an app and says so":   {monorepo(), ".", "apps/api", below, true},
		"turborepo knows the order": {monorepo("package.json", `{"workspaces": ["apps/*", "packages/*"], "devDependencies": {"turbo": "2"}, "scripts": {"start": "turbo run start"}}`, "turbo.json", "{}"),
			"apps/admin", "apps/admin", "turbo run build --filter='admin'", false},
		"nx knows the order": {monorepo("package.json", `{"workspaces": ["apps/*", "packages/*"], "devDependencies": {"nx": "21"}}`, "nx.json", "{}"),
			"apps/admin", "apps/admin", "nx run 'admin:build'", false},
		"a root that starts one of them is that one": {monorepo("package.json", `{"workspaces": ["apps/*", "packages/*"], "scripts": {"start": "npm start -w api", "build": "turbo build"}}`), ".", "apps/api", below, false},
		"a root that goes into a folder is that one": {monorepo("package.json", `{"workspaces": ["apps/*", "packages/*"], "scripts": {"start": "cd apps/api && npm start"}}`), ".", "apps/api", below, false},
		"a root that starts something is the app": {monorepo("package.json", `{"workspaces": ["packages/*"], "scripts": {"start": "node x.js", "build": "npm run build --workspaces"}}`),
			".", ".", "npm run build", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: tt.root})
			if err != nil {
				t.Fatal(err)
			}
			options, warned := got.Plan.Build.Options, slices.ContainsFunc(got.Plan.Warnings, codeIs(runtime.WarnSeveral))
			if options[optTop] != "." || options[optDir] != tt.dir || got.Plan.Build.Command != tt.build || warned != tt.warns {
				t.Errorf("got top %q, dir %q, build %q, warned %v; want the root, %q, %q, %v",
					options[optTop], options[optDir], got.Plan.Build.Command, warned, tt.dir, tt.build, tt.warns)
			}
		})
	}
}

func TestASubfolderOutsideTheWorkspaceStandsAlone(t *testing.T) {
	t.Parallel()
	repo := monorepo("tools/bot/package.json", pkg("express", "5", "script:start", "node ."))
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "tools/bot"})
	if err != nil || got.Plan.Build.Options[optTop] != "tools/bot" || got.Plan.Build.Options[optDir] != "." {
		t.Errorf("got %v, %v; want the folder by itself", got.Plan.Build.Options, err)
	}
}

func TestBelongs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		dir      string
		patterns []string
		want     bool
	}{
		"a glob":                       {"apps/web", []string{"apps/*"}, true},
		"a glob is one folder deep":    {"apps/web/x", []string{"apps/*"}, false},
		"two stars are any depth":      {"apps/a/b/c", []string{"apps/**"}, true},
		"a path":                       {"web", []string{"./web/"}, true},
		"taken out again":              {"apps/old", []string{"apps/*", "!apps/old"}, false},
		"a pattern that is not a glob": {"a", []string{"["}, false},
		"no pattern":                   {"a", nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := belongs(tt.dir, tt.patterns); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
