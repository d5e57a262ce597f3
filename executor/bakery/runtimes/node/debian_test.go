package node

import (
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/runtime"
)

func TestPackagesBringWhatTheyNeedOfDebian(t *testing.T) {
	t.Parallel()
	repo := files("package.json", pkg("canvas", "3", "puppeteer", "24", "dev:pg-native", "3", "script:start", "node ."), "index.js", listens)
	got, err := Runtime{}.Detect(runtime.Tree{Repo: repo, Root: "."})
	if err != nil {
		t.Fatal(err)
	}
	build, run, _ := strings.Cut(dockerfileOf(t, got.Plan), "FROM slipway/node-run")
	for _, want := range []struct {
		in, text string
		there    bool
	}{
		{build, "libcairo2-dev", true}, {build, `ENV PUPPETEER_SKIP_DOWNLOAD="true"`, true}, {build, "chromium", false}, {build, "libpq-dev", false},
		{run, "libcairo2 ", true}, {run, "chromium", true}, {run, "-dev", false},
	} {
		if strings.Contains(want.in, want.text) != want.there {
			t.Errorf("want %s: %v, in\n%s", want.text, want.there, want.in)
		}
	}
	if got.Plan.Env["PUPPETEER_EXECUTABLE_PATH"] == "" {
		t.Errorf("got the variables %v, want the browser among them", got.Plan.Env)
	}
}
