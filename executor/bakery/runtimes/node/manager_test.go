package node

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

func codeIs(code string) func(paas.Warning) bool {
	return func(w paas.Warning) bool { return w.Code == code }
}

func TestPackageManager(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		repo    fstest.MapFS
		brings  string // npm package of the manager
		install string
	}{
		"no lock file":                       {files("package.json", `{"scripts": {"start": "node ."}}`), "", "npm install"},
		"npm's lock":                         {files("package.json", `{"scripts": {"start": "node ."}}`, "package-lock.json", lockOf()), "", "npm ci"},
		"npm's lock that does not fit":       {files("package.json", `{"dependencies": {"a": "1"}, "scripts": {"start": "node ."}}`, "package-lock.json", lockOf()), "", "npm install"},
		"npm's shrinkwrap":                   {files("package.json", `{"scripts": {"start": "node ."}}`, "npm-shrinkwrap.json", lockOf()), "", "npm ci"},
		"an exact npm":                       {files("package.json", `{"packageManager": "npm@10.2.0", "scripts": {"start": "node ."}}`, "package-lock.json", lockOf()), "npm@10.2.0", "npm ci"},
		"yarn 1's lock":                      {files("package.json", `{"scripts": {"start": "node ."}}`, "yarn.lock", "# yarn lockfile v1\n"), "yarn@1", "yarn install --frozen-lockfile"},
		"yarn 3's lock":                      {files("package.json", `{"scripts": {"start": "node ."}}`, "yarn.lock", "__metadata:\n  version: 6\n"), "@yarnpkg/cli-dist@3", "yarn install --immutable"},
		"yarn 4's lock":                      {files("package.json", `{"scripts": {"start": "node ."}}`, "yarn.lock", "__metadata:\n  version: 8\n"), "@yarnpkg/cli-dist@4", "yarn install --immutable"},
		"an exact yarn 4":                    {files("package.json", `{"packageManager": "yarn@4.5.0", "scripts": {"start": "node ."}}`, "yarn.lock", ""), "@yarnpkg/cli-dist@4.5.0", "yarn install --immutable"},
		"an exact yarn 1":                    {files("package.json", `{"packageManager": "yarn@1.22.19", "scripts": {"start": "node ."}}`, "yarn.lock", ""), "yarn@1.22.19", "yarn install --frozen-lockfile"},
		"pnpm's lock of today":               {files("package.json", `{"scripts": {"start": "node ."}}`, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n"), "pnpm@10", "pnpm install --frozen-lockfile"},
		"pnpm's lock of old":                 {files("package.json", `{"scripts": {"start": "node ."}}`, "pnpm-lock.yaml", "lockfileVersion: 5.4\n"), "pnpm@7", "pnpm install --frozen-lockfile"},
		"an exact pnpm with its hash":        {files("package.json", `{"packageManager": "pnpm@9.1.0+sha512.abc", "scripts": {"start": "node ."}}`, "pnpm-lock.yaml", ""), "pnpm@9.1.0", "pnpm install --frozen-lockfile"},
		"the field against another's lock":   {files("package.json", `{"packageManager": "pnpm@9.1.0", "scripts": {"start": "node ."}}`, "yarn.lock", ""), "pnpm@9.1.0", "pnpm install --no-frozen-lockfile"},
		"Volta's pin":                        {files("package.json", `{"volta": {"yarn": "1.22.1"}, "scripts": {"start": "node ."}}`, "yarn.lock", ""), "yarn@1.22.1", "yarn install --frozen-lockfile"},
		"engines":                            {files("package.json", `{"engines": {"pnpm": "^9"}, "scripts": {"start": "node ."}}`, "pnpm-lock.yaml", ""), "pnpm@^9", "pnpm install --frozen-lockfile"},
		"engines that are no simple version": {files("package.json", `{"engines": {"pnpm": ">=8; rm -rf /"}, "scripts": {"start": "node ."}}`, "pnpm-lock.yaml", ""), "pnpm@10", "pnpm install --frozen-lockfile"},
		"engines without a lock":             {files("package.json", `{"engines": {"pnpm": "8.15.9"}, "scripts": {"start": "node ."}}`), "pnpm@8.15.9", "pnpm install --no-frozen-lockfile"},
		"a newer pnpm than the lock needs":   {files("package.json", `{"engines": {"pnpm": ">=11"}, "scripts": {"start": "node ."}}`, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n"), "pnpm@11", "pnpm install --frozen-lockfile"},
		"npm in engines is npm's own":        {files("package.json", `{"engines": {"npm": ">=9"}, "scripts": {"start": "node ."}}`), "", "npm install"},
		"devEngines":                         {files("package.json", `{"devEngines": {"packageManager": {"name": "pnpm", "version": "^9"}}, "scripts": {"start": "node ."}}`), "pnpm@^9", "pnpm install --no-frozen-lockfile"},
		"mise's tools":                       {files("package.json", `{"scripts": {"start": "node ."}}`, "mise.toml", "[tools]\nnode = '22'\npnpm = '9.1.0'\n", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n"), "pnpm@9.1.0", "pnpm install --frozen-lockfile"},
		"a script that runs by bun":          {files("package.json", `{"scripts": {"start": "bun app.ts"}}`, "package-lock.json", lockOf()), "bun@1", "npm ci"},
		"bun's lock":                         {files("package.json", `{"scripts": {"start": "node ."}}`, "bun.lock", "{}"), "bun@1", "bun install --frozen-lockfile"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			if brings := got.Plan.Build.Options[optPackage]; brings != tt.brings || got.Plan.Build.Install != tt.install {
				t.Errorf("got %q and %q, want %q and %q", brings, got.Plan.Build.Install, tt.brings, tt.install)
			}
		})
	}
}

func TestPackageManagerRefuses(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{"pnpm@$(id)": "not a name and a version", "cargo@1.0.0": "not \"cargo\""} {
		_, err := Runtime{}.Detect(runtime.Tree{Repo: files("package.json", pkg("=packageManager", field)), Root: "."})
		if err == nil || paas.KindOf(err) != paas.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", field, err, want)
		}
	}
}

func TestWhatAnInstallNeeds(t *testing.T) {
	t.Parallel()
	alone := func(deps ...string) fstest.MapFS {
		return files("package.json", pkg(append(deps, "script:start", "node .")...), "package-lock.json", lockOf(), ".npmrc", "", "patches/a.patch", "", "app.js", "")
	}
	tests := map[string]struct {
		repo fstest.MapFS
		want []string
	}{
		"its manifests":                    {alone("express", "5"), []string{"package.json", "package-lock.json", ".npmrc", "patches"}},
		"git hooks need nothing":           {alone("script:prepare", "husky"), []string{"package.json", "package-lock.json", ".npmrc", "patches"}},
		"a postinstall needs the sources":  {alone("script:postinstall", "node setup.js"), []string{optAll}},
		"a package from a folder needs it": {alone("mine", "file:./mine"), []string{optAll}},
		"a native module of its own":       {files("package.json", pkg("script:start", "node ."), "binding.gyp", "{}"), []string{optAll}},
		"Prisma needs its schema":          {alone("@prisma/client", "6"), []string{optAll}},
		"a workspace needs every package.json": {monorepo(), []string{"package.json", "package-lock.json", "apps/admin/package.json", "apps/api/package.json",
			"packages/base/package.json", "packages/model/package.json", "packages/unused/package.json"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			if files := strings.Split(got.Plan.Build.Options[optManifests], "\n"); err != nil || !slices.Equal(files, tt.want) {
				t.Errorf("got %v, %v; want %v", files, err, tt.want)
			}
		})
	}
}

func TestDevelopmentDependenciesGoOnlyWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	lock := []string{"package-lock.json", lockOf(), "app.js", listens}
	tests := map[string]struct {
		pkg  string
		repo []string
		want bool
	}{
		"a plain server":                  {pkg("express", "5", "dev:eslint", "9", "script:start", "node app.js"), lock, true},
		"nothing to remove":               {pkg("express", "5", "script:start", "node app.js"), lock, false},
		"no lock file":                    {pkg("express", "5", "dev:eslint", "9", "script:start", "node app.js"), nil, false},
		"a runner that is one of them":    {pkg("express", "5", "dev:tsx", "4", "script:start", "tsx app.ts"), lock, false},
		"a start that runs other scripts": {pkg("express", "5", "dev:eslint", "9", "script:start", "npm run serve"), lock, false},
		"a source that uses one of them":  {pkg("koa", "2", "dev:express", "5", "script:start", "node app.js"), lock, false},
		"a framework that may need any":   {pkg("next", "15", "dev:typescript", "5", "script:start", "next start"), lock, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: files(append([]string{"package.json", tt.pkg}, tt.repo...)...), Root: "."})
			if prunes := got.Plan.Build.Options[optPrune] != ""; err != nil || prunes != tt.want {
				t.Errorf("got %v, %v; want %v", prunes, err, tt.want)
			}
		})
	}
}
