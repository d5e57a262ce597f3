package node

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// nxFramework is the framework of apps that nx answers for: their build command stands above the root's script, which
// names no project.
const nxFramework = "Nx"

// nxProject is what Slipway reads of a project of an Nx repository whose projects share the root's package.json.
// Source: Nx's documentation, project.json.
type nxProject struct {
	Name        string
	ProjectType string // "application" or "library"
	Targets     map[string]struct {
		Executor string
		Options  struct {
			OutputPath     json.RawMessage
			OutputFileName string
			Target         string // of webpack: "node" or "web"
		}
		Configurations map[string]json.RawMessage
	}
	dir string // from the workspace's root
}

// nxProjects lists the applications of the repository, the default one first, then the likeliest.
func (p *project) nxProjects() []nxProject {
	var config struct{ DefaultProject string }
	if data, ok := p.repo.Read(path.Join(p.dir, "nx.json")); ok {
		_ = json.Unmarshal(data, &config) // unreadable, it names no project
	}
	var found []nxProject
	// A folder that cannot be read holds no project we could build.
	_ = fs.WalkDir(p.subtree(p.dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // said above
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.Count(name, "/") >= deepestMember):
			return fs.SkipDir
		case entry.Name() != "project.json":
			return nil
		}
		var one nxProject
		if data, ok := p.repo.Read(path.Join(p.dir, name)); ok && json.Unmarshal(data, &one) == nil && one.ProjectType == "application" {
			one.dir = path.Dir(name)
			if one.Name == "" {
				one.Name = path.Base(one.dir)
			}
			_, builds := one.Targets["build"]
			_, starts := one.Targets["start"]
			if (builds || starts) && !strings.HasSuffix(one.Name, "-e2e") { // the others are tests of applications
				found = append(found, one)
			}
		}
		return nil
	})
	rank := func(one nxProject) int {
		if one.Name == config.DefaultProject {
			return -1
		}
		if i := slices.Index(likelyNames, path.Base(one.dir)); i >= 0 {
			return i
		}
		return len(likelyNames)
	}
	slices.SortStableFunc(found, func(a, b nxProject) int { return rank(a) - rank(b) })
	return found
}

// Kinds of Nx executors, by their names: "@nrwl/node:webpack", "@nx/next:build", "@angular-devkit/build-angular:application".
var (
	nxSite    = regexp.MustCompile(`vite:|/web:|/react:|angular|/rollup|rspack:|storybook`)
	nxProgram = regexp.MustCompile(`/node:|/js:|/nest:|esbuild:|/express:`)
)

// nx answers for a repository of Nx projects whose root starts one of them, by its default project or the likeliest one.
func nx(p *project) (serving, bool) {
	if !p.repo.Has(path.Join(p.dir, "nx.json")) || !p.has("nx", "@nrwl/workspace", "@nrwl/cli") || len(p.members) > 0 {
		return serving{}, false
	}
	if start := p.pkg.Scripts["start"]; start != "" && !strings.HasPrefix(start, "nx ") && !strings.HasPrefix(start, "npx nx ") {
		return serving{}, false
	}
	projects := p.nxProjects()
	if len(projects) == 0 {
		return serving{}, false
	}
	one := projects[0]
	build, builds := one.Targets["build"]
	run := func(target string) string {
		command := "nx run " + one.Name + ":" + target
		if _, ok := one.Targets[target].Configurations["production"]; ok {
			command += ":production"
		}
		return command
	}
	s := serving{framework: nxFramework, source: path.Join(one.dir, "project.json"), buildEnv: map[string]string{"NX_DAEMON": "false"}}
	if builds {
		s.build = run("build")
	}
	out := text(build.Options.OutputPath)
	if out == "" {
		var object struct{ Base string }
		_ = json.Unmarshal(build.Options.OutputPath, &object) // Angular's other form
		out = object.Base
	}
	out = strings.NewReplacer("{workspaceRoot}/", "", "{projectRoot}", one.dir).Replace(out)
	if out == "" || strings.HasPrefix(out, "..") || path.IsAbs(out) {
		out = path.Join("dist", one.dir)
	}
	_, starts := one.Targets["start"]
	switch executor := build.Executor; {
	case starts:
		s.command = paas.Command{Args: strings.Fields(run("start"))}
	case strings.Contains(executor, "next:"):
		s.command, s.env = paas.Command{Args: []string{"next", "start", out}}, map[string]string{"HOSTNAME": "0.0.0.0"}
		s.cacheDir = path.Join(out, ".next/cache")
	case nxProgram.MatchString(executor) || build.Options.Target == "node":
		file := build.Options.OutputFileName
		if file == "" {
			file = "main.js"
		}
		s.command = paas.Command{Args: []string{"node", path.Join(out, file)}}
		s.sources = one.dir
	case nxSite.MatchString(executor), strings.Contains(executor, "webpack:"):
		s.site = []string{out, path.Join(out, "browser")}
	default:
		return serving{}, false
	}
	s.saw = []string{"nx.json is there; of its projects, " + one.Name + " is the one that runs."}
	if len(projects) > 1 {
		var others []string
		for _, other := range projects[1:] {
			others = append(others, other.Name)
		}
		s.warnings = []paas.Warning{{Code: runtime.WarnSeveral, Message: "Nx knows several applications; " + one.Name +
			" was chosen. Set defaultProject in nx.json, or build and start commands, for another: " + strings.Join(others, ", ") + "."}}
	}
	return s, true
}
