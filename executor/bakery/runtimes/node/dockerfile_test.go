package node

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

var update = flag.Bool("update", false, "write the golden Dockerfiles anew")

func TestDockerfilesAreGolden(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		repo fstest.MapFS
		root string
	}{
		"express":         {files("package.json", pkg("express", "5", "dev:eslint", "9", "script:start", "node app.js"), "package-lock.json", lockOf("express", "5.0.0", "eslint", "9.0.0"), "app.js", listens), "."},
		"express-sqlite":  {files("svc/package.json", pkg("express", "5", "better-sqlite3", "11", "script:start", "node app.js"), "svc/app.js", listens), "svc"},
		"vite":            {files("package.json", pkg("dev:vite", "7", "script:build", "vite build"), "package-lock.json", lockOf("vite", "7.0.0")), "."},
		"next-standalone": {files("package.json", pkg("next", "15", "script:build", "next build"), "next.config.js", "module.exports = { output: 'standalone' }", "yarn.lock", "__metadata:\n  version: 8\n", ".yarn/releases/yarn.cjs", ""), "."},
		"next":            {files("package.json", pkg("=name", "@x/shop", "next", "15", "script:build", "next build"), "pnpm-lock.yaml", "lockfileVersion: '9.0'"), "."},
		"bun":             {files("package.json", pkg("hono", "4", "script:start", "bun run src/index.ts"), "bun.lock", "{}", "src/index.ts", "export default { port: process.env.PORT, fetch: app.fetch }"), "."},
		"nuxt":            {files("package.json", pkg("nuxt", "4", "script:build", "nuxt build", "script:postinstall", "nuxt prepare")), "."},
		"sveltekit-auto":  {files("package.json", pkg("dev:@sveltejs/kit", "^2.5", "dev:@sveltejs/adapter-auto", "6", "script:build", "vite build"), "svelte.config.js", "import adapter from '@sveltejs/adapter-auto';"), "."},
		"pnpm-workspace": {monorepo("package.json", `{"packageManager": "pnpm@9.1.0"}`, "pnpm-workspace.yaml", "packages: ['apps/*', 'packages/*']",
			"pnpm-lock.yaml", "lockfileVersion: '9.0'"), "apps/api"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: tt.root})
			if err != nil {
				t.Fatal(err)
			}
			got.Plan.Build.Root = tt.root
			text := dockerfileOf(t, got.Plan)
			golden := filepath.Join("testdata", name+".Dockerfile")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
		})
	}
}

// dockerfileOf writes a plan's Dockerfile with what every step has in common taken out, so that a change there is one
// change and not seven.
func dockerfileOf(t *testing.T, plan paas.Plan) string {
	t.Helper()
	text, err := Runtime{}.Dockerfile(plan, func(layer string) string { return "slipway/" + layer })
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(strings.TrimPrefix(runtime.Run("", "|"), "RUN "), "export ")
	return strings.NewReplacer(before, "", "export "+strings.TrimSuffix(after, "|"), "").Replace(text)
}

func TestDockerfileFollowsThePerson(t *testing.T) {
	t.Parallel()
	repo := files("package.json", pkg("dev:vite", "7", "script:build", "vite build"))
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
	if err != nil {
		t.Fatal(err)
	}
	plan := got.Plan
	plan.Build.Command = "make site\nmake check"
	plan.Build.Output = "public"
	plan.Build.Packages = []string{"imagemagick"}
	plan.Build.Env = map[string]string{"SECRET": `a"b$c\`}
	text := dockerfileOf(t, plan)
	for _, want := range []string{
		`cd '/app' && make site\nmake check"]`, "for d in 'public'; do", "install -qy --no-install-recommends imagemagick", `ENV SECRET="a\"b\$c\\"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
}

func TestDockerfileShipsEverythingForAProcfile(t *testing.T) {
	t.Parallel()
	repo := files("package.json", pkg("nuxt", "4", "script:build", "nuxt build"))
	said := manifest.Manifest{Closed: true, Processes: map[string]manifest.Value[paas.Command]{"web": {Value: paas.Command{Line: "npx nuxt preview"}, Source: "Procfile line 1"}}}
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: ".", Manifest: said})
	if err != nil {
		t.Fatal(err)
	}
	if text := dockerfileOf(t, got.Plan); !strings.Contains(text, `COPY --from=build ["/slipway-app","/app"]`) {
		t.Errorf("want the whole app in\n%s", text)
	}
}

func TestDockerfileInstallsOnANearestVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		node, lock string
		want       bool
	}{
		"yarn 1 on another version":       {"12.11.0", "# yarn lockfile v1", true},
		"yarn 1 on the version asked for": {"22", "# yarn lockfile v1", false},
		"yarn 3 has no such setting":      {"12.11.0", "__metadata:\n  version: 6\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := files("package.json", `{"engines": {"node": "`+tt.node+`"}, "scripts": {"start": "node ."}}`, "yarn.lock", tt.lock)
			got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			if text := dockerfileOf(t, got.Plan); strings.Contains(text, "YARN_IGNORE_ENGINES=true") != tt.want {
				t.Errorf("want engines ignored: %v, in\n%s", tt.want, text)
			}
		})
	}
}

func TestDockerfileGivesYarnOnlySettingsItKnows(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lock string
		want bool
	}{
		"yarn 1 is told to bring the bundlers of folders": {"# yarn lockfile v1", true},
		"yarn 4 refuses settings of yarn 1":               {"__metadata:\n  version: 8\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := files("package.json", pkg("script:build", "tsc", "script:start", "node dist/index.js"), "yarn.lock", tt.lock)
			got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			if text := dockerfileOf(t, got.Plan); strings.Contains(text, "YARN_PRODUCTION") != tt.want {
				t.Errorf("want the setting: %v, in\n%s", tt.want, text)
			}
		})
	}
}

func TestLayersBuildOnEachOther(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]paas.Plan{
		"a program": {Version: "22.11.0"},
		"a site":    {Version: "24", Build: paas.BuildSettings{Options: map[string]string{optStatic: "dist"}}},
	} {
		known := map[string]bool{"": true}
		layers := Runtime{}.Layers(plan)
		for _, l := range layers {
			if !known[l.From] || known[l.Name] {
				t.Errorf("%s: %s is on %q, which does not come before it, or comes twice", name, l.Name, l.From)
			}
			known[l.Name] = true
		}
		plan.Build.Options = map[string]string{optStatic: plan.Build.Options[optStatic], optManager: "npm", optTop: ".", optDir: "."}
		if _, err := (Runtime{}).Dockerfile(plan, func(layer string) string {
			if !known[layer] {
				t.Errorf("%s: the Dockerfile uses the layer %q, which is not among its layers", name, layer)
			}
			return layer
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
