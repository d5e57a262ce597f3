package main

import (
	"go/ast"
	"go/types"
	"os"
	"regexp"
	"strings"

	"github.com/golangci/misspell"
	"github.com/tetafro/godot"
	"golang.org/x/tools/go/analysis"
)

// module is what is looked at; vet runs the tool over every dependency too.
const module = "github.com/slipway-paas/slipway/"

// rule forbids functions in packages.
type rule struct {
	functions, packages *regexp.Regexp
	tests               bool // also in tests
	why                 string
}

var rules = []rule{
	{
		functions: regexp.MustCompile(`^time\.(Now|Since|Until)$`),
		packages:  regexp.MustCompile(`^(server/paas|server/rollout|scheduler/place)$`),
		why:       "this package decides from what it is given: time comes in as an argument",
	},
	{
		functions: regexp.MustCompile(`^context\.(Background|TODO)$`),
		packages:  regexp.MustCompile(`^(assets|executor|migrations|scheduler|server|web/(api|components|draft|entry|fake|layout|live|logs|pages|render)$|web$)`),
		why:       "a context begins in main; clean-up that outlives its cause uses context.WithoutCancel",
	},
}

var forbidden = &analysis.Analyzer{Name: "forbidden", Doc: "forbids functions where they defeat a design", Run: func(pass *analysis.Pass) (any, error) {
	path, ours := strings.CutPrefix(strings.TrimSuffix(pass.Pkg.Path(), "_test"), module)
	if !ours {
		return nil, nil
	}
	for _, file := range pass.Files {
		test := strings.HasSuffix(pass.Fset.Position(file.Pos()).Filename, "_test.go")
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			f, ok := pass.TypesInfo.Uses[id].(*types.Func)
			if !ok || f.Pkg() == nil {
				return true
			}
			name := f.Pkg().Name() + "." + f.Name()
			for _, r := range rules {
				if r.functions.MatchString(name) && r.packages.MatchString(path) && (r.tests || !test) && f.Signature().Recv() == nil {
					pass.Reportf(id.Pos(), "%s: %s", name, r.why)
				}
			}
			return true
		})
	}
	return nil, nil
}}

var sentences = &analysis.Analyzer{Name: "sentences", Doc: "top-level comments end like sentences", Run: func(pass *analysis.Pass) (any, error) {
	return nil, eachOfOurs(pass, func(file *ast.File) error {
		issues, err := godot.Run(file, pass.Fset, godot.Settings{Scope: godot.DeclScope, Period: true})
		for _, i := range issues {
			pass.Reportf(pass.Fset.File(file.Pos()).LineStart(i.Pos.Line), "%s", i.Message)
		}
		return err
	})
}}

var replacer = misspell.New()

var spelling = &analysis.Analyzer{Name: "spelling", Doc: "words that are often written wrong", Run: func(pass *analysis.Pass) (any, error) {
	replacer.Compile()
	return nil, eachOfOurs(pass, func(file *ast.File) error {
		name := pass.Fset.Position(file.Pos()).Filename
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		_, diffs := replacer.ReplaceGo(string(text))
		for _, d := range diffs {
			pass.Reportf(pass.Fset.File(file.Pos()).LineStart(d.Line), "%q is written %q", d.Original, d.Corrected)
		}
		return nil
	})
}}

// eachOfOurs calls fn with the files of our packages that people write.
func eachOfOurs(pass *analysis.Pass, fn func(*ast.File) error) error {
	if !strings.HasPrefix(pass.Pkg.Path(), module) {
		return nil
	}
	for _, file := range pass.Files {
		name := pass.Fset.Position(file.Pos()).Filename
		if ast.IsGenerated(file) || !strings.HasSuffix(name, ".go") {
			continue
		}
		if err := fn(file); err != nil {
			return err
		}
	}
	return nil
}
