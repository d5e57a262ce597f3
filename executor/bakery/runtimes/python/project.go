package python

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// project is what pyproject.toml, Pipfile and requirements files say.
type project struct {
	exists       bool     // there is a pyproject.toml
	builds       bool     // it says how the app's own package is made
	dependencies []string // names of all packages asked for, in lower case with dashes
	requires     string   // Python versions it runs on, as written
	requiresIn   string   // the file that says so
	scripts      []string // commands its own package has, sorted
	tools        []string // the sections below [tool]
	virtual      bool     // Poetry's package-mode is off: the app is no package
	name         string   // of its own package
	packages     bool     // pyproject.toml names the folders of its package
}

// isPackage reports whether the sources hold the package that pyproject.toml is named after: poetry refuses to install
// a project without one, though its packages are all that is wanted.
func (p project) isPackage(tree runtime.Tree) bool {
	module := strings.NewReplacer("-", "_", ".", "_").Replace(p.name)
	return p.packages || module != "" && (tree.HasDir(module) || tree.HasDir("src/"+module) || tree.Has(module+".py") || tree.Has("src/"+module+".py"))
}

func (p project) tool(name string) bool { return slices.Contains(p.tools, name) }

// uses reports whether one of the packages is asked for.
func (p project) uses(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(p.dependencies, n) })
}

// tomlProject is the part of pyproject.toml that is looked at.
type tomlProject struct {
	BuildSystem map[string]any `toml:"build-system"`
	Project     struct {
		Name         string            `toml:"name"`
		Requires     string            `toml:"requires-python"`
		Dependencies []string          `toml:"dependencies"`
		Scripts      map[string]string `toml:"scripts"`
	} `toml:"project"`
	Tool map[string]any `toml:"tool"`
}

type tomlPipfile struct {
	Packages map[string]any `toml:"packages"`
	Requires struct {
		Version string `toml:"python_version"`
		Full    string `toml:"python_full_version"`
	} `toml:"requires"`
}

var packageName = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)`)

func readProject(tree runtime.Tree) (project, error) {
	var p project
	if data, ok := tree.Read("pyproject.toml"); ok {
		if err := p.pyproject(data); err != nil {
			return p, err
		}
	}
	if data, ok := tree.Read("Pipfile"); ok {
		if err := p.pipfile(data); err != nil {
			return p, err
		}
	}
	for _, file := range requirementNames(tree) {
		if data, ok := tree.Read(file); ok {
			for line := range strings.Lines(string(data)) {
				p.add(line)
			}
		}
	}
	return p, nil
}

func requirementNames(tree runtime.Tree) []string {
	return slices.Concat(tree.Glob("requirements*.txt"), tree.Glob("requirements/*.txt"))
}

// add notes the package of one requirement, such as "Flask[async]>=3".
func (p *project) add(requirement string) {
	if m := packageName.FindStringSubmatch(requirement); m != nil {
		p.dependencies = append(p.dependencies, strings.ReplaceAll(strings.ToLower(m[1]), "_", "-"))
	}
}

func (p *project) pyproject(data []byte) error {
	var t tomlProject
	if err := toml.Unmarshal(data, &t); err != nil {
		return wrongTOML("pyproject.toml", err)
	}
	p.exists, p.builds = true, len(t.BuildSystem) > 0
	for _, d := range t.Project.Dependencies {
		p.add(d)
	}
	p.requires, p.requiresIn = t.Project.Requires, "pyproject.toml"
	for name := range t.Project.Scripts {
		p.scripts = append(p.scripts, name)
	}
	slices.Sort(p.scripts)
	for name := range t.Tool {
		p.tools = append(p.tools, name)
	}
	poetry, _ := t.Tool["poetry"].(map[string]any)
	mode, said := poetry["package-mode"].(bool)
	p.virtual = said && !mode
	_, p.packages = poetry["packages"]
	named, _ := poetry["name"].(string)
	p.name = cmp.Or(t.Project.Name, named)
	needs, _ := poetry["dependencies"].(map[string]any)
	for name, v := range needs {
		if name != "python" {
			p.add(name)
		} else if s, ok := v.(string); ok && p.requires == "" {
			p.requires = s
		}
	}
	return nil
}

func (p *project) pipfile(data []byte) error {
	var t tomlPipfile
	if err := toml.Unmarshal(data, &t); err != nil {
		return wrongTOML("Pipfile", err)
	}
	for name := range t.Packages {
		p.add(name)
	}
	for _, v := range []string{t.Requires.Full, t.Requires.Version} {
		if v != "" && p.requires == "" {
			p.requires, p.requiresIn = v, "Pipfile"
		}
	}
	return nil
}

func wrongTOML(file string, err error) error {
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, _ := at.Position()
		return paas.Errorf(paas.Invalid, "%s line %d is not valid TOML: %s.", file, line, strings.TrimPrefix(at.Error(), "toml: ")).Because(err)
	}
	return paas.Errorf(paas.Invalid, "%s cannot be read.", file).Because(fmt.Errorf("decode %s: %w", file, err))
}
