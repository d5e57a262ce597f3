package runtime

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestRunKeepsACommandOneInstruction(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ command, want string }{
		"one line":            {"npm ci", "&& npm ci"},
		"several lines":       {"a\nb", `&& a\nb"]`},
		"a closing backslash": {`a \`, `&& a \\"]`},
		"a Dockerfile inside": {"a\nFROM evil", `&& a\nFROM evil"]`},
		"signs of the shell":  {`echo "<x>" && b`, `&& echo "<x>" && b`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Run("--mount=type=cache,target=/c ", tt.command)
			if strings.ContainsAny(got, "\r\n") || !strings.HasSuffix(got, tt.want) || !strings.HasPrefix(got, "RUN --mount=type=secret,id=ca,") {
				t.Errorf("got %s, want one instruction that ends in %s", got, tt.want)
			}
		})
	}
}

func TestEnvKeepsValuesAsTheyAre(t *testing.T) {
	t.Parallel()
	got, err := Env(map[string]string{"B": `$HOME`, "A": `say "\hi"`})
	if want := []string{`ENV A="say \"\\hi\""`, `ENV B="\$HOME"`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if _, err := Env(map[string]string{"KEY": "a\nb"}); paas.KindOf(err) != paas.Invalid {
		t.Errorf("got %v, want a line break refused for the person", err)
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	web := paas.Process{Name: "web", Command: paas.Command{Line: "npm start -- '$PORT'"}}
	tests := map[string]struct {
		plan paas.Plan
		want []string
	}{
		"the defaults": {paas.Plan{Processes: []paas.Process{web}},
			[]string{"ENV PORT=8080 HOME=/tmp/home", "WORKDIR /app", "USER 10001:10001", `CMD ["/bin/sh","-c","npm start -- '$PORT'"]`}},
		"what the plan says": {paas.Plan{Build: paas.BuildSettings{Root: "svc/a"}, Run: paas.RunSettings{Port: 3000, User: "7:7"}},
			[]string{"ENV PORT=3000 HOME=/tmp/home", "WORKDIR /app/svc/a", "USER 7:7"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Finish(tt.plan); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAptAndQuoteAndCopy(t *testing.T) {
	t.Parallel()
	if got := Apt(); got != "" {
		t.Errorf("got %q, want no step for no packages", got)
	}
	if got := Apt("curl", "git"); !strings.Contains(got, "--no-install-recommends curl git &&") || !strings.HasSuffix(got, "rm -rf /var/lib/apt/lists/*") {
		t.Errorf("got %q, want both packages and no lists", got)
	}
	if got, want := Quote("it's $x"), `'it'\''s $x'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := Copy("build", "/a b", "/c"), `COPY --from=build ["/a b","/c"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTreeReadsItsFolderOnly(t *testing.T) {
	t.Parallel()
	tree := Tree{Root: "svc", Repo: fstest.MapFS{
		"top.txt": {Data: []byte("top")}, "svc/a.txt": {Data: []byte("a")}, "svc/b.txt": {Data: []byte("b")},
		"svc/dir/c.txt": {Data: []byte("c")}, "svc/big": {Data: make([]byte, maxSourceBytes+1)},
	}}
	if data, ok := tree.Read("a.txt"); !ok || string(data) != "a" {
		t.Errorf("got %q, %v; want the file", data, ok)
	}
	for _, name := range []string{"top.txt", "dir", "big", "../top.txt"} {
		if data, ok := tree.Read(name); ok && name != "../top.txt" {
			t.Errorf("%s: got %q, want nothing", name, data[:min(len(data), 10)])
		}
	}
	if !tree.HasDir("dir") || tree.Has("dir") || tree.HasDir("a.txt") {
		t.Error("want files and folders told apart")
	}
	if got := tree.First("x", "b.txt", "a.txt"); got != "b.txt" {
		t.Errorf("got %q, want the first that exists", got)
	}
	if got, want := tree.Glob("*.txt"), []string{"a.txt", "b.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if data, ok := tree.ReadRepo("top.txt"); !ok || string(data) != "top" {
		t.Errorf("got %q, %v; want the repository's file", data, ok)
	}
}
