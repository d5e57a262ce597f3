package runtimes_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/detect"
)

// TestExamplesAreRecognised keeps the examples what the tutorial and the sample picker say they are.
func TestExamplesAreRecognised(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]struct{ runtime, framework string }{
		"java":   {"java", "Javalin"},
		"groovy": {"groovy", ""},
		"r":      {"r", "plumber"},
		"python": {"python", "Flask"},
		"node":   {"node", "Express"},
		"static": {"static", ""},
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			plan, err := detect.Detect(os.DirFS(filepath.Join("..", "..", "..", "examples")), detect.Options{Root: folder})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Runtime != want.runtime || plan.Framework != want.framework || plan.Run.Finishes || len(plan.Warnings) > 0 {
				t.Errorf("runtime %q framework %q finishes %v warnings %v, want %q %q", plan.Runtime, plan.Framework, plan.Run.Finishes, plan.Warnings, want.runtime, want.framework)
			}
		})
	}
}
