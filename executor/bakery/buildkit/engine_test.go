package buildkit_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/server/paas"
)

const testLabel = "slipway.test.buildkit"

// trouble is the folder that holds the program of testdata/trouble: the build context of most tests.
var trouble string

func TestMain(m *testing.M) {
	code, err := withTrouble(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withTrouble(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "slipway-trouble-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	trouble = dir
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "trouble"), "./testdata/trouble")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build the troublemaker: %w\n%s", err, out)
	}
	code := m.Run()
	return code, removeImages()
}

func removeImages() error {
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return err
	}
	defer c.Close()
	images, err := c.ImageList(context.Background(), image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", testLabel))})
	if err != nil {
		return err
	}
	for _, i := range images {
		if _, err := c.ImageRemove(context.Background(), i.ID, image.RemoveOptions{Force: true}); err != nil {
			return err
		}
	}
	return nil
}

// docker is the engine on its usual socket or DOCKER_HOST; without one these tests fail.
func docker(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func builder(t *testing.T, o buildkit.Options) *buildkit.Builder {
	t.Helper()
	b, err := buildkit.New(t.Context(), docker(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// steps is a Dockerfile on an empty image that runs each line by the troublemaker.
func steps(runs ...string) string {
	text := "FROM scratch\nCOPY trouble /trouble\n"
	for _, r := range runs {
		flags := ""
		for strings.HasPrefix(r, "--") {
			flag, rest, _ := strings.Cut(r, " ")
			flags, r = flags+flag+" ", rest
		}
		text += "RUN " + flags + `["/trouble"`
		for _, word := range strings.Fields(r) {
			text += `,"` + word + `"`
		}
		text += "]\n"
	}
	return text
}

// request is a build that shares no cached step with any other run of the tests.
func request(t *testing.T, runs ...string) buildkit.Request {
	t.Helper()
	runs = append([]string{"say " + filepath.Base(t.TempDir()) + strings.ReplaceAll(t.TempDir(), "/", "-")}, runs...)
	return buildkit.Request{
		Dir:        trouble,
		Dockerfile: steps(runs...),
		Image:      "slipway-buildkit-test:" + strings.ToLower(filepath.Base(t.Name())),
		Labels:     map[string]string{testLabel: "1"},
		Limits:     paas.Limits{MemoryBytes: 512 << 20, CPUMillis: 1000},
	}
}

// heard collects what a build tells.
type heard struct {
	mu     sync.Mutex
	steps  map[int]paas.Step
	lines  []string
	notes  []string
	onLine func(string)
}

func (h *heard) tell(p buildkit.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case p.Step != nil:
		if h.steps == nil {
			h.steps = map[int]paas.Step{}
		}
		h.steps[p.Step.Number] = *p.Step
	case p.Line != nil:
		h.lines = append(h.lines, p.Line.Text)
		if h.onLine != nil {
			h.onLine(p.Line.Text)
		}
	default:
		h.notes = append(h.notes, p.Note)
	}
}

func (h *heard) step(t *testing.T, part string) paas.Step {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.steps {
		if strings.Contains(s.Name, part) {
			return s
		}
	}
	t.Fatalf("no step is called …%s… among %v", part, h.steps)
	return paas.Step{}
}

func (h *heard) said(line string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.lines, line)
}

// alive lists the machine's processes whose arguments hold word.
func alive(t *testing.T, word string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), word) {
			found = append(found, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}
