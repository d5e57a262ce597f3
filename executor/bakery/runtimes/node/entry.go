package node

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// serverPackages are packages whose presence means that the app answers requests, with their names for people.
var serverPackages = []struct{ name, title string }{
	{"express", "Express"}, {"fastify", "Fastify"}, {"koa", "Koa"}, {"@hapi/hapi", "hapi"}, {"hapi", "hapi"},
	{"hono", "Hono"}, {"h3", "h3"}, {"restify", "Restify"}, {"polka", "Polka"}, {"@feathersjs/feathers", "Feathers"},
	{"@adonisjs/core", "AdonisJS"}, {"sails", "Sails"}, {"@loopback/rest", "LoopBack"}, {"@strapi/strapi", "Strapi"},
	{"payload", "Payload"}, {"@keystone-6/core", "Keystone"}, {"directus", "Directus"}, {"@apollo/server", "Apollo Server"},
	{"apollo-server", "Apollo Server"}, {"graphql-yoga", "GraphQL Yoga"}, {"moleculer-web", "Moleculer"}, {"micro", "Micro"},
	{"socket.io", "Socket.IO"}, {"ws", "ws"}, {"json-server", "JSON Server"}, {"http-server", "http-server"}, {"serve", "serve"},
	{"probot", "Probot"}, {"parse-server", "Parse Server"}, {"node-red", "Node-RED"}, {"@tinyhttp/app", "tinyhttp"}, {"connect", "Connect"},
	{"@google-cloud/functions-framework", "Functions Framework"}, {"@mastra/core", "Mastra"}, {"xmcp", "xmcp"}, {"elysia", "Elysia"}, {"uWebSockets.js", "µWebSockets"}, {"fastify-cli", "Fastify"},
}

// serverPackage is the title of the first server package the app itself depends on; "" when there is none.
func (p *project) serverPackage() string {
	for _, s := range serverPackages {
		if _, ok := p.pkg.Dependencies[s.name]; ok {
			return s.title
		}
	}
	return ""
}

// built matches the folders that a build writes what it made of a source to.
var built = regexp.MustCompile(`^\./|^(dist|build|lib|out)/`)

// neverServes reports whether the file that a command runs is among the sources, or was made of one of them, and none of
// the sources uses a server package: then depending on one does not make the app a server.
func (p *project) neverServes(command paas.Command) bool {
	words := strings.Fields(command.String())
	if len(words) == 0 {
		return false
	}
	stem := func(file string) string {
		file = strings.TrimPrefix(built.ReplaceAllString(built.ReplaceAllString(file, ""), ""), "src/")
		return strings.TrimSuffix(file, path.Ext(file))
	}
	seen := false
	for _, f := range p.sources() {
		for _, s := range serverPackages {
			if strings.Contains(f.text, "'"+s.name+"'") || strings.Contains(f.text, `"`+s.name+`"`) {
				return false
			}
		}
		seen = seen || stem(f.name) == stem(words[len(words)-1])
	}
	return seen
}

// entryNames are tried when nothing says how the app starts, as Heroku and most hosts do.
var entryNames = []string{"server", "app", "index", "main", "src/server", "src/app", "src/index", "src/main"}

// entry is the file the app starts with: package.json's main, or a file of a usual name; "" when there is none.
func (p *project) entry() string {
	if main := strings.TrimPrefix(p.pkg.Main, "./"); main != "" {
		if found := p.first(main, main+".js", main+"/index.js"); found != "" {
			return found
		}
		if _, builds := p.pkg.Scripts["build"]; builds && !path.IsAbs(main) && !strings.HasPrefix(path.Clean(main), "..") {
			return path.Clean(main) // the build makes it
		}
	}
	for _, extension := range []string{".js", ".mjs", ".cjs", ".ts", ".mts"} {
		for _, name := range entryNames {
			if p.first(name+extension) != "" {
				return name + extension
			}
		}
	}
	return ""
}

// stripsTypes is the first release that runs TypeScript without a flag. Source: Node.js's own change log.
var stripsTypes = semver.MustParse("22.18.0")

// runEntry starts a file, a TypeScript one by the runner the app has, or by Node.js itself.
func (p *project) runEntry(file, version string) paas.Command {
	if p.manager.name == "bun" {
		return paas.Command{Args: []string{"bun", file}}
	}
	if !strings.HasSuffix(file, "ts") {
		return paas.Command{Args: []string{"node", file}}
	}
	switch v, err := semver.NewVersion(version); {
	case p.has("tsx"):
		return paas.Command{Args: []string{"tsx", file}}
	case p.has("ts-node"):
		return paas.Command{Args: []string{"ts-node", file}}
	case err == nil && strings.Contains(version, ".") && v.LessThan(stripsTypes):
		return paas.Command{Args: []string{"node", "--experimental-strip-types", file}}
	default:
		return paas.Command{Args: []string{"node", file}}
	}
}

var (
	tscOutDir  = regexp.MustCompile(`"outDir"\s*:\s*"([\w./-]+)"`)
	tscRootDir = regexp.MustCompile(`"rootDir"\s*:\s*"\.?/?"`)
	tscNothing = regexp.MustCompile(`"noEmit"\s*:\s*true`)
)

// compiled is what the build makes of a TypeScript file: by the usual layout src/index.ts becomes dist/index.js. It is the
// file itself where tsc only checks.
func (p *project) compiled(file string) string {
	build := p.pkg.Scripts[p.pkg.buildScript()]
	data, _ := p.repo.Read(path.Join(p.dir, "tsconfig.json")) // an absent one says nothing
	config := withoutComments(string(data))
	if !strings.Contains(build, "tsc") || strings.Contains(build, "noEmit") || tscNothing.MatchString(config) {
		return file
	}
	out := submatch(tscOutDir, config, "dist")
	if config != "" && !strings.Contains(config, `"outDir"`) && !strings.Contains(config, `"extends"`) && !strings.Contains(build, "outDir") {
		out = "" // tsc writes beside the source
	}
	if out != "" && !tscRootDir.MatchString(config) {
		file = strings.TrimPrefix(file, "src/")
	}
	file = path.Join(out, file)
	return strings.TrimSuffix(strings.TrimSuffix(file, "ts"), "m") + map[bool]string{true: "mjs", false: "js"}[strings.HasSuffix(file, ".mts")]
}

// exportsApp matches a module that hands an app to whoever loads it.
var exportsApp = regexp.MustCompile(`\bexport\s+default\b|\bas\s+default\b|\bmodule\.exports\s*=`)

// exported serves an app that its entry only exports, as some hosts ask for, when nothing in its sources listens.
func (p *project) exported(entry string, s serving) (serving, bool) {
	data, ok := p.repo.Read(path.Join(p.dir, entry))
	if !ok || !exportsApp.MatchString(withoutComments(string(data))) || look(p.sources(), false).listens != "" {
		return s, false
	}
	bun := p.manager.name == "bun"
	switch framework := s.framework; {
	case bun && (framework == "Hono" || framework == "h3"):
		return s, false // bun serves such a module by itself
	case slices.Contains([]string{"Express", "Koa", "Fastify", "Connect"}, framework), bun && framework == "Elysia":
		runner := map[bool]string{true: "bun", false: "node"}[bun]
		options := "process.env.PORT"
		if framework == "Fastify" {
			options = "{ port: process.env.PORT, host: '0.0.0.0' }"
		}
		s.command = paas.Command{Args: []string{runner, "-e", "import('./" + entry + "').then((m) => m.default.listen(" + options + "))"}}
	case slices.Contains([]string{"Hono", "h3", "Elysia"}, framework):
		s.command, s.extra, s.env = paas.Command{Args: []string{"srvx", "--prod", entry}}, []string{"srvx"}, listenEverywhere
	default:
		return s, false
	}
	s.saw = append(s.saw, entry+" exports the app and nothing listens, so the start command does.")
	return s, true
}

// plainProgram is the serving of an app without a framework of the table.
func plainProgram(p *project, version string) serving {
	s := program(p, p.serverPackage())
	s.slim = true
	if !s.command.IsZero() {
		return s
	}
	if p.serverPackage() == "Functions Framework" {
		// It loads the package's main itself and serves the function that FUNCTION_TARGET names.
		s.command = paas.Command{Args: []string{"functions-framework"}}
		return s
	}
	entry := p.entry()
	if entry == "" {
		return s
	}
	s.source = entry
	if p.pkg.Main != "" && strings.TrimPrefix(p.pkg.Main, "./") == entry {
		s.source = "package.json main"
	} else {
		s.warnings = append(s.warnings, paas.Warning{Code: runtime.WarnNoStart,
			Message: fmt.Sprintf("Nothing says how the app starts, so %s is. A start script in package.json or a Procfile says it better.", entry)})
	}
	if exported, ok := p.exported(entry, s); ok {
		return exported
	}
	if strings.HasSuffix(entry, "ts") {
		entry = p.compiled(entry)
	}
	s.command = p.runEntry(entry, version)
	return s
}
