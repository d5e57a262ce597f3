package manifest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

const everything = `# all that can be said
runtime: node
version: 22
processes:
  web: npm start
  worker: [node, worker.js, --queue, "a b"]
release: npm run migrate
env:
  LOG_LEVEL: info
  WORKERS: 3
  RATE: 3.10
needs: [DATABASE_URL]
build:
  install: npm ci
  command: |
    npm run build
    npm run check
  output: ./dist/
  dockerfile: deploy/Dockerfile
  packages: [ffmpeg, libvips42t64]
  env: {NODE_ENV: production}
run:
  port: 3000
  health: /healthz
  start-timeout: 90s
  writable-root: true
  user: "1000:1000"
  memory: 1GB
  finishes: false
`

func at(line string) string { return "slipway.yaml line " + line }

func TestParseSlipwayReadsEverything(t *testing.T) {
	t.Parallel()
	got, err := ParseSlipway([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	want := Manifest{
		Runtime: Value[string]{"node", at("2")},
		Version: Value[string]{"22", at("3")},
		Processes: map[string]Value[paas.Command]{
			"web":    {paas.Command{Line: "npm start"}, at("5")},
			"worker": {paas.Command{Args: []string{"node", "worker.js", "--queue", "a b"}}, at("6")},
		},
		Release: Value[paas.Command]{paas.Command{Line: "npm run migrate"}, at("7")},
		Env: map[string]Value[string]{
			"LOG_LEVEL": {"info", at("9")}, "WORKERS": {"3", at("10")}, "RATE": {"3.10", at("11")},
		},
		Needs: map[string]string{"DATABASE_URL": at("12")},
		Build: Build{
			Install:    Value[string]{"npm ci", at("14")},
			Command:    Value[string]{"npm run build\nnpm run check", at("15")},
			Output:     Value[string]{"dist", at("18")},
			Dockerfile: Value[string]{"deploy/Dockerfile", at("19")},
			Packages:   Value[[]string]{[]string{"ffmpeg", "libvips42t64"}, at("20")},
			Env:        map[string]Value[string]{"NODE_ENV": {"production", at("21")}},
		},
		Run: Run{
			Port:         Value[int]{3000, at("23")},
			HealthPath:   Value[string]{"/healthz", at("24")},
			StartTimeout: Value[time.Duration]{90 * time.Second, at("25")},
			WritableRoot: Value[bool]{true, at("26")},
			User:         Value[string]{"1000:1000", at("27")},
			MemoryBytes:  Value[int64]{1 << 30, at("28")},
			Finishes:     Value[bool]{false, at("29")},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseSlipwayRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		want []string // what the message says, in order
	}{
		"a misspelt key with the nearest one": {"runtime: node\nproceses:\n  web: x\n", []string{`line 2: slipway.yaml has no key "proceses". Did you mean "processes"?`}},
		"a key in capitals":                   {"Env:\n  A: b\n", []string{`Did you mean "env"?`}},
		"a key that is near nothing":          {"build:\n  frobnicate: 1\n", []string{`line 2: build has no key "frobnicate". It knows command, dockerfile, env, install, output, packages.`}},
		"the same key twice":                  {"runtime: node\nruntime: go\n", []string{`line 2: "runtime" was already given on line 1.`}},
		"a list where one value belongs":      {"runtime: [node]\n", []string{"line 1: expected one value, not a list."}},
		"a value where a section belongs":     {"run: fast\n", []string{"line 1: run must be a mapping"}},
		"no mapping at all":                   {"just text\n", []string{"line 1: slipway.yaml must be a mapping"}},
		"an empty value":                      {"build:\n  install:\n", []string{"line 2: expected one value, not nothing."}},
		"an alias":                            {"runtime: &r node\nversion: *r\n", []string{"line 2: expected one value, not an alias"}},
		"an empty command":                    {"processes:\n  web: []\n", []string{"line 2: the command is empty."}},
		"release among the processes":         {"processes:\n  release: x\n", []string{"line 2: the release command has a key of its own"}},
		"a process type with a space":         {"processes:\n  \"a b\": x\n", []string{`"a b" is not`}},
		"a variable with a dash":              {"env:\n  A-B: x\n", []string{`line 2: "A-B" cannot be a variable's name`}},
		"PORT as a variable":                  {"env:\n  PORT: 80\n", []string{"line 2: PORT is set by Slipway."}},
		"a wrong name among the needs":        {"needs:\n  - OK\n  - 1X\n", []string{`line 3: "1X" cannot be`}},
		"an output outside the app":           {"build:\n  output: ../../etc\n", []string{`line 2: "../../etc" must be a path inside`}},
		"a package with a shell in it":        {"build:\n  packages: [\"a; rm -rf /\"]\n", []string{"cannot be the name of a Debian package"}},
		"a port that is none":                 {"run:\n  port: 0\n", []string{"a port is a number from 1 to 65535"}},
		"a time without a unit":               {"run:\n  start-timeout: 90\n", []string{"such as 90s"}},
		"a health path without a slash":       {"run:\n  health: healthz\n", []string{"begins with /"}},
		"root as the user":                    {"run:\n  user: \"0:0\"\n", []string{"a number other than 0"}},
		"a size that no machine has":          {"run:\n  memory: 900000GB\n", []string{"expected a size from 16MB"}},
		"a size of nothing":                   {"run:\n  memory: 0MB\n", []string{"such as 512MB"}},
		"a flag that is a word":               {"run:\n  finishes: sometimes\n", []string{"expected true or false"}},
		"two documents":                       {"runtime: node\n---\nruntime: go\n", []string{"more than one document"}},
		"what is not YAML":                    {"runtime: node\n  version: 22\n", []string{"slipway.yaml line 2 is not YAML"}},
		"every wrong line at once":            {"runtme: node\nrun:\n  port: x\n", []string{`line 1: slipway.yaml has no key "runtme"`, "line 3: a port"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseSlipway([]byte(tt.file))
			if err == nil || paas.KindOf(err) != paas.Invalid {
				t.Fatalf("got %v, want an error for the person", err)
			}
			rest := err.Error()
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("got %q, want it to say %q", err, want)
				}
				rest = after
			}
		})
	}
}

func TestParseSlipwayTakesAnEmptyFile(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", "# nothing yet\n", "---\n", "{}\n"} {
		if got, err := ParseSlipway([]byte(file)); err != nil || !reflect.DeepEqual(got, Manifest{}) {
			t.Errorf("%q: got %+v, %v; want it to say nothing", file, got, err)
		}
	}
}

func FuzzParseSlipway(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? [x]\n: y\n"))
	f.Add([]byte("env: {<<: *x}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseSlipway(data)
		checkParsed(t, m, err)
	})
}

// checkParsed holds for every parser: an error is for the person, and what was read can be used as it is.
func checkParsed(t *testing.T, m Manifest, err error) {
	t.Helper()
	if err != nil {
		var e *paas.Error
		if !errors.As(err, &e) || e.Kind != paas.Invalid || e.Message == "" {
			t.Fatalf("%v is not an error for the person", err)
		}
		return
	}
	for name, p := range m.Processes {
		if !processName.MatchString(name) || p.Value.IsZero() || !p.Set() {
			t.Fatalf("process %q is %+v", name, p)
		}
	}
	for name := range m.Env {
		if _, err := paas.ParseVariableName("", name); err != nil {
			t.Fatalf("variable %q: %v", name, err)
		}
	}
	for _, p := range m.Build.Packages.Value {
		if strings.ContainsAny(p, " ;&|$\n") {
			t.Fatalf("package %q would reach a shell", p)
		}
	}
}
