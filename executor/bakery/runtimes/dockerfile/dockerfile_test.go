package dockerfile

import (
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestLastStage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		want stage
	}{
		"says nothing":                         {"FROM x\n", stage{}},
		"exposes a port":                       {"FROM x\nEXPOSE 3000\n", stage{port: 3000}},
		"exposes the first of several":         {"FROM x\nexpose 3000/tcp 9000\nEXPOSE 4000\n", stage{port: 3000}},
		"exposes UDP only":                     {"FROM x\nEXPOSE 53/udp\n", stage{}},
		"exposes a variable":                   {"FROM x\nEXPOSE $PORT\n", stage{}},
		"runs as a number":                     {"FROM x\nUSER 1000:1000\n", stage{numericUser: "1000:1000"}},
		"runs as a name":                       {"FROM x\nUSER 1000\nUSER node\n", stage{}},
		"runs as root":                         {"FROM x\nUSER 0\n", stage{}},
		"forgets what an earlier stage said":   {"FROM x AS a\nEXPOSE 1\nUSER 5\nFROM y\nEXPOSE 80\n", stage{port: 80}},
		"holds something that is not a number": {"FROM x\nEXPOSE 99999\n", stage{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lastStage(tt.file); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	repo := fstest.MapFS{"Dockerfile": {Data: []byte("FROM x\nEXPOSE 3000\n")}, "deploy/prod": {Data: []byte("FROM y\nUSER 7\n")}}
	named := manifest.Manifest{Build: manifest.Build{Dockerfile: manifest.Value[string]{Value: "deploy/prod", Source: "slipway.yaml line 2"}}}
	tests := map[string]struct {
		tree  runtime.Tree
		score int
		file  string
		run   paas.RunSettings
	}{
		"a Dockerfile that was found": {runtime.Tree{Repo: repo, Root: "."}, scoreFound, "Dockerfile", paas.RunSettings{Port: 3000}},
		"a Dockerfile that was named": {runtime.Tree{Repo: repo, Root: ".", Manifest: named}, scoreNamed, "deploy/prod", paas.RunSettings{User: "7"}},
		"no Dockerfile":               {runtime.Tree{Repo: fstest.MapFS{}, Root: "."}, 0, "", paas.RunSettings{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Runtime{}.Detect(tt.tree)
			if err != nil || got.Score != tt.score || got.Plan.Build.Dockerfile != tt.file || got.Plan.Run != tt.run {
				t.Errorf("got %+v, %v; want score %d, %q and %+v", got, err, tt.score, tt.file, tt.run)
			}
		})
	}
}

func TestDetectOfAMissingNamedFile(t *testing.T) {
	t.Parallel()
	_, err := Runtime{}.Detect(runtime.Tree{Repo: fstest.MapFS{}, Root: ".", Chosen: true})
	if paas.KindOf(err) != paas.Invalid {
		t.Errorf("got %v, want an error for the person", err)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	plan := paas.Plan{Build: paas.BuildSettings{Root: "svc", Dockerfile: "deploy/prod"}}
	file, context, ok := Paths(plan)
	if file != "svc/deploy/prod" || context != "svc" || !ok {
		t.Errorf("got %q, %q, %v; want the file below its own folder as the context", file, context, ok)
	}
}
