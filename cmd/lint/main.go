// Command lint is a tool for `go vet -vettool`: the analyzers that the project wants beside vet's own, each with its
// reason. It is a module of its own, so that what it needs is none of Slipway's business.
package main

import (
	"codeberg.org/polyfloyd/go-errorlint/errorlint"
	"github.com/gostaticanalysis/nilerr"
	"github.com/ldez/usetesting"
	"github.com/ryanrolds/sqlclosecheck/pkg/analyzer"
	"github.com/timakin/bodyclose/passes/bodyclose"
	"golang.org/x/tools/go/analysis/unitchecker"
)

func main() {
	unitchecker.Main(
		excusable(errorlint.NewAnalyzer(errorlint.WithComparison(true))), // wrapped errors are not found by == or a type assertion
		excusable(nilerr.Analyzer),                                       // an error that becomes nil without a word is a lie
		excusable(outsideTests(bodyclose.Analyzer)),                      // a response body that stays open keeps its connection for good; tests close in helpers, which it cannot see
		excusable(analyzer.NewClosedAnalyzer()),                          // open rows hold the database's only writer
		excusable(usetesting.NewAnalyzer()),                              // a test's context and folder end with it
		forbidden,                                                        // see there
		sentences,                                                        // a comment is a sentence; one without its end was cut off in thought
		spelling,                                                         // pages and errors are read by people
	)
}
