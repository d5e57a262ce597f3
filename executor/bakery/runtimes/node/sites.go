package node

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// siteTool is a tool whose build leaves static files.
type siteTool struct {
	name    string
	signs   []string // packages that give it away
	build   string   // what builds when package.json has no build script
	folders []string // where the site may end up, the likeliest first
	setting string   // name of the setting that changes the folder, in the file of that stem
	config  string
}

// siteTools are asked in this order: those that use another one come before it.
var siteTools = []siteTool{
	{name: "Gatsby", signs: []string{"gatsby"}, build: "gatsby build", folders: []string{"public"}},
	{name: "Docusaurus", signs: []string{"@docusaurus/core"}, build: "docusaurus build", folders: []string{"build"}},
	{name: "Docusaurus 1", signs: []string{"docusaurus"}, build: "docusaurus-build", folders: []string{"build"}},
	{name: "VitePress", signs: []string{"vitepress"}, build: "vitepress build", setting: "outDir", config: ".vitepress/config",
		folders: []string{".vitepress/dist", "docs/.vitepress/dist", "src/.vitepress/dist"}},
	{name: "VuePress", signs: []string{"vuepress"}, build: "vuepress build", folders: []string{".vuepress/dist", "docs/.vuepress/dist", "src/.vuepress/dist"}},
	{name: "Eleventy", signs: []string{"@11ty/eleventy"}, build: "eleventy", setting: "output", config: ".eleventy", folders: []string{"_site"}},
	{name: "Slidev", signs: []string{"@slidev/cli"}, build: "slidev build", folders: []string{"dist"}},
	{name: "Hexo", signs: []string{"hexo"}, build: "hexo generate", folders: []string{"public"}},
	{name: "Create React App", signs: []string{"react-scripts", "@craco/craco"}, build: "react-scripts build", folders: []string{"build"}},
	{name: "Vue CLI", signs: []string{"@vue/cli-service"}, build: "vue-cli-service build", setting: "outputDir", config: "vue.config", folders: []string{"dist"}},
	{name: "Ember", signs: []string{"ember-cli"}, build: "ember build --environment=production", folders: []string{"dist"}},
	{name: "Brunch", signs: []string{"brunch"}, build: "brunch build --production", folders: []string{"public"}},
	{name: "Polymer", signs: []string{"polymer-cli"}, build: "polymer build", folders: []string{"build/default", "build/es6-bundled", "build"}},
	{name: "Sanity", signs: []string{"sanity", "@sanity/cli"}, build: "sanity build", folders: []string{"dist"}},
	{name: "Stencil", signs: []string{"@stencil/core"}, build: "stencil build", folders: []string{"www", "dist"}},
	{name: "Preact CLI", signs: []string{"preact-cli"}, build: "preact build", folders: []string{"build"}},
	{name: "Umi", signs: []string{"umi", "@umijs/max"}, build: "umi build", folders: []string{"dist"}},
	{name: "Rsbuild", signs: []string{"@rsbuild/core"}, build: "rsbuild build", folders: []string{"dist"}},
	{name: "Vite", signs: []string{"vite", "rolldown-vite"}, build: "vite build", setting: "outDir", config: "vite.config", folders: []string{"dist"}},
	{name: "Parcel", signs: []string{"parcel", "parcel-bundler"}, build: "", folders: []string{"dist"}},
	{name: "Expo for the web", signs: []string{"expo"}, build: "expo export --platform web", folders: []string{"dist", "web-build"}},
	{name: "webpack", signs: []string{"webpack", "@rspack/core", "@rspack/cli"}, build: "", folders: []string{"dist", "build", "public", "out"}},
}

// siteServer matches start scripts that only serve the finished files, which Slipway's own file server does instead.
var siteServer = regexp.MustCompile(`^(npx |pnpm dlx |yarn dlx |bunx )?(vite preview|serve|http-server|sirv|lite-server|live-server|gatsby serve|docusaurus serve|astro preview|rsbuild preview|vitepress (serve|preview)|hexo server)\b`)

var outDirFlag = regexp.MustCompile(`--out-?[dD]ir[ =](\S+)|--dist-dir[ =](\S+)|--output-path[ =](\S+)`)

// sites answers for every tool of the table: the app is a site unless it starts a program of its own.
func sites(p *project) (serving, bool) {
	for _, tool := range siteTools {
		if p.pkg.hasAny(tool.signs...) == "" {
			continue
		}
		if command, _, _, ok := startScript(p); ok && !siteServer.MatchString(command.String()) {
			return serving{}, false // a server that happens to have a bundler
		}
		if tool.build == "" && p.pkg.buildScript() == "" {
			continue // without a build script nothing says what to bundle
		}
		if p.serverPackage() != "" && p.entry() != "" && p.pkg.Scripts["preview"] == "" {
			continue
		}
		s := site(tool.name, folders(p, tool)...)
		s.build = tool.build
		return s, true
	}
	return serving{}, false
}

// folders puts what the build command or the tool's configuration names before the tool's usual folder.
func folders(p *project, tool siteTool) []string {
	var all []string
	if found := outDirFlag.FindStringSubmatch(p.pkg.Scripts[p.pkg.buildScript()]); found != nil {
		all = append(all, strings.Join(found[1:], ""))
	}
	if tool.setting != "" {
		config := p.config(tool.config)
		root := submatch(regexp.MustCompile(`\broot\s*:\s*['"]([\w./-]+)['"]`), config, "")
		if named := submatch(regexp.MustCompile(`\b`+tool.setting+`\s*:\s*['"]([\w./-]+)['"]`), config, ""); named != "" {
			all = append(all, path.Join(root, named))
		} else if root != "" {
			all = append(all, path.Join(root, tool.folders[0]))
		}
	}
	return slices.DeleteFunc(append(all, tool.folders...), func(dir string) bool { return strings.HasPrefix(dir, "..") || path.IsAbs(dir) })
}

// angularFile is the part of angular.json that says what the build leaves where.
type angularFile struct {
	DefaultProject string
	Projects       map[string]struct {
		ProjectType string
		Architect   struct {
			Build struct {
				Builder string
				Options struct {
					OutputPath json.RawMessage
					OutputMode string
					SSR        json.RawMessage
					Server     json.RawMessage
				}
			}
		}
	}
}

func angular(p *project) (serving, bool) {
	data, ok := p.repo.Read(path.Join(p.dir, "angular.json"))
	if !ok || !p.pkg.has("@angular/core") {
		return serving{}, false
	}
	var file angularFile
	if json.Unmarshal(data, &file) != nil {
		return serving{}, false
	}
	name := file.DefaultProject
	if _, known := file.Projects[name]; !known {
		name = ""
		for _, candidate := range slices.Sorted(maps.Keys(file.Projects)) {
			if file.Projects[candidate].ProjectType != "library" && !strings.HasSuffix(candidate, "-e2e") {
				name = candidate
				break
			}
		}
	}
	build := file.Projects[name].Architect.Build
	base := "dist/" + name
	var object struct{ Base string }
	if named := text(build.Options.OutputPath); named != "" {
		base = named
	} else if json.Unmarshal(build.Options.OutputPath, &object) == nil && object.Base != "" {
		base = object.Base
	}
	rendered := len(build.Options.SSR) > 0 && string(build.Options.SSR) != "false" || len(build.Options.Server) > 0 && p.pkg.has("@angular/ssr")
	if rendered && build.Options.OutputMode != "static" && p.pkg.has("express") {
		return serving{
			framework: "Angular", source: "angular.json", build: "ng build",
			command:  paas.Command{Args: []string{"node", path.Join(base, "server/server.mjs")}},
			buildEnv: map[string]string{"NG_CLI_ANALYTICS": "false"},
		}, true
	}
	if command, _, _, ok := startScript(p); ok && !siteServer.MatchString(command.String()) {
		return serving{}, false
	}
	s := site("Angular", path.Join(base, "browser"), base)
	s.build, s.buildEnv, s.source = "ng build", map[string]string{"NG_CLI_ANALYTICS": "false"}, "angular.json"
	return s, true
}
