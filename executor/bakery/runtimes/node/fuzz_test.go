package node

import (
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// FuzzDetect feeds whatever a repository may hold: the answer is a plan whose Dockerfile can be written, or an error
// for the person.
func FuzzDetect(f *testing.F) {
	f.Add(pkg("next", "15", "script:start", "next start -p 99999"), "module.exports = {output: 'standalone', distDir: '../x'}", "lockfileVersion: '9.0'", "lts/*")
	f.Add(pkg("=packageManager", "yarn@"), "", "__metadata:\n  version: 99\n", "")
	f.Add(`{"workspaces": ["**", "!x"], "volta": {"node": ">="}, "engines": 3}`, "", "", "v")
	f.Add(pkg("dev:@sveltejs/kit", "~"), "", "", "18 || ")
	f.Fuzz(func(t *testing.T, manifest, config, lock, version string) {
		repo := files("package.json", manifest, "next.config.js", config, "vite.config.ts", config, "svelte.config.js", config,
			"angular.json", config, "app.js", config, "pnpm-lock.yaml", lock, "pnpm-workspace.yaml", lock, ".nvmrc", version, "a/package.json", manifest)
		got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
		if err != nil {
			if paas.KindOf(err) != paas.Invalid {
				t.Fatalf("%v is not an error for the person", err)
			}
			return
		}
		if got.Score == 0 {
			return
		}
		text, err := Runtime{}.Dockerfile(got.Plan, func(layer string) string { return layer })
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			instruction, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch instruction {
			case "", "FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "CMD":
			default:
				t.Fatalf("the Dockerfile has a line of its own making: %q", line)
			}
		}
	})
}
