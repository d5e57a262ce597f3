package bakery_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/bakery"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/paas"
)

// kitchen is a bakery of a test's own: its images bear an installation id that nothing else has.
type kitchen struct {
	*bakery.Bakery
	engine  *client.Client
	install string
	data    string
}

func newKitchen(t *testing.T) kitchen {
	t.Helper()
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	k := kitchen{engine: engine, install: "test-" + strings.ToLower(rand.Text()), data: t.TempDir()}
	k.Bakery, err = bakery.New(t.Context(), bakery.Options{
		Engine: engine, Install: k.install,
		Sources: source.Options{Dir: k.data, AllowLocal: true},
		Limits:  paas.Limits{MemoryBytes: 512 << 20, CPUMillis: 1000},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// t.Context has ended by now.
		for _, i := range k.images(t, context.Background()) {
			if _, err := engine.ImageRemove(context.Background(), i.ID, image.RemoveOptions{Force: true}); err != nil {
				t.Errorf("clean up: %v", err)
			}
		}
	})
	return k
}

func (k kitchen) images(t *testing.T, ctx context.Context) []image.Summary {
	t.Helper()
	images, err := k.engine.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", "slipway.image.install="+k.install))})
	if err != nil {
		t.Fatal(err)
	}
	return images
}

// repo makes a repository of files and returns its folder.
func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	change(t, dir, files)
	return dir
}

func change(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "--quiet", "-m", "Change")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

func from(t *testing.T, dir string) bakery.Source {
	t.Helper()
	url, err := paas.ParseRepoURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	return bakery.Source{URL: url}
}

func silent(bakery.Progress) {}

func (k kitchen) bake(t *testing.T, r bakery.Request) bakery.Result {
	t.Helper()
	result, err := k.Bake(t.Context(), r, silent)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// bread is an app with a Dockerfile of its own that needs nothing else.
func bread(text string) map[string]string {
	return map[string]string{"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\nCOPY bread /bread\nCMD [\"/bread\"]\n", "bread": text}
}

func TestTheSameContentIsBakedOnce(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	dir := repo(t, bread("rye"))
	first := k.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	if first.Reused || first.Commit.Subject != "Change" || first.Plan.Runtime != "dockerfile" || !strings.Contains(first.Dockerfile, "COPY bread") {
		t.Errorf("got %+v", first)
	}
	if want := "slipway/app-shop:" + first.Key; first.Image != want {
		t.Errorf("the image is called %s, want %s", first.Image, want)
	}
	found, err := k.engine.ImageInspect(t.Context(), first.Image)
	if err != nil || found.ID != first.ImageID || !slices.Equal(found.Config.Cmd, []string{"/bread"}) {
		t.Errorf("the engine has %+v, %v", found, err)
	}

	var steps []string
	again, err := k.Bake(t.Context(), bakery.Request{App: "shop", Source: from(t, dir)}, func(p bakery.Progress) {
		if p.Step != nil && !p.Step.Finished.IsZero() {
			steps = append(steps, p.Step.Name)
		}
	})
	if err != nil || !again.Reused || again.ImageID != first.ImageID {
		t.Errorf("the second time got %+v, %v", again, err)
	}
	if !slices.Equal(steps, []string{"Fetch the source", "Detect the runtime"}) {
		t.Errorf("the second time the steps were %q", steps)
	}

	twin := k.bake(t, bakery.Request{App: "twin", Source: from(t, repo(t, bread("rye")))})
	if !twin.Reused || twin.ImageID != first.ImageID || twin.Image != "slipway/app-twin:"+first.Key {
		t.Errorf("another app of the same content got %+v", twin)
	}
	if _, err := k.engine.ImageInspect(t.Context(), twin.Image); err != nil {
		t.Errorf("the other app's name is not known: %v", err)
	}

	change(t, dir, map[string]string{"bread": "wheat"})
	if third := k.bake(t, bakery.Request{App: "shop", Source: from(t, dir)}); third.Reused || third.Key == first.Key || third.ImageID == first.ImageID {
		t.Errorf("other content got %+v", third)
	}
}

func TestWithoutCacheEverythingIsBakedAnew(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	s := from(t, repo(t, bread("anew")))
	first := k.bake(t, bakery.Request{App: "shop", Source: s})
	cached := ""
	anew, err := k.Bake(t.Context(), bakery.Request{App: "shop", Source: s, NoCache: true}, func(p bakery.Progress) {
		if p.Step != nil && p.Step.Cached {
			cached = p.Step.Name
		}
	})
	if err != nil || anew.Reused || cached != "" || anew.Key != first.Key {
		t.Errorf("got %+v, %v, a cached step: %v", anew, err, cached)
	}
	if found, err := k.engine.ImageInspect(t.Context(), first.Image); err != nil || found.ID != anew.ImageID {
		t.Errorf("the name stands for %s, want the new %s (%v)", found.ID, anew.ImageID, err)
	}
}

func TestIdenticalBakesAtTheSameTimeAreJoined(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	var all sync.WaitGroup
	results := make([]bakery.Result, 4)
	for i := range results {
		s := from(t, repo(t, bread("one loaf for "+k.install)))
		all.Go(func() {
			var err error
			if results[i], err = k.Bake(t.Context(), bakery.Request{App: string(rune('a' + i)), Source: s}, silent); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	built := 0
	for i, r := range results {
		if !r.Joined && !r.Reused {
			built++
		}
		if r.ImageID != results[0].ImageID {
			t.Errorf("app %d got another image", i)
		}
		if found, err := k.engine.ImageInspect(t.Context(), r.Image); err != nil || found.ID != r.ImageID {
			t.Errorf("app %d's name stands for %s, %v", i, found.ID, err)
		}
	}
	if built != 1 {
		t.Errorf("it was built %d times: %+v", built, results)
	}
}

func TestTheFirstToAskMayLeaveTheOthersBake(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	bread, err := k.Base(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	nap := "1000" + strconv.FormatInt(time.Now().UnixNano(), 10) // seconds: until the test ends it
	s := from(t, repo(t, map[string]string{"Dockerfile": "FROM " + bread + "\nCOPY Dockerfile /\nRUN echo rising " + k.install + "; sleep " + nap + "; true\n"}))
	rising := func(p bakery.Progress) bool { return p.Line != nil && p.Line.Text == "rising "+k.install }
	impatient, leave := context.WithCancel(t.Context())
	defer leave()
	started, joined, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		_, err := k.Bake(impatient, bakery.Request{App: "first", Source: s}, func(p bakery.Progress) {
			if rising(p) {
				close(started)
			}
		})
		left <- err
	}()
	select {
	case <-started:
	case err := <-left:
		t.Fatalf("the first ended before it began to rise: %v", err)
	}
	result := make(chan bakery.Result, 1)
	go func() {
		r, err := k.Bake(t.Context(), bakery.Request{App: "second", Source: s}, func(p bakery.Progress) {
			if rising(p) {
				once.Do(func() { close(joined) })
			}
		})
		if err != nil {
			t.Error(err)
		}
		result <- r
	}()
	select {
	case <-joined:
	case err := <-left:
		t.Fatalf("the first ended by itself: %v", err)
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the first got %v", err)
	}
	if trees := k.trees(t); len(trees) == 0 {
		t.Error("the tree that is being built is gone")
	}
	endSleep(t, nap)
	if r := <-result; !r.Joined || r.Image != "slipway/app-second:"+r.Key {
		t.Errorf("the second got %+v", r)
	}
	if trees := k.trees(t); len(trees) > 0 {
		t.Errorf("left behind: %v", trees)
	}
}

// endSleep kills the sleep of so many seconds, wherever on the machine it runs.
func endSleep(t *testing.T, seconds string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err != nil || string(text) != "sleep\x00"+seconds+"\x00" {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("nothing sleeps so long")
}

// trees are the source trees that are checked out at the moment.
func (k kitchen) trees(t *testing.T) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(k.data, "trees"))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestASubdirectoryOfAMonorepoIsTheBuildContext(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	files := map[string]string{"README": "nothing to run here"}
	for name, text := range bread("monorepo") {
		files["apps/web/"+name] = text
	}
	s := from(t, repo(t, files))
	s.Root = "apps/web"
	r := k.bake(t, bakery.Request{App: "shop", Source: s})
	if got := r.Plan.Build.Root; got != "apps/web" {
		t.Errorf("the plan's root is %q", got)
	}
	if got := fileOf(t, k.engine, r.Image, "bread"); got != "monorepo" {
		t.Errorf("the image holds %q", got)
	}
}

// fileOf reads a file of an image, through a container that is never started.
func fileOf(t *testing.T, engine *client.Client, reference, name string) string {
	t.Helper()
	archive, err := engine.ImageSave(t.Context(), []string{reference})
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	all, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	eachFile(t, all, func(file string, text []byte) {
		if strings.HasSuffix(file, "layer.tar") {
			eachFile(t, text, func(inner string, text []byte) {
				if inner == name {
					found = string(text)
				}
			})
		}
	})
	return found
}

func eachFile(t *testing.T, archive []byte, see func(string, []byte)) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		see(h.Name, text)
	}
}

// TestFailedBakes is the list of what can go wrong before and in a bake, each with its code.
func TestFailedBakes(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	app := func(dockerfile string) bakery.Source {
		return from(t, repo(t, map[string]string{"Dockerfile": dockerfile}))
	}
	inFolder := func(s bakery.Source, root paas.Subdir) bakery.Source { s.Root = root; return s }
	at := func(s bakery.Source, ref paas.Ref) bakery.Source { s.Ref = ref; return s }
	tests := map[string]struct {
		source bakery.Source
		want   paas.Code
		says   string
	}{
		"no repository":                {from(t, "/no/such/repository"), paas.CodeUnreachable, "There is no repository"},
		"no such branch":               {at(app("FROM scratch\n"), "nothing"), paas.CodeNoSuchRef, ""},
		"nothing that can be run":      {from(t, repo(t, map[string]string{"LICENSE": "free"})), paas.CodeNoRuntime, "looked for"},
		"nothing to start":             {from(t, repo(t, map[string]string{"A.java": "class A {}"})), paas.CodeNoProcess, "recognised as Java"},
		"no such folder":               {inFolder(app("FROM scratch\n"), "apps/web"), paas.CodeNoSuchRoot, "apps/web"},
		"a wrong Procfile":             {from(t, repo(t, map[string]string{"Dockerfile": "FROM scratch\n", "Procfile": "web\n"})), paas.CodeManifest, "Procfile line 1"},
		"a Dockerfile that is none":    {app("BAKE bread\n"), paas.CodeBuildFailed, "The Dockerfile is wrong"},
		"an unknown instruction":       {app("FROM scratch\nBAKE bread\n"), paas.CodeBuildFailed, "BAKE"},
		"a file that is not there":     {app("FROM scratch\nCOPY nothing /\n"), paas.CodeBuildFailed, "nothing"},
		"an image that cannot be had":  {app("FROM 127.0.0.1:1/nothing:1\n"), paas.CodeBuildHost, "127.0.0.1:1/nothing:1, which the Dockerfile builds on"},
		"a Dockerfile that leads away": {away(t), paas.CodeManifest, "Dockerfile"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := k.Bake(t.Context(), bakery.Request{App: "shop", Source: tt.source}, silent)
			var d *paas.Diagnosis
			if !errors.As(err, &d) {
				t.Fatalf("got %+v, %v; want a diagnosis", result, err)
			}
			if all := d.Cause + strings.Join(d.Evidence, " "); d.Code != tt.want || !strings.Contains(all, tt.says) {
				t.Errorf("got %s %q, want %s with %q", d.Code, all, tt.want, tt.says)
			}
		})
	}
}

// away is a repository whose Dockerfile is a symbolic link to a file of the machine.
func away(t *testing.T) bakery.Source {
	t.Helper()
	dir := repo(t, map[string]string{"README": "nothing"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "Dockerfile")); err != nil {
		t.Fatal(err)
	}
	change(t, dir, map[string]string{"slipway.yaml": "build:\n  dockerfile: Dockerfile\n"})
	return from(t, dir)
}

func TestInspectShowsThePlanAndBuildsNothing(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	plan, commit, err := k.Inspect(t.Context(), from(t, repo(t, bread("look"))))
	if err != nil || plan.Runtime != "dockerfile" || commit.Author != "Ada" {
		t.Errorf("got %+v, %+v, %v", plan, commit, err)
	}
	if images := k.images(t, t.Context()); len(images) > 0 {
		t.Errorf("it built %v", images)
	}
	_, _, err = k.Inspect(t.Context(), from(t, repo(t, map[string]string{"LICENSE": "free"})))
	var e *paas.Error
	var d *paas.Diagnosis
	if !errors.As(err, &e) || e.Field != "runtime" || !errors.As(err, &d) || d.Code != paas.CodeNoRuntime {
		t.Errorf("nothing to run: %v", err)
	}
}

func TestPruneRemovesOnlyWhatIsOursAndUnused(t *testing.T) {
	t.Parallel()
	ours, others := newKitchen(t), newKitchen(t)
	dir := repo(t, bread("old"))
	old := ours.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	theirs := others.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	change(t, dir, bread("new"))
	kept := ours.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	var asked []string
	retire := func(_ context.Context, reference string) (bool, error) {
		asked = append(asked, reference)
		return reference != kept.Image, nil
	}
	if removed, err := ours.Prune(t.Context(), time.Hour, retire); err != nil || len(removed)+len(asked) > 0 {
		t.Errorf("asked about %q and removed %q, %v; a bake of this hour may not be on record yet", asked, removed, err)
	}
	removed, err := ours.Prune(t.Context(), 0, retire)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(asked, theirs.Image) {
		t.Error("it asked about an image of another installation")
	}
	if !slices.Equal(removed, []string{old.Image}) {
		t.Errorf("removed %q, want %q", removed, old.Image)
	}
	for _, i := range ours.images(t, t.Context()) {
		if i.ID != kept.ImageID {
			t.Errorf("%v stayed", i.RepoTags)
		}
	}
	for _, want := range []bakery.Result{kept, theirs} {
		if _, err := ours.engine.ImageInspect(t.Context(), want.Image); err != nil {
			t.Errorf("%s is gone: %v", want.Image, err)
		}
	}
}

func TestAnImageThatWasJustFoundAgainIsNotPruned(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	r := bakery.Request{App: "shop", Source: from(t, repo(t, bread("found")))}
	baked := k.bake(t, r)
	inspect, err := k.engine.ImageInspect(t.Context(), baked.Image)
	if err != nil {
		t.Fatal(err)
	}
	if again := k.bake(t, r); !again.Reused {
		t.Fatal("it was baked anew")
	}
	found, err := k.engine.ImageInspect(t.Context(), baked.Image)
	if err != nil || !found.Metadata.LastTagTime.After(inspect.Metadata.LastTagTime) {
		t.Errorf("found again, the image was named at %s, before %s, %v", found.Metadata.LastTagTime, inspect.Metadata.LastTagTime, err)
	}
}

func TestAnImageThatCannotBeJudgedStaysAndTheOthersGo(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	dir := repo(t, bread("one"))
	first := k.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	change(t, dir, bread("two"))
	second := k.bake(t, bakery.Request{App: "shop", Source: from(t, dir)})
	broken := errors.New("the database is away")
	removed, err := k.Prune(t.Context(), 0, func(_ context.Context, reference string) (bool, error) {
		if reference == first.Image {
			return false, broken
		}
		return true, nil
	})
	if !errors.Is(err, broken) || !slices.Equal(removed, []string{second.Image}) {
		t.Errorf("removed %q, %v", removed, err)
	}
}

func TestPruningCachesKeepsWhatIsInUse(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	s := from(t, repo(t, bread("stored")))
	k.bake(t, bakery.Request{App: "shop", Source: s})
	// So much may stay that nothing of anybody's is removed.
	if err := k.PruneCaches(t.Context(), time.Hour, 1<<60); err != nil {
		t.Fatal(err)
	}
	if r := k.bake(t, bakery.Request{App: "shop", Source: s}); !r.Reused {
		t.Error("the image was baked again")
	}
}

func TestACanceledBakeEndsWithTheCallersCause(t *testing.T) {
	t.Parallel()
	k := newKitchen(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	changed := errors.New("she changed her mind")
	_, err := k.Bake(ctx, bakery.Request{App: "shop", Source: from(t, repo(t, bread("raw")))}, func(p bakery.Progress) {
		if p.Plan != nil {
			cancel(changed)
		}
	})
	if !errors.Is(err, changed) {
		t.Errorf("got %v", err)
	}
}
