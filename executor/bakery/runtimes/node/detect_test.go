package node

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// pkg writes a package.json: "script:NAME" entries become scripts, "dev:NAME" development dependencies, names without a
// prefix dependencies, and "=FIELD" other fields.
func pkg(pairs ...string) string {
	fields := map[string]any{}
	sections := map[string]map[string]string{"scripts": {}, "dependencies": {}, "devDependencies": {}, "engines": {}}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		switch {
		case strings.HasPrefix(name, "script:"):
			sections["scripts"][name[7:]] = value
		case strings.HasPrefix(name, "dev:"):
			sections["devDependencies"][name[4:]] = value
		case strings.HasPrefix(name, "="):
			fields[name[1:]] = value
		default:
			sections["dependencies"][name] = value
		}
	}
	for name, section := range sections {
		if len(section) > 0 {
			fields[name] = section
		}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func files(pairs ...string) fstest.MapFS {
	repo := fstest.MapFS{}
	for i := 0; i+1 < len(pairs); i += 2 {
		repo[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return repo
}

const listens = "const app = require('express')()\napp.listen(process.env.PORT)\n"

func TestDetectOfServers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		repo      fstest.MapFS
		framework string
		start     string
		build     string
	}{
		"Express with a start script":        {files("package.json", pkg("express", "^5", "script:start", "node app.js"), "app.js", listens), "Express", "node app.js", ""},
		"Express with main only":             {files("package.json", pkg("express", "^5", "=main", "lib/run.js"), "lib/run.js", listens), "Express", "node lib/run.js", ""},
		"Express with server.js only":        {files("package.json", pkg("express", "^5"), "server.js", listens), "Express", "node server.js", ""},
		"main without its extension":         {files("package.json", pkg("koa", "^2", "=main", "./run"), "run.js", listens), "Koa", "node run.js", ""},
		"a start script with a variable":     {files("package.json", pkg("fastify", "^5", "script:start", "NODE_ENV=production node app.js")), "Fastify", "NODE_ENV=production node app.js", ""},
		"a start script with steps":          {files("package.json", pkg("koa", "^2", "script:start", "npm run migrate && node app.js")), "Koa", "npm run migrate && node app.js", ""},
		"a start script with a prestart":     {files("package.json", pkg("koa", "^2", "script:start", "node app.js", "script:prestart", "x")), "Koa", "npm run start", ""},
		"nodemon becomes node":               {files("package.json", pkg("express", "^5", "dev:nodemon", "^3", "script:start", "nodemon app.js")), "Express", "node app.js", ""},
		"hapi without a lock":                {files("package.json", pkg("@hapi/hapi", "^21", "script:start", "node .")), "hapi", "node .", ""},
		"TypeScript by tsx":                  {files("package.json", pkg("hono", "^4", "dev:tsx", "^4"), "src/index.ts", "serve(app)"), "Hono", "tsx src/index.ts", ""},
		"TypeScript by ts-node":              {files("package.json", pkg("express", "^4", "ts-node", "^10"), "src/server.ts", listens), "Express", "ts-node src/server.ts", ""},
		"an exported Express app":            {files("package.json", pkg("express", "^5"), "src/index.ts", "const app = express()\nexport default app"), "Express", "node -e 'import('\\''./src/index.ts'\\'').then((m) => m.default.listen(process.env.PORT))'", ""},
		"an exported Elysia app on bun":      {files("package.json", pkg("elysia", "^1"), "bun.lock", "{}", "src/index.ts", "const app = new Elysia()\nexport default app"), "Elysia", "bun -e 'import('\\''./src/index.ts'\\'').then((m) => m.default.listen(process.env.PORT))'", ""},
		"an exported Hono app":               {files("package.json", pkg("hono", "^4"), "src/index.ts", "const app = new Hono()\nexport default app"), "Hono", "srvx --prod src/index.ts", ""},
		"TypeScript by Node.js itself":       {files("package.json", pkg("express", "^4"), "index.ts", listens), "Express", "node index.ts", ""},
		"a file by bun":                      {files("package.json", pkg("hono", "^4"), "bun.lock", "{}", "index.ts", "import { Hono } from 'hono'\nexport default new Hono()"), "Hono", "bun index.ts", ""},
		"a function of Google's":             {files("package.json", pkg("@google-cloud/functions-framework", "^3"), "index.js", ""), "Functions Framework", "functions-framework", ""},
		"TypeScript by tsc":                  {files("package.json", pkg("express", "^4", "dev:typescript", "^5", "script:build", "tsc"), "src/index.ts", listens), "Express", "node dist/index.js", "npm run build"},
		"TypeScript that is only checked":    {files("package.json", pkg("express", "^4", "dev:typescript", "^5", "script:build", "tsc --noEmit"), "src/index.ts", listens), "Express", "node src/index.ts", "npm run build"},
		"TypeScript into another folder":     {files("package.json", pkg("express", "^4", "dev:typescript", "^5", "script:build", "tsc -p ."), "src/index.ts", listens, "tsconfig.json", `{"compilerOptions": {"outDir": "./out" /* here */, "rootDir": "."}}`), "Express", "node out/src/index.js", "npm run build"},
		"TypeScript beside its source":       {files("package.json", pkg("express", "^4", "dev:typescript", "^5", "script:build", "tsc"), "server.ts", listens, "tsconfig.json", `{"compilerOptions": {"strict": true}}`), "Express", "node server.js", "npm run build"},
		"a start in dist without a build":    {files("package.json", pkg("express", "^4", "dev:typescript", "^5", "script:start", "node dist/app.js"), "tsconfig.json", "{}"), "Express", "node dist/app.js", "tsc"},
		"Nest":                               {files("package.json", pkg("@nestjs/core", "^11", "script:start", "nest start", "script:start:prod", "node dist/main", "script:build", "nest build")), "NestJS", "node dist/main", "npm run build"},
		"Next":                               {files("package.json", pkg("next", "^15", "script:start", "next start", "script:build", "next build")), "Next.js", "next start", "npm run build"},
		"Next without scripts":               {files("package.json", pkg("next", "^15")), "Next.js", "next start", "next build"},
		"Next with a server of its own":      {files("package.json", pkg("next", "^15", "script:start", "node server.js")), "Next.js", "node server.js", "next build"},
		"Next standalone":                    {files("package.json", pkg("next", "^15", "script:start", "next start"), "next.config.ts", "export default { output: 'standalone' }"), "Next.js", "node server.js", "next build"},
		"Nuxt":                               {files("package.json", pkg("nuxt", "^4", "script:build", "nuxt build")), "Nuxt", "node .output/server/index.mjs", "npm run build"},
		"Nuxt 2":                             {files("package.json", pkg("nuxt", "^2.15", "script:start", "nuxt start", "script:build", "nuxt build")), "Nuxt 2", "nuxt start", "npm run build"},
		"Remix":                              {files("package.json", pkg("@remix-run/react", "^2", "@remix-run/serve", "^2", "script:start", "remix-serve ./build/server/index.js", "script:build", "remix vite:build")), "Remix", "remix-serve ./build/server/index.js", "npm run build"},
		"React Router without start":         {files("package.json", pkg("react-router", "^7", "dev:@react-router/dev", "^7", "script:build", "react-router build")), "React Router", "react-router-serve ./build/server/index.js", "npm run build"},
		"SvelteKit with adapter-node":        {files("package.json", pkg("dev:@sveltejs/kit", "^2", "dev:@sveltejs/adapter-node", "^5", "script:build", "vite build", "script:preview", "vite preview"), "svelte.config.js", "import adapter from '@sveltejs/adapter-node'; export default { kit: { adapter: adapter({ out: 'srv' }) } }"), "SvelteKit", "node srv", "npm run build"},
		"Astro with a server":                {files("package.json", pkg("astro", "^5", "@astrojs/node", "^9", "script:build", "astro build", "script:start", "astro dev"), "astro.config.mjs", "import node from '@astrojs/node'"), "Astro", "node ./dist/server/entry.mjs", "npm run build"},
		"TanStack Start with Nitro":          {files("package.json", pkg("@tanstack/react-start", "^1", "nitro", "^3", "script:build", "vite build")), "TanStack Start", "node .output/server/index.mjs", "npm run build"},
		"TanStack Start without Nitro":       {files("package.json", pkg("@tanstack/react-start", "^1", "script:build", "vite build")), "TanStack Start", "srvx --prod -s ../client dist/server/server.js", "npm run build"},
		"Nitro alone":                        {files("package.json", pkg("dev:nitropack", "^2", "script:build", "nitro build"), "nitro.config.ts", "export default {}"), "Nitro", "node .output/server/index.mjs", "npm run build"},
		"SolidStart":                         {files("package.json", pkg("@solidjs/start", "^1", "script:build", "vinxi build", "script:start", "vinxi start")), "SolidStart", "node .output/server/index.mjs", "npm run build"},
		"Angular with server rendering":      {files("package.json", pkg("@angular/core", "^20", "express", "^5", "script:start", "ng serve", "script:build", "ng build"), "angular.json", `{"projects":{"shop":{"projectType":"application","architect":{"build":{"options":{"ssr":{"entry":"src/server.ts"}}}}}}}`), "Angular", "node dist/shop/server/server.mjs", "npm run build"},
		"a server that also bundles by Vite": {files("package.json", pkg("express", "^4", "dev:vite", "^6", "script:build", "vite build", "script:start", "node server.js")), "Express", "node server.js", "npm run build"},
		"Google's own build script":          {files("package.json", pkg("polka", "^0.5", "script:build", "x", "script:gcp-build", "tsc -p ."), "tsconfig.json", "{}", "server.ts", listens), "Polka", "node server.js", "npm run gcp-build"},
		"Heroku's own build script":          {files("package.json", pkg("express", "^4", "script:build", "x", "script:heroku-postbuild", "y", "script:start", "node .")), "Express", "node .", "npm run heroku-postbuild"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			start := ""
			if len(got.Plan.Processes) == 1 {
				start = got.Plan.Processes[0].Command.String()
			}
			if got.Score != scoreServer || got.Plan.Framework != tt.framework || start != tt.start || got.Plan.Build.Command != tt.build {
				t.Errorf("got score %d, %q, start %q, build %q; want %d, %q, %q, %q",
					got.Score, got.Plan.Framework, start, got.Plan.Build.Command, scoreServer, tt.framework, tt.start, tt.build)
			}
			if got.Plan.Run.Finishes {
				t.Error("got a program that finishes, want a server")
			}
		})
	}
}

func TestDetectOfSites(t *testing.T) {
	t.Parallel()
	angular := `{"projects":{"shop":{"projectType":"application","architect":{"build":{"options":{"outputPath":"dist/shop"}}}}}}`
	tests := map[string]struct {
		repo      fstest.MapFS
		framework string
		output    string
		build     string
	}{
		"Vite":                                {files("package.json", pkg("react", "^19", "dev:vite", "^7", "script:build", "vite build", "script:dev", "vite", "script:preview", "vite preview")), "Vite", "dist", "npm run build"},
		"Vite with another folder":            {files("package.json", pkg("dev:vite", "^7", "script:build", "vite build"), "vite.config.ts", "export default { root: 'src', build: { outDir: '../site' } }"), "Vite", "site", "npm run build"},
		"Vite with a flag":                    {files("package.json", pkg("dev:vite", "^7", "script:build", "vite build --outDir=www")), "Vite", "www", "npm run build"},
		"Vite whose start is a preview":       {files("package.json", pkg("dev:vite", "^7", "script:build", "vite build", "script:start", "vite preview --port 80")), "Vite", "dist", "npm run build"},
		"Vite whose start is for development": {files("package.json", pkg("dev:vite", "^7", "script:build", "vite build", "script:start", "vite --host")), "Vite", "dist", "npm run build"},
		"a site started by serve":             {files("package.json", pkg("serve", "^14", "dev:vite", "^7", "script:build", "vite build", "script:start", "serve -s dist")), "Vite", "dist", "npm run build"},
		"Create React App":                    {files("package.json", pkg("react-scripts", "5", "script:start", "react-scripts start", "script:build", "react-scripts build")), "Create React App", "build", "npm run build"},
		"Vue CLI":                             {files("package.json", pkg("vue", "3", "dev:@vue/cli-service", "5", "script:serve", "vue-cli-service serve", "script:build", "vue-cli-service build")), "Vue CLI", "dist", "npm run build"},
		"Angular":                             {files("package.json", pkg("@angular/core", "20", "script:start", "ng serve", "script:build", "ng build"), "angular.json", angular), "Angular", "dist/shop/browser", "npm run build"},
		"Gatsby":                              {files("package.json", pkg("gatsby", "5", "script:start", "gatsby develop", "script:build", "gatsby build")), "Gatsby", "public", "npm run build"},
		"Docusaurus":                          {files("package.json", pkg("@docusaurus/core", "3", "script:start", "docusaurus start", "script:build", "docusaurus build")), "Docusaurus", "build", "npm run build"},
		"VitePress":                           {files("package.json", pkg("dev:vitepress", "1", "script:docs:build", "vitepress build docs")), "VitePress", ".vitepress/dist", "npm run docs:build"},
		"Eleventy without scripts":            {files("package.json", pkg("dev:@11ty/eleventy", "3")), "Eleventy", "_site", "eleventy"},
		"Astro":                               {files("package.json", pkg("astro", "5", "script:start", "astro dev", "script:build", "astro build")), "Astro", "dist", "npm run build"},
		"a Next export":                       {files("package.json", pkg("next", "15", "script:build", "next build", "script:start", "next start"), "next.config.mjs", "export default { output: 'export' }"), "Next.js", "out", "npm run build"},
		"a commented-out export is none":      {files("package.json", pkg("dev:vite", "7", "script:build", "vite build"), "vite.config.js", "// build: { outDir: 'no' }"), "Vite", "dist", "npm run build"},
		"Nuxt that generates":                 {files("package.json", pkg("nuxt", "3", "script:build", "nuxt generate")), "Nuxt", ".output/public", "npm run build"},
		"SvelteKit with adapter-static":       {files("package.json", pkg("dev:@sveltejs/kit", "2", "script:build", "vite build"), "svelte.config.js", "import a from '@sveltejs/adapter-static'"), "SvelteKit", "build", "npm run build"},
		"React Router without a server":       {files("package.json", pkg("dev:@react-router/dev", "7", "script:build", "react-router build"), "react-router.config.ts", "export default { ssr: false }"), "React Router", "build/client", "npm run build"},
		"a start that runs the server for development": {files("package.json", pkg("umi", "4", "script:start", "npm run dev", "script:dev", "umi dev", "script:build", "umi build")), "Umi", "dist", "npm run build"},
		"Parcel whose start is for development":        {files("package.json", pkg("dev:parcel", "2", "script:start", "parcel", "script:build", "parcel build index.html")), "Parcel", "dist", "npm run build"},
		"Ember":                                        {files("package.json", pkg("dev:ember-cli", "6", "script:start", "ember serve", "script:build", "ember build")), "Ember", "dist", "npm run build"},
		"webpack":                                      {files("package.json", pkg("dev:webpack", "5", "script:start", "webpack serve", "script:build", "webpack")), "webpack", "dist", "npm run build"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			p := got.Plan
			if got.Score < scoreUsual || p.Framework != tt.framework || p.Build.Output != tt.output || p.Build.Command != tt.build {
				t.Errorf("got score %d, %q, output %q, build %q; want %q, %q, %q", got.Score, p.Framework, p.Build.Output, p.Build.Command, tt.framework, tt.output, tt.build)
			}
			if len(p.Processes) != 1 || !p.Processes[0].Command.IsZero() {
				t.Errorf("got %+v, want the image's own file server", p.Processes)
			}
		})
	}
}

func TestDetectOfWhatSourcesShow(t *testing.T) {
	t.Parallel()
	start := []string{"express", "^5", "script:start", "node app.js"}
	tests := map[string]struct {
		source string
		deps   []string
		want   paas.RunSettings
	}{
		"a server that reads PORT":           {"app.listen(process.env.PORT || 3000)", start, paas.RunSettings{}},
		"a written port":                     {"app.listen(3000)", start, paas.RunSettings{Port: 3000}},
		"a written port by name":             {"const port = 4000;\napp.listen(port, () => {})", start, paas.RunSettings{Port: 4000}},
		"a commented-out port":               {"// app.listen(3000)\napp.listen(process.env.PORT)", start, paas.RunSettings{}},
		"a port taken from the environment":  {"const { PORT = 3000 } = process.env\napp.listen(PORT)", start, paas.RunSettings{}},
		"hapi's written port":                {"const s = Hapi.server({ host: '0.0.0.0', port: 3100 })", []string{"@hapi/hapi", "21", "script:start", "node app.js"}, paas.RunSettings{Port: 3100}},
		"a port on the command line":         {"", []string{"next", "15", "script:start", "next start -p 4321"}, paas.RunSettings{Port: 4321}},
		"an app that writes files":           {"app.listen(process.env.PORT); fs.writeFileSync('x', '')", start, paas.RunSettings{WritableRoot: true}},
		"an embedded database":               {"app.listen(process.env.PORT)", append(slices.Clone(start), "better-sqlite3", "11"), paas.RunSettings{WritableRoot: true}},
		"a program that prints":              {"console.log('hello')", []string{"chalk", "5", "script:start", "node app.js"}, paas.RunSettings{Finishes: true}},
		"a program that a dependency brings": {"", []string{"some-server", "1", "script:start", "some-server start"}, paas.RunSettings{}},
		"a server package that nothing uses": {"console.log('hello')", start, paas.RunSettings{Finishes: true}},
		"a server package used elsewhere":    {"import app from 'express'; start(app)", start, paas.RunSettings{}},
		"a start file that is nowhere":       {"console.log('hello')", []string{"express", "^5", "script:start", "node other.js"}, paas.RunSettings{}},
		"a server in a folder beside":        {"", []string{"script:start", "npm start --prefix api"}, paas.RunSettings{}},
		"a server of Node.js's own":          {"require('http').createServer(f).listen(process.env.PORT)", []string{"script:start", "node app.js"}, paas.RunSettings{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: files("package.json", pkg(tt.deps...), "app.js", tt.source, "api/package.json", pkg("express", "5")), Root: "."})
			if err != nil || got.Plan.Run != tt.want {
				t.Errorf("got %+v, %v; want %+v", got.Plan.Run, err, tt.want)
			}
		})
	}
}

func TestDetectOfServersOnLocalhost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, source string
		want         bool
	}{
		"Express on every address":       {"express", "app.listen(process.env.PORT)", false},
		"Express on localhost":           {"express", "app.listen(process.env.PORT, 'localhost', ready)", true},
		"hapi on localhost":              {"@hapi/hapi", "Hapi.server({ port: 3000, host: 'localhost' })", true},
		"Fastify without a host":         {"fastify", "app.listen({ port: process.env.PORT })", true},
		"Fastify on every address":       {"fastify", "app.listen({ port: process.env.PORT, host: '0.0.0.0' })", false},
		"an address in another sentence": {"express", "app.listen(process.env.PORT); fetch('http://localhost')", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := files("package.json", pkg(tt.name, "5", "script:start", "node app.js"), "app.js", tt.source)
			got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
			if err != nil {
				t.Fatal(err)
			}
			moved := strings.Contains(dockerfileOf(t, got.Plan), "NODE_OPTIONS")
			if warned := slices.ContainsFunc(got.Plan.Warnings, codeIs(runtime.WarnIgnored)); moved != tt.want || warned != tt.want {
				t.Errorf("got moved %v and warned %v, want %v", moved, warned, tt.want)
			}
		})
	}
}

func TestDetectScores(t *testing.T) {
	t.Parallel()
	procfile := manifest.Manifest{Closed: true, Processes: map[string]manifest.Value[paas.Command]{"web": {Value: paas.Command{Line: "node x"}, Source: "Procfile line 1"}}}
	tests := map[string]struct {
		tree runtime.Tree
		want int
	}{
		"a server":                     {runtime.Tree{Repo: files("package.json", pkg("express", "5", "script:start", "node x"))}, scoreServer},
		"a script that prints":         {runtime.Tree{Repo: files("package.json", pkg("script:start", "node x.js"))}, scoreUsual},
		"index.js alone":               {runtime.Tree{Repo: files("index.js", "")}, scoreStray},
		"tools beside another app":     {runtime.Tree{Repo: files("package.json", pkg("dev:tailwindcss", "4", "script:css", "tailwindcss"))}, 0},
		"a Procfile and dependencies":  {runtime.Tree{Repo: files("package.json", pkg("left-pad", "1")), Manifest: procfile}, scoreUsual},
		"nothing":                      {runtime.Tree{Repo: files("README.md", "")}, 0},
		"a chosen runtime and nothing": {runtime.Tree{Repo: files("package.json", "{}"), Chosen: true}, scoreUsual - 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.tree.Root = "."
			got, err := Runtime{}.Detect(tt.tree)
			if err != nil || got.Score != tt.want {
				t.Errorf("got %d (%s), %v; want %d", got.Score, got.Note, err, tt.want)
			}
		})
	}
}

func TestDetectNamesTheLineOfABrokenPackage(t *testing.T) {
	t.Parallel()
	_, err := Runtime{}.Detect(runtime.Tree{Repo: files("api/package.json", "{\n  \"name\": \"x\",\n}"), Root: "api"})
	if paas.KindOf(err) != paas.Invalid || !strings.Contains(err.Error(), "api/package.json line 3 is not JSON") {
		t.Errorf("got %v, want the file and its line", err)
	}
}

func TestDetectOfNitroBuiltForAnotherHost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		repo fstest.MapFS
		want string
	}{
		"SolidStart for Vercel": {files("package.json", pkg("@solidjs/start", "^1"), "app.config.ts", `export default defineConfig({ server: { preset: "vercel" } })`),
			`sed -i -E 's/(preset *: *)["'\'']vercel["'\'']/\1"node-server"/' app.config.ts`},
		"Nuxt for Cloudflare": {files("package.json", pkg("nuxt", "^4"), "nuxt.config.ts", `export default { nitro: { preset: 'cloudflare_module' } }`),
			`sed -i -E 's/(preset *: *)["'\'']cloudflare_module["'\'']/\1"node-server"/' nuxt.config.ts`},
		"Nuxt for Node.js": {files("package.json", pkg("nuxt", "^4"), "nuxt.config.ts", `export default { nitro: { preset: 'node-server' } }`), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(runtime.Tree{Repo: tt.repo, Root: "."})
			warned := slices.ContainsFunc(got.Plan.Warnings, codeIs(runtime.WarnIgnored))
			if rewrite := got.Plan.Build.Options[optRewrite]; err != nil || rewrite != tt.want || warned != (tt.want != "") {
				t.Errorf("got rewrite %q, warned %v, %v; want %q", rewrite, warned, err, tt.want)
			}
		})
	}
}
