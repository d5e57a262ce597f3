package node

import (
	"cmp"
	"path"
	"regexp"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// serving is how an app is run once it is built: by a program, or as files behind the static file server.
type serving struct {
	framework  string
	command    paas.Command
	source     string            // who decided the command or folder
	site       []string          // folders that may hold the finished site, the likeliest first; none for programs
	build      string            // build command when package.json has no build script
	env        map[string]string // for the running app
	buildEnv   map[string]string
	ship       []string // the only folders of the package that the run stage needs; none means all
	standalone string   // Next's build folder when its standalone server is all that is shipped
	cacheDir   string   // folder that the running app writes a cache to; it is pointed at /tmp
	dist       string   // Next's build folder; "" is .next
	rewrite    string   // a change to the sources before the build, run by the builder's shell
	extra      []string // npm packages added to the build beyond the app's own
	slim       bool     // development dependencies can go: nothing of the app reads them while it runs
	sources    string   // folder of the package with the sources of what is started; "" when the whole package is it
	port       int      // port the command line insists on; 0 when it follows PORT
	saw        []string
	warnings   []paas.Warning
}

// frameworks are asked in this order: the ones that build on others come first.
var frameworks = []func(*project) (serving, bool){
	nx, next, nuxt, tanstack, solid, nitroServer, remix, svelteKit, astro, angular, nest, sites,
}

// build is the build step, run in the workspace's root, and who decided it. Heroku's heroku-cleanup ends it, as it does
// there.
func (p *project) build(s serving) (command, source string) {
	if script := p.topPkg.buildScript(); p.startedByTop && script != "" && !delegates(p.topPkg.Scripts[script]) {
		// Whose start script names a package builds that one, and what it serves, by its own build script too.
		command, source = p.manager.runScript(script), path.Join(p.top, "package.json")+" scripts."+script
	} else {
		command, source = buildCommand(p, s)
		if !p.alone() {
			command = p.workspaceBuild(command)
		}
	}
	if p.topPkg.Scripts["heroku-cleanup"] != "" {
		command = strings.TrimPrefix(command+" && "+p.manager.runScript("heroku-cleanup"), " && ")
	}
	return command, cmp.Or(source, "workspace packages")
}

// install is the command that installs all dependencies, after Heroku's heroku-prebuild, as there. npm runs that script
// whatever the manager: newer yarns run none before something is installed.
func (p *project) install() string {
	if p.topPkg.Scripts["heroku-prebuild"] == "" {
		return p.manager.install()
	}
	return "npm run heroku-prebuild && " + p.manager.install()
}

// buildCommand is what builds the package alone: what package.json says, else the framework's own, else nothing.
func buildCommand(p *project, s serving) (command, source string) {
	if s.framework == nxFramework {
		return s.build, s.source
	}
	if script := p.pkg.buildScript(); script != "" {
		return p.manager.runScript(script), "package.json scripts." + script
	}
	if s.build != "" {
		return s.build, s.framework
	}
	if p.pkg.has("typescript") && p.first("tsconfig.json") != "" && strings.Contains(s.command.String(), "dist/") {
		return "tsc", "tsconfig.json"
	}
	return "", ""
}

// devServer matches commands that serve sources to the developer's own browser and are not meant for others.
var devServer = regexp.MustCompile(`(^|&& *|/|\s)(vite( dev| serve)?( --[\w-]+([ =]\S+)?)*$|vite-node-dev|next dev|nuxi? dev|nuxt$|react-scripts start|ng serve|ng s$|` +
	`vue-cli-service serve|astro dev|astro$|gatsby develop|docusaurus start|docusaurus-start|vitepress dev|vuepress dev|remix dev|remix vite:dev|react-router dev|` +
	`vinxi dev|svelte-kit dev|sapper dev|webpack serve|webpack-dev-server|parcel( serve| watch)?($| [^b])|rsbuild dev|farm dev|nest start|nx serve|nx run-many|turbo( run)? dev|` +
	`eleventy --serve|expo start|storybook dev|craco start|umi dev|max dev|ice start|brunch watch|ember (s|serve|server)\b|polymer serve|stencil build .*--serve|preact watch|` +
	`hexo s|hexo server|sanity (start|dev)|nitro dev|mastra dev|xmcp dev|slidev$|ionic serve|ionic-app-scripts serve)`)

// watcher matches programs that restart another one when its source changes.
var watcher = regexp.MustCompile(`^(nodemon|node-dev|supervisor)( (-q|--quiet))* (\S+\.[cm]?js)$`)

// startScript is the script that starts the finished app; false when package.json has none that is meant for that.
func startScript(p *project) (command paas.Command, source string, port int, ok bool) {
	for _, name := range []string{"start:prod", "start:production", "start", "serve:prod"} {
		script := strings.TrimSpace(p.pkg.Scripts[name])
		if script == "" || devServer.MatchString(p.meant(script)) {
			continue
		}
		if found := watcher.FindStringSubmatch(script); found != nil {
			script = "node " + found[4]
		}
		source = "package.json scripts." + name
		if p.pkg.Scripts["pre"+name] != "" || p.pkg.Scripts["post"+name] != "" {
			return paas.Command{Args: []string{p.manager.name, "run", name}}, source, scriptPort(script), true
		}
		return shellOrArgs(script), source, scriptPort(script), true
	}
	return paas.Command{}, "", 0, false
}

// otherScript matches a script that only runs another one.
var otherScript = regexp.MustCompile(`^(?:npm|yarn|pnpm|bun)(?: run)? ([\w:-]+)$`)

// meant is the script that a script which only runs another one means.
func (p *project) meant(script string) string {
	for range len(p.pkg.Scripts) { // they may run each other in a circle
		found := otherScript.FindStringSubmatch(script)
		if found == nil || p.pkg.Scripts[found[1]] == "" {
			break
		}
		script = strings.TrimSpace(p.pkg.Scripts[found[1]])
	}
	return script
}

// runsItself matches commands that run a file of the app's own, or scripts: only of these may a scan that finds no server
// conclude that they end. Other programs come with a dependency, and most of those that are a start script serve.
var runsItself = regexp.MustCompile(`(^|[\s;&"(])(node|bunx?|deno|tsx|ts-node|ts-node-esm|npx|npm|yarn|pnpm|sh|bash|echo|prisma|\.{1,2}/\S+)(\s|$)`)

// plainWords matches a command that a shell would split at spaces and nothing else.
var plainWords = regexp.MustCompile(`^[A-Za-z0-9@%+:,./_-][A-Za-z0-9@%+=:,./ _-]*$`)

// shellOrArgs keeps a script that needs no shell in exec form, so that signals reach the program itself. Names of
// installed programs are found on PATH, which ends in the package's node_modules/.bin.
func shellOrArgs(script string) paas.Command {
	words := strings.Fields(script)
	if !plainWords.MatchString(script) || strings.Contains(words[0], "=") {
		return paas.Command{Line: script}
	}
	return paas.Command{Args: words}
}

var portFlag = regexp.MustCompile(`\s(?:-p|--port)[ =]([0-9]{2,5})\b`)

func scriptPort(script string) int {
	if found := portFlag.FindStringSubmatch(script); found != nil {
		return validPort(found[1])
	}
	return 0
}

// program is a serving by the start script, or by what the framework would start itself.
func program(p *project, framework string, otherwise ...string) serving {
	s := serving{framework: framework, source: framework}
	if len(otherwise) > 0 {
		s.command = paas.Command{Args: otherwise}
	}
	if command, source, port, ok := startScript(p); ok {
		s.command, s.source, s.port = command, source, port
	}
	return s
}

// site is a serving of files.
func site(framework string, folders ...string) serving {
	return serving{framework: framework, source: framework, site: folders}
}
