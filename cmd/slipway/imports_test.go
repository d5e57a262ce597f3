package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/slipway-paas/slipway/"

// mayImport is the table of docs/architecture: which of our packages a package may import. A name that ends in "/..."
// stands for everything below it; the longest entry that fits a package is the one that counts. Composition happens in
// cmd/slipway only, so it has no entry.
var mayImport = map[string][]string{
	"server/paas":            {},
	"server/control":         {"server/paas", "server/auth", "server/secret"},
	"server/store":           {"server/paas", "server/secret", "migrations"},
	"server/store/storetest": {"server/paas", "server/secret", "server/store"},
	"server/flow":            {"server/paas", "server/rollout"},
	"server/rollout":         {"server/paas"},
	"server/bus":             {"server/paas"},
	"server/auth":            {"server/paas"},
	"server/secret":          {"server/paas"},
	"server/config":          {"server/paas"},
	"server/retention":       {"server/paas"},
	"scheduler/place":        {},
	"scheduler/place/scale":  {"scheduler/place"},
	"scheduler/place/moves":  {"scheduler/place"},
	"scheduler/place/...":    {"scheduler/place/..."},
	"scheduler":              {"scheduler/place", "server/paas"},
	"executor":               {"server/paas", "executor/engine"},
	"executor/engine/...":    {"server/paas", "executor/engine/..."},
	"executor/bakery/...":    {"server/paas", "executor/bakery/..."},
	"executor/edge":          {"server/paas"},
	"executor/janitor":       {"server/paas", "executor/engine"},
	"web/layout":             {"server/paas", "server/control", "web/components", "web/layout", "assets"},
	"web/components":         {"server/paas", "server/control", "assets"},
	"web/pages":              {"server/paas", "server/control", "web/components", "web/layout", "assets"},
	"web/...":                {"server/paas", "server/control", "web/...", "assets"},
	"assets":                 {},
	"examples":               {},
	"migrations":             {},
	"cmd/benchscheduler/...": {"scheduler/place/..."},
}

// TestPackagesImportOnlyWhatTheyMay holds the architecture: web, scheduler and executor never meet but in server, and
// the domain imports nothing. Tests may import more.
func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "examples" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && file != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		allowed, listed := rule(pkg)
		if !listed {
			if !strings.HasPrefix(pkg, "cmd/") {
				t.Errorf("%s is not in the table of imports: decide what it may import", pkg)
			}
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			ours, isOurs := strings.CutPrefix(imported, module)
			if isOurs && !slices.ContainsFunc(allowed, func(pattern string) bool { return fits(pattern, ours) }) {
				t.Errorf("%s imports %s, which the table does not allow to %s", rel, ours, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("looked at %d files only: the test has lost its way", seen)
	}
}

func rule(pkg string) (allowed []string, listed bool) {
	if allowed, listed := mayImport[pkg]; listed {
		return allowed, true
	}
	best := ""
	for pattern, rule := range mayImport {
		if fits(pattern, pkg) && len(pattern) > len(best) {
			best, allowed, listed = pattern, rule, true
		}
	}
	return allowed, listed
}

func fits(pattern, pkg string) bool {
	prefix, tree := strings.CutSuffix(pattern, "/...")
	return pkg == prefix || tree && strings.HasPrefix(pkg, prefix+"/")
}
