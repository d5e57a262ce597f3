package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

// packageJSON is what Slipway reads of a package.json. Fields of an unexpected type count as absent, as npm does.
type packageJSON struct {
	Name             string
	Main             string
	Type             string // "module" or "commonjs"
	Homepage         string
	PackageManager   string // "pnpm@9.1.0+sha512…"
	Scripts          map[string]string
	Dependencies     map[string]string
	DevDependencies  map[string]string
	OptDependencies  map[string]string
	PeerDependencies map[string]string
	Engines          map[string]string
	Volta            map[string]string
	DevNode          string  // the Node.js that devEngines names: "^22"
	DevManager       devTool // the package manager that devEngines names
	Workspaces       []string
	Overrides        bool // it changes what its dependencies depend on
	PeersOptional    map[string]bool
}

// parsePackage reads one package.json; file is its path for the person.
func parsePackage(file string, data []byte) (packageJSON, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
			return packageJSON{}, paas.Errorf(paas.Invalid, "%s line %d is not JSON: %s.", file, line, syntax.Error()).Because(err)
		}
		return packageJSON{}, paas.Errorf(paas.Invalid, "%s is not a JSON object.", file).Because(err)
	}
	var dev devEngines
	_ = json.Unmarshal(raw["devEngines"], &dev) // of another type it counts as absent
	return packageJSON{
		Name: text(raw["name"]), Main: text(raw["main"]), Type: text(raw["type"]), Homepage: text(raw["homepage"]),
		PackageManager: text(raw["packageManager"]),
		Scripts:        texts(raw["scripts"]), Engines: texts(raw["engines"]), Volta: texts(raw["volta"]),
		Dependencies: texts(raw["dependencies"]), DevDependencies: texts(raw["devDependencies"]),
		OptDependencies: texts(raw["optionalDependencies"]), PeerDependencies: texts(raw["peerDependencies"]),
		Workspaces: workspacePatterns(raw["workspaces"]), Overrides: len(raw["overrides"])+len(raw["resolutions"]) > 0,
		PeersOptional: optionalPeers(raw["peerDependenciesMeta"]),
		DevNode:       dev.tool("runtime", "node").Version, DevManager: dev.tool("packageManager", managers...),
	}, nil
}

// devTool is one tool of devEngines.
type devTool struct{ Name, Version string }

// devEngines is what a package says about the tools of its developers: per kind of tool one, or a list of them.
// Source: npm's documentation, package.json, devEngines.
type devEngines map[string]json.RawMessage

// tool is the first tool of a kind that has one of the names.
func (d devEngines) tool(kind string, names ...string) devTool {
	var list []devTool
	if json.Unmarshal(d[kind], &list) != nil {
		var one devTool
		if json.Unmarshal(d[kind], &one) != nil {
			return devTool{}
		}
		list = []devTool{one}
	}
	for _, tool := range list {
		if slices.Contains(names, tool.Name) {
			return tool
		}
	}
	return devTool{}
}

// optionalPeers are the peer dependencies that nothing installs by itself.
func optionalPeers(raw json.RawMessage) map[string]bool {
	var meta map[string]struct{ Optional bool }
	if json.Unmarshal(raw, &meta) != nil {
		return nil
	}
	optional := make(map[string]bool, len(meta))
	for name, m := range meta {
		optional[name] = m.Optional
	}
	return optional
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// texts keeps the entries of an object that are strings.
func texts(raw json.RawMessage) map[string]string {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil
	}
	kept := make(map[string]string, len(entries))
	for name, value := range entries {
		var s string
		if json.Unmarshal(value, &s) == nil {
			kept[name] = s
		}
	}
	return kept
}

// workspacePatterns reads both forms: ["packages/*"] and {"packages": ["packages/*"]}.
func workspacePatterns(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var object struct{ Packages []string }
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return object.Packages
}

// buildScript is the script that builds the package; Heroku's heroku-postbuild and Google's gcp-build replace all others, as
// they do there.
func (p packageJSON) buildScript() string {
	for _, name := range []string{"heroku-postbuild", "gcp-build", "build", "build:prod", "build:production", "docs:build"} {
		if p.Scripts[name] != "" {
			return name
		}
	}
	return ""
}

// has reports whether the package depends on name in any way that installs it.
func (p packageJSON) has(name string) bool {
	_, ok := p.spec(name)
	return ok
}

// hasAny is the first of names the package depends on; "" when on none.
func (p packageJSON) hasAny(names ...string) string {
	for _, name := range names {
		if p.has(name) {
			return name
		}
	}
	return ""
}

// spec is the version range the package gives for a dependency.
func (p packageJSON) spec(name string) (string, bool) {
	for _, section := range []map[string]string{p.Dependencies, p.DevDependencies, p.OptDependencies} {
		if spec, ok := section[name]; ok {
			return spec, true
		}
	}
	return "", false
}

// member is one package of a workspace.
type member struct {
	dir string // inside the repository
	pkg packageJSON
}

func (m member) file() string { return path.Join(m.dir, "package.json") }
