package node

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// The frameworks that render on a server. Each function answers for one of them.

// listenEverywhere is read by the servers of Nitro, SvelteKit, Astro and others, which else might take localhost.
var listenEverywhere = map[string]string{"HOST": "0.0.0.0"}

var (
	nextExport     = regexp.MustCompile(`\boutput\s*:\s*['"]export['"]`)
	nextStandalone = regexp.MustCompile(`\boutput\s*:\s*['"]standalone['"]`)
	distDir        = regexp.MustCompile(`\bdistDir\s*:\s*['"]([\w./-]+)['"]`)
	ssrFalse       = regexp.MustCompile(`\bssr\s*:\s*false\b`)
	presetStatic   = regexp.MustCompile(`\bpreset\s*:\s*['"]static['"]`)
)

func next(p *project) (serving, bool) {
	if !p.pkg.has("next") {
		return serving{}, false
	}
	config, build := p.config("next.config"), p.pkg.Scripts["build"]
	dist := submatch(distDir, config, ".next")
	quiet := map[string]string{"NEXT_TELEMETRY_DISABLED": "1"}
	if nextExport.MatchString(config) || strings.Contains(build, "next export") {
		s := site("Next.js", submatch(distDir, config, "out"), "out")
		s.build, s.buildEnv, s.saw = "next build", quiet, []string{"next.config exports static files."}
		return s, true
	}
	s := program(p, "Next.js", "next", "start")
	s.dist = dist
	s.build, s.buildEnv = "next build", quiet
	// Next's standalone server takes the address it listens on from HOSTNAME, which Docker sets to the container's name.
	s.env = map[string]string{"HOSTNAME": "0.0.0.0", "NEXT_TELEMETRY_DISABLED": "1"}
	started := s.command.String()
	if nextStandalone.MatchString(config) && (strings.HasPrefix(started, "next start") || strings.Contains(started, "standalone")) {
		s.command, s.source = paas.Command{Args: []string{"node", "server.js"}}, "next.config output: standalone"
		s.standalone = dist
		s.saw = []string{"next.config asks for the standalone server, which needs no node_modules."}
	} else {
		s.cacheDir = path.Join(dist, "cache")
	}
	return s, true
}

func nuxt(p *project) (serving, bool) {
	sign := p.pkg.hasAny("nuxt", "nuxt3", "nuxt-nightly", "nuxt-edge")
	if sign == "" {
		return serving{}, false
	}
	config := p.config("nuxt.config")
	if spec, _ := p.pkg.spec(sign); strings.HasPrefix(strings.TrimLeft(spec, "^~"), "2") {
		s := program(p, "Nuxt 2", "nuxt", "start")
		s.build, s.env = "nuxt build", listenEverywhere
		return s, true
	}
	if strings.Contains(p.pkg.Scripts["build"], "generate") || presetStatic.MatchString(config) {
		s := site("Nuxt", ".output/public", "dist")
		s.build, s.saw = "nuxt generate", []string{"The build generates static pages."}
		return s, true
	}
	return nitro(p, "Nuxt", "nuxt build"), true
}

// nitro is the serving of everything that Nitro bundles: one folder that needs nothing else.
func nitro(p *project, framework, build string) serving {
	s := serving{
		framework: framework, source: framework, build: build, env: listenEverywhere,
		command: paas.Command{Args: []string{"node", ".output/server/index.mjs"}},
		ship:    []string{".output"},
	}
	if command, source, _, ok := startScript(p); ok && !strings.Contains(command.String(), ".output/") &&
		!strings.Contains(command.String(), "vinxi start") && !strings.Contains(command.String(), "preview") {
		s.command, s.source, s.ship = command, source, nil
	}
	for _, file := range nitroConfigs {
		data, _ := p.repo.Read(path.Join(p.dir, file)) // an absent one names no preset
		if preset := submatch(presetElsewhere, withoutComments(string(data)), ""); preset != "" {
			s.rewrite = "sed -i -E " + runtime.Quote(`s/(preset *: *)["']`+preset+`["']/\1"node-server"/`) + " " + file
			s.warnings = []paas.Warning{{Code: runtime.WarnIgnored,
				Message: fmt.Sprintf("%s names the preset %s, which builds for another platform; this build uses node-server in its place.", file, preset)}}
			break
		}
	}
	return s
}

// nitroConfigs are the files that may name Nitro's preset. What they name counts for more than Nitro's own variable.
var nitroConfigs = []string{"nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs", "app.config.ts", "app.config.js", "app.config.mjs",
	"vite.config.ts", "vite.config.js", "vite.config.mjs", "nitro.config.ts", "nitro.config.js", "nitro.config.mjs"}

// presetElsewhere matches a preset of Nitro whose build runs on one host only. Source: Nitro's documentation, Deploy.
var presetElsewhere = regexp.MustCompile(`\bpreset\s*:\s*['"]((?:vercel|netlify|cloudflare|aws|azure|firebase|deno)[\w-]*)['"]`)

// nitroServer is Nitro without a framework above it.
func nitroServer(p *project) (serving, bool) {
	if p.pkg.hasAny("nitro", "nitropack", "nitro-nightly") == "" || p.config("nitro.config") == "" {
		return serving{}, false
	}
	return nitro(p, "Nitro", "nitro build"), true
}

func solid(p *project) (serving, bool) {
	if !p.pkg.has("@solidjs/start") && !p.pkg.has("solid-start") {
		return serving{}, false
	}
	config := p.config("app.config") + p.config("vite.config")
	if presetStatic.MatchString(config) {
		return site("SolidStart", ".output/public", "dist"), true
	}
	return nitro(p, "SolidStart", "vinxi build"), true
}

func tanstack(p *project) (serving, bool) {
	if p.pkg.hasAny("@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start") == "" {
		return serving{}, false
	}
	config := p.config("vite.config") + p.config("app.config")
	if p.pkg.hasAny("nitro", "nitropack", "nitro-nightly", "vinxi", "@tanstack/nitro-v2-vite-plugin") != "" || strings.Contains(config, "nitro") {
		return nitro(p, "TanStack Start", "vite build"), true
	}
	s := program(p, "TanStack Start")
	s.build = "vite build"
	if s.command.IsZero() || strings.Contains(s.command.String(), "preview") {
		// Without Nitro the build leaves a request handler; srvx, which TanStack's guide names, serves it on Node.js.
		s.command, s.source = paas.Command{Args: []string{"srvx", "--prod", "-s", "../client", "dist/server/server.js"}}, "TanStack Start"
		s.extra = []string{"srvx"}
	}
	s.env = listenEverywhere
	return s, true
}

func remix(p *project) (serving, bool) {
	name := ""
	switch {
	case p.pkg.has("@react-router/dev"):
		name = "React Router"
	case p.pkg.hasAny("@remix-run/dev", "@remix-run/react", "@remix-run/serve") != "":
		name = "Remix"
	default:
		return serving{}, false
	}
	if ssrFalse.MatchString(p.config("react-router.config")) || name == "Remix" && ssrFalse.MatchString(p.config("vite.config")) {
		s := site(name, "build/client")
		s.saw = []string{"The configuration says ssr: false, so the build is static files."}
		return s, true
	}
	s := program(p, name)
	s.build, s.env = "react-router build", listenEverywhere
	server := "build/server/index.js"
	if name == "Remix" {
		s.build = "remix vite:build"
		if p.config("vite.config") == "" {
			s.build, server = "remix build", "build/index.js"
		}
	}
	if s.command.IsZero() {
		serve := map[string]string{"Remix": "remix-serve", "React Router": "react-router-serve"}[name]
		s.command = paas.Command{Args: []string{serve, "./" + server}}
	}
	return s, true
}

var (
	svelteOut     = regexp.MustCompile(`\b(?:out|pages)\s*:\s*['"]([\w./-]+)['"]`)
	svelteAdapter = regexp.MustCompile(`@sveltejs/adapter-([\w-]+)`)
)

func svelteKit(p *project) (serving, bool) {
	if !p.pkg.has("@sveltejs/kit") {
		return serving{}, false
	}
	config := p.config("svelte.config")
	adapter := submatch(svelteAdapter, config+p.config("vite.config"), "auto")
	out := submatch(svelteOut, config, "build")
	if adapter == "static" {
		s := site("SvelteKit", out)
		s.build, s.saw = "vite build", []string{"svelte.config uses adapter-static."}
		return s, true
	}
	s := program(p, "SvelteKit", "node", out)
	s.build = "vite build"
	// adapter-node believes these headers, which the edge always sets; without them every form is refused as cross-site.
	s.env = map[string]string{"HOST": "0.0.0.0", "PROTOCOL_HEADER": "x-forwarded-proto", "HOST_HEADER": "x-forwarded-host"}
	if strings.Contains(s.command.String(), "preview") {
		s.command, s.source = paas.Command{Args: []string{"node", out}}, "SvelteKit"
	}
	if adapter != "node" {
		s.extra = []string{"@sveltejs/adapter-node@" + adapterFor(p)}
		s.rewrite = "sed -i s#@sveltejs/adapter-" + adapter + "#@sveltejs/adapter-node# " + p.first("svelte.config.js", "svelte.config.mjs", "svelte.config.ts", "vite.config.ts", "vite.config.js")
		s.warnings = []paas.Warning{{Code: runtime.WarnIgnored,
			Message: fmt.Sprintf("svelte.config names adapter-%s, which builds for another platform; this build uses adapter-node in its place.", adapter)}}
	}
	return s, true
}

// adapterFor is the major of adapter-node that fits the app's SvelteKit. Source: adapter-node's peer dependencies.
func adapterFor(p *project) string {
	spec, _ := p.pkg.spec("@sveltejs/kit")
	switch strings.TrimLeft(spec, "^~>=v")[:min(1, len(strings.TrimLeft(spec, "^~>=v")))] {
	case "1":
		return "1"
	case "2":
		return "5"
	default:
		return "latest"
	}
}

var astroOutDir = regexp.MustCompile(`\boutDir\s*:\s*['"]([\w./-]+)['"]`)

func astro(p *project) (serving, bool) {
	if !p.pkg.has("astro") {
		return serving{}, false
	}
	config := p.config("astro.config")
	out := submatch(astroOutDir, config, "dist")
	if !strings.Contains(config, "@astrojs/node") {
		s := site("Astro", out)
		s.build = "astro build"
		return s, true
	}
	s := program(p, "Astro", "node", "./"+path.Join(out, "server/entry.mjs"))
	if strings.Contains(s.command.String(), "preview") {
		s.command, s.source = paas.Command{Args: []string{"node", "./" + path.Join(out, "server/entry.mjs")}}, "Astro"
	}
	s.build, s.env = "astro build", listenEverywhere
	s.buildEnv = map[string]string{"ASTRO_TELEMETRY_DISABLED": "1"}
	return s, true
}

func nest(p *project) (serving, bool) {
	if !p.pkg.has("@nestjs/core") {
		return serving{}, false
	}
	s := program(p, "NestJS", "node", "dist/main")
	s.build, s.slim = "nest build", true
	return s, true
}

func submatch(re *regexp.Regexp, text, otherwise string) string {
	if found := re.FindStringSubmatch(text); found != nil {
		return strings.TrimPrefix(found[1], "./")
	}
	return otherwise
}
