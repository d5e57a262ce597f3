package node

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

// lockOf writes a package-lock.json that holds the packages of these names and versions.
func lockOf(namesAndVersions ...string) string {
	packages := map[string]any{"": map[string]any{}}
	for i := 0; i+1 < len(namesAndVersions); i += 2 {
		packages["node_modules/"+namesAndVersions[i]] = map[string]any{"version": namesAndVersions[i+1]}
	}
	data, err := json.Marshal(map[string]any{"lockfileVersion": 3, "packages": packages})
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestALockThatDoesNotFitIsSaid(t *testing.T) {
	t.Parallel()
	lock := func(entries string) string { return `{"lockfileVersion": 3, "packages": {` + entries + `}}` }
	tests := map[string]struct {
		pkg, lock string
		want      string // in the warning; "" when the lock fits
	}{
		"it fits":                          {pkg("a", "^1.2.0", "dev:b", "~2"), lockOf("a", "1.9.0", "b", "2.0.1"), ""},
		"a package is missing":             {pkg("a", "1", "b", "^2"), lockOf("a", "1.0.0"), "it lacks b ^2, which package.json asks for"},
		"a development package is missing": {pkg("dev:b", "2"), lockOf(), "it lacks b 2"},
		"a version is another":             {pkg("a", "^2"), lockOf("a", "1.0.0"), "it has a 1.0.0, where package.json asks for ^2"},
		"tags and addresses are believed":  {pkg("a", "latest", "b", "github:x/b", "c", "npm:d@^1"), lockOf("a", "9.0.0", "b", "1.0.0", "c", "1.1.0"), ""},
		"a range of words is believed":     {pkg("a", "workspace:^"), lockOf("a", "1.0.0"), ""},
		"a preview is believed":            {pkg("a", "^2.0.0-rc.1"), lockOf("a", "2.0.0-rc.4"), ""},
		"a dependency of a dependency is missing": {pkg("a", "1"),
			lock(`"node_modules/@x/a": {"version": "1.0.0", "optionalDependencies": {"b": "3"}}, "node_modules/a": {"version": "1.0.0"}`), "it lacks b 3, which @x/a asks for"},
		"a copy of its own counts": {pkg("a", "1"),
			lock(`"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "3"}}, "node_modules/a/node_modules/b": {"version": "3.0.0"}`), ""},
		"what comes in the archive counts": {pkg("a", "1"),
			lock(`"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "3"}, "bundleDependencies": ["b"]}`), ""},
		"a peer is missing": {pkg("a", "1"), lock(`"node_modules/a": {"version": "1.0.0", "peerDependencies": {"b": "3"}}`), "it lacks b 3"},
		"a peer nobody must have": {pkg("a", "1"),
			lock(`"node_modules/a": {"version": "1.0.0", "peerDependencies": {"b": "3"}, "peerDependenciesMeta": {"b": {"optional": true}}}`), ""},
		"overrides decide":         {`{"dependencies": {"a": "1"}, "overrides": {"a": "2"}, "scripts": {"start": "node ."}}`, lockOf("a", "2.0.0"), ""},
		"a lock of npm 6":          {pkg("a", "^1"), `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.1.0"}}}`, ""},
		"an old lock of npm 6":     {pkg("a", "^2"), `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.1.0"}}}`, "it has a 1.1.0"},
		"a lock without a version": {pkg("a", "1"), "{}", "it has no lockfileVersion"},
		"a lock with a conflict":   {pkg("a", "1"), "<<<<<<< HEAD", "it is not JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := files("package.json", tt.pkg, "package-lock.json", tt.lock, "server.js", listens)
			got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, w := range got.Plan.Warnings {
				if w.Code == runtime.WarnUnfitLock {
					said = w.Message
				}
			}
			install := map[bool]string{true: "npm ci", false: "npm install"}[tt.want == ""]
			if (said == "") != (tt.want == "") || !strings.Contains(said, tt.want) || got.Plan.Build.Install != install {
				t.Errorf("got %q and %q, want %q and %q", said, got.Plan.Build.Install, tt.want, install)
			}
		})
	}
}

func TestAYarnLockThatDoesNotFitIsSaid(t *testing.T) {
	t.Parallel()
	const header = "# yarn lockfile v1\n\n\n"
	tests := map[string]struct {
		pkg, lock string
		want      string // in the warning; "" when the lock fits
	}{
		"it fits": {pkg("a", "^1.2.0", "@x/b", "~2", "dev:c", "latest"),
			header + "\"@x/b@^1\", \"@x/b@~2\":\n  version \"2.0.0\"\n  dependencies:\n    d \"^3\"\n\na@^1.2.0:\n  version \"1.9.0\"\n\nc@latest:\n  version \"4.0.0\"\n", ""},
		"a package is missing":      {pkg("a", "1", "b", "^2"), header + "a@1:\n  version \"1.0.0\"\n", "it lacks b ^2, which package.json asks for. A frozen install would refuse it, so yarn install is used"},
		"another range is asked":    {pkg("a", "^2"), header + "a@^1:\n  version \"1.0.0\"\n", "it lacks a ^2"},
		"one below another is none": {pkg("d", "^3"), header + "a@^1:\n  version \"1.0.0\"\n  dependencies:\n    d \"^3\"\n", "it lacks d ^3"},
		"a link is not locked":      {pkg("a", "link:../a"), header, ""},
		"resolutions decide":        {`{"dependencies": {"a": "1"}, "resolutions": {"a": "2"}, "scripts": {"start": "node ."}}`, header, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: files("package.json", tt.pkg, "yarn.lock", tt.lock, "server.js", listens), Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, w := range got.Plan.Warnings {
				if w.Code == runtime.WarnUnfitLock {
					said = w.Message
				}
			}
			if (said != "") != (tt.want != "") || !strings.Contains(said, tt.want) {
				t.Errorf("the warning is %q, want %q in it", said, tt.want)
			}
		})
	}
}

func TestALockOfAWorkspaceKnowsItsPackages(t *testing.T) {
	t.Parallel()
	links := `"node_modules/@x/model": {"resolved": "packages/model", "link": true}, "node_modules/@x/base": {"resolved": "packages/base", "link": true},
		"node_modules/vite": {"version": "7.1.0"}`
	fits := monorepo("package-lock.json", `{"lockfileVersion": 3, "packages": {`+links+`, "apps/api/node_modules/express": {"version": "5.1.0"}}}`)
	lacks := monorepo("package-lock.json", `{"lockfileVersion": 3, "packages": {`+links+`}}`)
	for want, repo := range map[bool]runtime.Tree{false: {Repo: fits, Root: "apps/api"}, true: {Repo: lacks, Root: "apps/admin"}} {
		got, err := Runtime{}.Detect(repo)
		if warned := slices.ContainsFunc(got.Plan.Warnings, codeIs(runtime.WarnUnfitLock)); err != nil || warned != want {
			t.Errorf("got %v, %v; want a warning %v", got.Plan.Warnings, err, want)
		}
	}
}
