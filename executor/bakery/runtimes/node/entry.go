package node

import (
	"fmt"
	"path"
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
	{"elysia", "Elysia"}, {"uWebSockets.js", "µWebSockets"}, {"fastify-cli", "Fastify"},
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

// compiled is what `tsc` makes of a TypeScript file by the usual layout: src/index.ts becomes dist/index.js.
func compiled(file string) string {
	file = "dist/" + strings.TrimPrefix(file, "src/")
	return strings.TrimSuffix(strings.TrimSuffix(file, "ts"), "m") + "js"
}

// plainProgram is the serving of an app without a framework of the table.
func plainProgram(p *project, version string) serving {
	s := program(p, p.serverPackage())
	s.slim = true
	if !s.command.IsZero() {
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
	if strings.HasSuffix(entry, "ts") && strings.Contains(p.pkg.Scripts[buildScript(p)], "tsc") {
		entry = compiled(entry)
	}
	s.command = p.runEntry(entry, version)
	return s
}
