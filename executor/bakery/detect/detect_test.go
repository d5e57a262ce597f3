package detect

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// fake is a runtime that recognises one file.
type fake struct {
	name  string
	file  string
	score int
	plan  paas.Plan
	err   error
}

func (f fake) Name() string                                              { return f.name }
func (f fake) Title() string                                             { return strings.ToUpper(f.name) }
func (f fake) LooksFor() string                                          { return f.file }
func (f fake) Layers(paas.Plan) []runtime.Layer                          { return nil }
func (f fake) Dockerfile(paas.Plan, func(string) string) (string, error) { return "", nil }

func (f fake) Detect(tree runtime.Tree) (runtime.Verdict, error) {
	if f.err != nil {
		return runtime.Verdict{}, f.err
	}
	if !tree.Has(f.file) && !tree.Chosen {
		return runtime.Verdict{Note: "No " + f.file + " either."}, nil
	}
	return runtime.Verdict{Score: f.score, Plan: f.plan}, nil
}

var (
	ruby = fake{name: "ruby", file: "Gemfile", score: 50, plan: paas.Plan{
		Processes: []paas.Process{{Name: "web", Command: paas.Command{Args: []string{"rackup"}}, Source: "default"}},
		Build:     paas.BuildSettings{Install: "bundle install"},
		Env:       map[string]string{"RACK_ENV": "production"},
		Settings:  []paas.Setting{{Name: runtime.SettingInstall, Value: "bundle install", Source: "Gemfile.lock"}},
		Run:       paas.RunSettings{Finishes: true},
	}}
	perl  = fake{name: "perl", file: "cpanfile", score: 50}
	stray = fake{name: "stray", file: "index.rb", score: 20}
	all   = []runtime.Runtime{ruby, perl, stray}
)

func tree(files ...string) fstest.MapFS {
	repo := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		repo[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return repo
}

func saying(s string) manifest.Value[string] {
	return manifest.Value[string]{Value: s, Source: "app settings"}
}

func TestDetectChooses(t *testing.T) {
	t.Parallel()
	broken := fake{name: "broken", err: paas.Errorf(paas.Invalid, "broken line 3 is wrong.")}
	tests := map[string]struct {
		repo     fstest.MapFS
		runtimes []runtime.Runtime
		opts     Options
		want     string
		warnings int
	}{
		"the only one that fits":                        {tree("cpanfile", ""), all, Options{}, "perl", 0},
		"the first of two that are equally sure":        {tree("Gemfile", "", "cpanfile", ""), all, Options{}, "ruby", 1},
		"the surer one, without a word about a stray":   {tree("Gemfile", "", "index.rb", ""), all, Options{}, "ruby", 0},
		"the one slipway.yaml names":                    {tree("Gemfile", "", "slipway.yaml", "runtime: perl\n"), all, Options{}, "perl", 0},
		"the one the person names, over slipway.yaml":   {tree("slipway.yaml", "runtime: perl\n"), all, Options{Choices: manifest.Manifest{Runtime: saying("ruby")}}, "ruby", 0},
		"what fits in a folder":                         {tree("Gemfile", "", "api/cpanfile", ""), all, Options{Root: "/api/"}, "perl", 0},
		"what fits although another one finds an error": {tree("cpanfile", ""), []runtime.Runtime{broken, perl}, Options{}, "perl", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := detect(tt.repo, tt.opts, tt.runtimes)
			if err != nil {
				t.Fatal(err)
			}
			if plan.Runtime != tt.want || plan.Title != strings.ToUpper(tt.want) || len(plan.Warnings) != tt.warnings {
				t.Errorf("got %q (%q) with %v, want %q with %d warnings", plan.Runtime, plan.Title, plan.Warnings, tt.want, tt.warnings)
			}
		})
	}
}

func TestDetectRefuses(t *testing.T) {
	t.Parallel()
	broken := fake{name: "broken", err: paas.Errorf(paas.Invalid, "broken line 3 is wrong.")}
	tests := map[string]struct {
		repo     fstest.MapFS
		runtimes []runtime.Runtime
		opts     Options
		want     string
	}{
		"a tree nothing fits, with what was looked for": {tree("README.md", ""), all, Options{}, "It looked for Gemfile, cpanfile, index.rb. No Gemfile either."},
		"a tree whose folders are apps":                 {tree("README.md", "", "api/Gemfile", "", ".github/Gemfile", "", "docs/x", ""), all, Options{}, "Name one of these as the app's folder: api (RUBY)."},
		"a folder that does not exist":                  {tree("Gemfile", ""), all, Options{Root: "api"}, `has no folder "api"`},
		"a folder outside the repository":               {tree("Gemfile", ""), all, Options{Root: "../x"}, "not a folder inside"},
		"a file as the folder":                          {tree("Gemfile", ""), all, Options{Root: "Gemfile"}, "has no folder"},
		"a runtime that does not exist":                 {tree("Gemfile", "", "slipway.yaml", "runtime: cobol\n"), all, Options{}, `no runtime "cobol" (slipway.yaml line 1); there are ruby, perl, stray`},
		"a manifest with a wrong line":                  {tree("Gemfile", "", "slipway.yaml", "a: b\n"), all, Options{}, "slipway.yaml line 1"},
		"the one error there is, when nothing fits":     {tree("x", ""), []runtime.Runtime{broken, perl}, Options{}, "broken line 3 is wrong."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := detect(tt.repo, tt.opts, tt.runtimes)
			if err == nil || paas.KindOf(err) != paas.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestDetectMarksThatNothingFits(t *testing.T) {
	t.Parallel()
	_, err := detect(tree("README.md", ""), Options{}, all)
	if !errors.Is(err, errNothing) {
		t.Errorf("got %v, want the mark", err)
	}
}

func TestDetectLaysTheManifestOverThePlan(t *testing.T) {
	t.Parallel()
	plan, err := detect(tree(
		"Gemfile", "",
		"app.json", `{"env": {"LOG": "info", "KEY": {}, "SESSION": {"generator": "secret"}}}`,
		"slipway.yaml", "processes:\n  worker: sidekiq\nrelease: rake db:migrate\nenv:\n  LOG: debug\nneeds: [TOKEN, LOG]\n"+
			"build:\n  install: bundle\n  packages: [ffmpeg]\nrun:\n  port: 3000\n  start-timeout: 2m\n  memory: 1GB\n",
	), Options{Choices: manifest.Manifest{Build: manifest.Build{Install: saying("bundle --jobs 2")}}}, all)
	if err != nil {
		t.Fatal(err)
	}
	wantProcesses := []paas.Process{
		{Name: "web", Command: paas.Command{Args: []string{"rackup"}}, Source: "default"},
		{Name: "worker", Command: paas.Command{Line: "sidekiq"}, Source: "slipway.yaml line 2"},
	}
	if !reflect.DeepEqual(plan.Processes, wantProcesses) {
		t.Errorf("processes: got %+v, want %+v", plan.Processes, wantProcesses)
	}
	if want := map[string]string{"RACK_ENV": "production", "LOG": "debug"}; !reflect.DeepEqual(plan.Env, want) {
		t.Errorf("env: got %v, want %v", plan.Env, want)
	}
	if want := []string{"KEY", "TOKEN"}; !reflect.DeepEqual(plan.Needs, want) {
		t.Errorf("needs: got %v, want %v: a variable with a default needs none", plan.Needs, want)
	}
	if want := []string{"SESSION"}; !reflect.DeepEqual(plan.Secrets, want) {
		t.Errorf("secrets: got %v, want %v", plan.Secrets, want)
	}
	wantSettings := map[string]paas.Setting{
		"Generated secret SESSION": {Value: "a random value at the first deploy", Source: "app.json line 1"},
		runtime.SettingInstall:     {Value: "bundle --jobs 2", Source: "app settings"},
		runtime.SettingPackages:    {Value: "ffmpeg", Source: "slipway.yaml line 9"},
		runtime.SettingPort:        {Value: "3000", Source: "slipway.yaml line 11"},
		runtime.SettingHealth:      {Value: "/", Source: "default"},
		runtime.SettingStart:       {Value: "120 s", Source: "slipway.yaml line 12"},
		runtime.SettingMemory:      {Value: "1 GiB", Source: "slipway.yaml line 13"},
		runtime.SettingFinishes:    {Value: "yes", Source: "default"},
		runtime.SettingRelease:     {Value: "rake db:migrate", Source: "slipway.yaml line 3"},
	}
	for _, s := range plan.Settings {
		want, ok := wantSettings[s.Name]
		if !ok || s.Value != want.Value || s.Source != want.Source {
			t.Errorf("setting: got %+v, want %+v", s, want)
		}
		delete(wantSettings, s.Name)
	}
	if len(wantSettings) > 0 {
		t.Errorf("settings: missing %v", wantSettings)
	}
	if plan.Build.Install != "bundle --jobs 2" || plan.Run.Port != 3000 || plan.Run.StartTimeout != 2*time.Minute || plan.Build.Root != "." {
		t.Errorf("got %+v and %+v, want what was said", plan.Build, plan.Run)
	}
}

func TestWhoSaysHowTheAppStartsIsNotWarnedThatNobodyDoes(t *testing.T) {
	t.Parallel()
	guess := fake{name: "guess", file: "x", score: 50, plan: paas.Plan{Warnings: []paas.Warning{{Code: runtime.WarnNoStart}, {Code: runtime.WarnUnlocked}}}}
	for procfile, want := range map[string]int{"": 2, "web: run it\n": 1} {
		plan, err := detect(tree("x", "", "Procfile", procfile), Options{}, []runtime.Runtime{guess})
		if err != nil || len(plan.Warnings) != want {
			t.Errorf("with the Procfile %q: warnings %v, error %v, want %d warnings", procfile, plan.Warnings, err, want)
		}
	}
}

func TestAProcfileReplacesWhatWasDetected(t *testing.T) {
	t.Parallel()
	plan, err := detect(tree("Gemfile", "", "Procfile", "clock: rake tick\nbot: rake bot\n"), Options{}, all)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range plan.Processes {
		names = append(names, p.Name)
	}
	if want := []string{"bot", "clock"}; !reflect.DeepEqual(names, want) || plan.Run.Finishes {
		t.Errorf("got %v (finishes %v), want only the Procfile's, which stay", names, plan.Run.Finishes)
	}
}

func TestWhetherAWebProcessMayFinish(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		procfile, settings  string
		finishes, mayFinish bool
	}{
		"what was detected":                     {"", "", true, false},
		"a Procfile's":                          {"web: rake hello\n", "", false, true},
		"a Procfile's that is said to stay":     {"web: rake hello\n", "run:\n  finishes: false\n", false, false},
		"a Procfile's that is said to finish":   {"web: rake hello\n", "run:\n  finishes: true\n", true, false},
		"a Procfile without one":                {"clock: rake tick\n", "", false, false},
		"slipway.yaml's, of what was to finish": {"", "processes:\n  web: rake hello\n", true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := detect(tree("Gemfile", "", "Procfile", tt.procfile, "slipway.yaml", tt.settings), Options{}, all)
			if err != nil || plan.Run.Finishes != tt.finishes || plan.Run.MayFinish != tt.mayFinish {
				t.Errorf("finishes %v, may finish %v, %v; want %v and %v", plan.Run.Finishes, plan.Run.MayFinish, err, tt.finishes, tt.mayFinish)
			}
			if shown := settings(plan.Settings).has(runtime.SettingFinishes); shown != (tt.finishes || strings.Contains(tt.settings, "finishes")) {
				t.Errorf("the page shows that it finishes: %v", shown)
			}
		})
	}
}

func TestChoicesOfAnApp(t *testing.T) {
	t.Parallel()
	no := false
	m := Choices("node", paas.AppSettings{
		Port: 4000, Commands: map[string]string{"web": "npm start"}, WritableRoot: &no,
		Build: paas.BuildSettings{Command: "make", Env: map[string]string{"A": "b"}},
	})
	switch {
	case m.Runtime.Value != "node", m.Run.Port.Value != 4000, m.Build.Command.Value != "make",
		m.Processes["web"].Value.Line != "npm start", m.Build.Env["A"].Value != "b":
		t.Errorf("got %+v, want every choice", m)
	case !m.Run.WritableRoot.Set() || m.Run.WritableRoot.Value:
		t.Error("got no word on the writable root, want the explicit no")
	case m.Build.Install.Set() || m.Run.HealthPath.Set() || m.Version.Set():
		t.Errorf("got %+v, want nothing said about what was not chosen", m)
	}
	if got := Choices("", paas.AppSettings{}); got.Runtime.Set() {
		t.Errorf("got %+v, want detection to choose", got)
	}
}

func TestEveryRuntimeCanBeLookedUp(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"node", "static", "java", "groovy", "python", "r", "go", "dockerfile"} {
		if _, err := Layers(paas.Plan{Runtime: name, Version: "21"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Dockerfile(paas.Plan{Runtime: "cobol"}, nil); err == nil {
		t.Error("got a Dockerfile for a runtime that does not exist")
	}
}
