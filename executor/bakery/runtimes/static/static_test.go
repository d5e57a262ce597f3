package static

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	page := &fstest.MapFile{Data: []byte("<!doctype html>")}
	named := manifest.Manifest{Build: manifest.Build{Output: manifest.Value[string]{Value: "web", Source: "slipway.yaml line 2"}}}
	tests := map[string]struct {
		tree  runtime.Tree
		score int
		want  string
	}{
		"a start page at the top":            {runtime.Tree{Repo: fstest.MapFS{"index.html": page, "public/index.html": page}}, scoreSite, "."},
		"a start page in a usual folder":     {runtime.Tree{Repo: fstest.MapFS{"public/index.html": page}}, scoreSite, "public"},
		"a folder that was named":            {runtime.Tree{Repo: fstest.MapFS{"index.html": page, "web/a.html": page}, Manifest: named}, scoreSite, "web"},
		"a named folder that is missing":     {runtime.Tree{Repo: fstest.MapFS{"index.html": page}, Manifest: named}, 0, ""},
		"a folder that its Staticfile names": {runtime.Tree{Repo: fstest.MapFS{"index.html": page, "hello/index.html": page, "Staticfile": {Data: []byte("root: hello")}}}, scoreAsked, "hello"},
		"a Staticfile and no start page":     {runtime.Tree{Repo: fstest.MapFS{"a.html": page, "Staticfile": {Data: []byte("directory: visible")}}}, scoreSite, "."},
		"a Staticfile beside a start page":   {runtime.Tree{Repo: fstest.MapFS{"index.html": page, "Staticfile": {Data: []byte("pushstate: enabled")}}}, scoreBeside, "."},
		"no start page":                      {runtime.Tree{Repo: fstest.MapFS{"a.html": page}}, 0, ""},
		"no start page, but it was chosen":   {runtime.Tree{Repo: fstest.MapFS{"a.html": page}, Chosen: true}, scoreSite, "."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.tree.Root = "."
			got, err := Runtime{}.Detect(tt.tree)
			if err != nil || got.Score != tt.score || got.Plan.Build.Output != tt.want {
				t.Errorf("got %d, %q, %v; want %d, %q", got.Score, got.Plan.Build.Output, err, tt.score, tt.want)
			}
		})
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	plan := paas.Plan{Build: paas.BuildSettings{Root: "site", Output: "public"}, Processes: []paas.Process{{Name: "web"}}}
	got, err := Runtime{}.Dockerfile(plan, func(layer string) string { return "slipway/" + layer })
	want := "FROM slipway/static\nCOPY [\"site/public/\",\"/app/\"]\nENV PORT=8080 HOME=/tmp/home\nWORKDIR /app\nUSER 10001:10001\nCMD [\"serve-site\"]\n"
	if err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestDockerfileWithACommandOfItsOwn(t *testing.T) {
	t.Parallel()
	plan := paas.Plan{Build: paas.BuildSettings{Root: ".", Output: "."}, Processes: []paas.Process{{Name: "web", Command: paas.Command{Line: "serve-site"}}}}
	got, err := Runtime{}.Dockerfile(plan, func(layer string) string { return layer })
	if err != nil || strings.Count(got, "CMD ") != 1 {
		t.Errorf("got %s, %v; want one command", got, err)
	}
}

func TestDockerfileKeepsPasswordsOutOfTheSite(t *testing.T) {
	t.Parallel()
	plan := paas.Plan{Build: paas.BuildSettings{Root: "site", Output: ".", Options: map[string]string{"SITE_AUTH": "on", "SITE_SSI": "on", "other": "x"}}}
	got, err := Runtime{}.Dockerfile(plan, func(layer string) string { return layer })
	if want := "ENV SITE_AUTH=\"on\" SITE_SSI=\"on\"\nCOPY [\"site/Staticfile.auth\",\"/etc/slipway-site.htpasswd\"]\n"; err != nil || !strings.Contains(got, want) {
		t.Errorf("got %s, %v; want %s in it", got, err, want)
	}
}

func TestTheLayerKeepsTheScriptWhole(t *testing.T) {
	t.Parallel()
	for _, line := range Layer().Lines {
		if strings.ContainsAny(line, "\r\n") {
			t.Errorf("got an instruction of several lines: %s", line)
		}
	}
}
