package main

import (
	"go/ast"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// excusable lets a line be excused by a comment at its end: //nolint:NAME // why.
func excusable(a *analysis.Analyzer) *analysis.Analyzer {
	return filtered(a, func(pass *analysis.Pass, d analysis.Diagnostic) bool {
		at := pass.Fset.Position(d.Pos)
		for _, file := range pass.Files {
			if pass.Fset.Position(file.Pos()).Filename == at.Filename && excused(pass, file, at.Line, a.Name) {
				return false
			}
		}
		return true
	})
}

func excused(pass *analysis.Pass, file *ast.File, line int, name string) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			excuse, found := strings.CutPrefix(c.Text, "//nolint:"+name+" // ")
			if found && excuse != "" && pass.Fset.Position(c.Pos()).Line == line {
				return true
			}
		}
	}
	return false
}

// outsideTests leaves out what an analyzer says of tests.
func outsideTests(a *analysis.Analyzer) *analysis.Analyzer {
	return filtered(a, func(pass *analysis.Pass, d analysis.Diagnostic) bool {
		return !strings.HasSuffix(pass.Fset.Position(d.Pos).Filename, "_test.go")
	})
}

// filtered is the analyzer with what it reports going through keep.
func filtered(a *analysis.Analyzer, keep func(*analysis.Pass, analysis.Diagnostic) bool) *analysis.Analyzer {
	some := *a
	some.Run = func(pass *analysis.Pass) (any, error) {
		quieter := *pass
		quieter.Report = func(d analysis.Diagnostic) {
			if keep(pass, d) {
				pass.Report(d)
			}
		}
		return a.Run(&quieter)
	}
	return &some
}
