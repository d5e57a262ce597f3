package base

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// baker has the archive of an already baked base in its cache: an almost empty one, so that tests bake in a moment. Its
// definition is its own, by mirrors that do not exist: installing anything from them would fail.
func baker(t *testing.T) *Baker {
	t.Helper()
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	builder, err := buildkit.New(t.Context(), engine, buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := New(Options{Engine: engine, Builder: builder, CacheDir: t.TempDir(), Mirrors: []string{"deb http://" + strings.ToLower(rand.Text()) + ".invalid/debian trixie main"}})
	d, err := b.definition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.o.CacheDir, "base-"+key(d)+".tar"), smallArchive(t), 0o644); err != nil {
		t.Fatal(err)
	}
	removeAfter(t, engine, "slipway/base:"+key(d))
	return b
}

func smallArchive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	text := []byte(t.Name() + rand.Text())
	if err := w.WriteHeader(&tar.Header{Name: "etc/slipway-test", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func removeAfter(t *testing.T, engine *client.Client, reference string) {
	t.Helper()
	t.Cleanup(func() {
		// t.Context has ended by now.
		if _, err := engine.ImageRemove(context.Background(), reference, image.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
			t.Errorf("remove %s: %v", reference, err)
		}
	})
}

func silent(buildkit.Progress) {}

func TestABaseIsImportedFromTheCacheAndThenFound(t *testing.T) {
	t.Parallel()
	b := baker(t)
	var told []string
	first, err := b.Base(t.Context(), func(p buildkit.Progress) {
		if p.Step != nil {
			told = append(told, p.Step.Name)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0] != "Import the base image" {
		t.Errorf("the import was told as %q", told)
	}
	found, err := b.o.Engine.ImageInspect(t.Context(), first.Reference)
	if err != nil || found.Config.Labels[labelBase] != "trixie" {
		t.Errorf("the image's labels are %v, %v", found.Config, err)
	}
	// Another installation on this engine, without a cache of its own.
	other := New(Options{Engine: b.o.Engine, Builder: b.o.Builder, Mirrors: b.o.Mirrors})
	again, err := other.Base(t.Context(), func(p buildkit.Progress) { t.Errorf("it was baked again: %+v", p) })
	if err != nil || again != first {
		t.Errorf("got %+v, %v; want %+v", again, err, first)
	}
}

func TestTheSameArchiveGivesTheSameLayersOnANewEngine(t *testing.T) {
	t.Parallel()
	b := baker(t)
	first, err := b.Base(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	// The engine forgets it.
	if _, err := b.o.Engine.ImageRemove(t.Context(), first.Reference, image.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	again, err := b.Base(t.Context(), silent)
	if err != nil || again != first {
		t.Errorf("got %+v, %v; want %+v", again, err, first)
	}
}

func TestLayersAreBakedOnceAndJoined(t *testing.T) {
	t.Parallel()
	b := baker(t)
	layers := []runtime.Layer{
		{Name: "test-lower", Lines: []string{"ENV A=1", "WORKDIR /lower"}},
		{Name: "test-upper", From: "test-lower", Lines: []string{"WORKDIR /upper"}},
	}
	var all sync.WaitGroup
	images := make([]map[string]Image, 3)
	for i := range images {
		all.Go(func() {
			var err error
			images[i], err = b.Layers(t.Context(), layers, func(p buildkit.Progress) {
				if p.Step != nil && !strings.HasPrefix(p.Step.Name, "test-") && p.Step.Name != "Import the base image" {
					t.Errorf("nobody knows what the step %q is for", p.Step.Name)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	for _, name := range []string{"test-upper", "test-lower"} {
		removeAfter(t, b.o.Engine, images[0][name].Reference)
		for _, other := range images[1:] {
			if other[name] != images[0][name] {
				t.Errorf("%s differs: %+v and %+v", name, other[name], images[0][name])
			}
		}
	}
	upper, err := b.o.Engine.ImageInspect(t.Context(), images[0]["test-upper"].Reference)
	if err != nil {
		t.Fatal(err)
	}
	if upper.Config.Labels[labelLayer] != "test-upper" || upper.Config.WorkingDir != "/upper" {
		t.Errorf("got %+v", upper.Config)
	}
	again, err := b.Layers(t.Context(), layers, func(p buildkit.Progress) { t.Errorf("baked again: %+v", p) })
	if err != nil || again["test-upper"] != images[0]["test-upper"] {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestAnOperatorsImagesAreUsedAsTheyAre(t *testing.T) {
	t.Parallel()
	b := baker(t)
	own, err := b.Base(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	o := New(Options{Engine: b.o.Engine, Builder: b.o.Builder, Image: own.Reference, Layers: map[string]string{"java-21": own.Reference}})
	images, err := o.Layers(t.Context(), []runtime.Layer{{Name: "java-21", Lines: []string{"RUN [\"/does-not-exist\"]"}}}, silent)
	if err != nil || images["java-21"] != own || images[""] != own {
		t.Errorf("got %+v, %v", images, err)
	}
}

func TestFailedBakesAreThePlatformsFault(t *testing.T) {
	t.Parallel()
	b := baker(t)
	tests := map[string]struct {
		do   func() error
		says string
	}{
		"a mirror that is not there": {func() error {
			o := b.o
			o.CacheDir = t.TempDir()
			o.Mirrors = []string{"deb http://127.0.0.1:1/debian trixie main"}
			_, err := New(o).Base(t.Context(), silent)
			return err
		}, "Installing Debian"},
		"a layer's step that fails": {func() error {
			_, err := b.Layers(t.Context(), []runtime.Layer{{Name: "broken", Lines: []string{`RUN ["/does-not-exist"]`}}}, silent)
			return err
		}, "Preparing broken failed"},
		"an image that no registry gives": {func() error {
			o := b.o
			o.Image = "127.0.0.1:1/nothing:here"
			_, err := New(o).Base(t.Context(), silent)
			return err
		}, "cannot be pulled"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.do()
			var d *paas.Diagnosis
			if !errors.As(err, &d) || d.Code != paas.CodeBaseBakeFailed || d.Fault != paas.FaultPlatform || !strings.Contains(d.Cause, tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestALayerMustComeAfterTheOneItIsBuiltOn(t *testing.T) {
	t.Parallel()
	if _, err := baker(t).Layers(t.Context(), []runtime.Layer{{Name: "a", From: "b"}}, silent); err == nil {
		t.Error("it was accepted")
	}
}

// TestDebianIsInstalledFromPackages bakes the real base, which other tests and this machine's Slipway then find.
func TestDebianIsInstalledFromPackages(t *testing.T) {
	t.Parallel()
	b := baker(t)
	o := b.o
	o.Mirrors = nil
	image, err := New(o).Base(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	r := buildkit.Request{
		Dir: t.TempDir(), Image: "slipway-base-test:debian",
		Dockerfile: "FROM " + image.Reference + "\nRUN cat /etc/os-release && test -s /etc/ssl/certs/ca-certificates.crt && apt-get --version\n",
		NoCache:    true,
	}
	var said []string
	if _, err := b.o.Builder.Build(t.Context(), r, func(p buildkit.Progress) {
		if p.Line != nil {
			said = append(said, p.Line.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	removeAfter(t, b.o.Engine, r.Image)
	if all := strings.Join(said, "\n"); !strings.Contains(all, "VERSION_CODENAME=trixie") {
		t.Errorf("this is no trixie:\n%s", all)
	}
}

func TestACanceledInstallationEndsWithItsProcesses(t *testing.T) {
	t.Parallel()
	b := baker(t)
	o := b.o
	o.CacheDir = t.TempDir()
	o.Mirrors = nil
	o.Suite = "bookworm" // no other test bakes it, so it is not found
	d, err := New(o).definition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.find(t.Context(), "slipway/base:"+key(d)); err == nil {
		removeAfter(t, o.Engine, "slipway/base:"+key(d))
		t.Fatal("somebody baked bookworm; run again")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = New(o).Base(ctx, func(p buildkit.Progress) {
		if p.Line != nil && strings.Contains(p.Line.Text, "downloading packages") {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), o.CacheDir) {
			t.Errorf("still running: %q", text)
		}
	}
	if left, err := os.ReadDir(o.CacheDir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestPruneRemovesLayersThatNobodyBuiltOnAndNothingBuiltOnThem(t *testing.T) {
	t.Parallel()
	b := baker(t)
	image, err := b.Base(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Prune(t.Context(), 0); err != nil { // counts as a day: others' images on this engine stay
		t.Fatal(err)
	}
	if err := b.prune(t.Context(), image.Reference, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := b.find(t.Context(), image.Reference); err != nil {
		t.Errorf("a base that was just baked: %v", err)
	}
	if err := errors.Join(b.prune(t.Context(), image.Reference, 0), b.prune(t.Context(), image.Reference, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.find(t.Context(), image.Reference); !errors.Is(err, errMissing) {
		t.Errorf("an unused base: %v", err)
	}
	if _, err := b.Base(t.Context(), silent); err != nil {
		t.Errorf("it is not baked again: %v", err)
	}
}

func TestOnlyImagesNamedForALayerAreLayers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reference string
		labels    map[string]string
		want      bool
	}{
		"a base":                          {"slipway/base:0123", map[string]string{labelBase: "trixie"}, true},
		"a layer":                         {"slipway/java-21:0123", map[string]string{labelBase: "trixie", labelLayer: "java-21"}, true},
		"an app built on a layer":         {"slipway/app-shop:0123", map[string]string{labelBase: "trixie", labelLayer: "java-21"}, false},
		"an app called like the base":     {"slipway/app-base:0123", map[string]string{labelBase: "trixie"}, false},
		"somebody's image built on one":   {"registry.example.com/slipway/base:1", map[string]string{labelBase: "trixie"}, false},
		"an image of nobody we know":      {"slipway/base:0123", nil, false},
		"a layer that lost its own label": {"slipway/java-21:0123", map[string]string{labelBase: "trixie"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := isOurs(tt.reference, tt.labels); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
