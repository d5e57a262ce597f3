// Package system_test runs the real program: `slipway up` as a child process, driven by its own CLI, on the machine's
// Docker Engine. It proves what no part can prove alone: that a deploy survives the death of the process at any moment
// and that no request is lost meanwhile.
package system_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	enginedocker "github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
)

// slipway is one installation: its data, its addresses and the process that runs it now.
type slipway struct {
	t            *testing.T
	program      string
	data         string
	portal, edge string
	token        string
	process      *exec.Cmd
	ended        chan error
	logs         *os.File
}

// wait is how long a test waits for what takes seconds on a quiet machine.
const wait = 60 * time.Second

// program is the binary under test: the one `make build` made.
func program(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/slipway")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("run `make build` first: %v", err)
	}
	return path
}

// install makes an installation with an account-less token, running.
func install(t *testing.T) *slipway {
	t.Helper()
	s := &slipway{t: t, program: program(t), data: t.TempDir(), portal: freeAddress(t), edge: freeAddress(t)}
	logs, err := os.Create(filepath.Join(t.TempDir(), "slipway.log"))
	if err != nil {
		t.Fatal(err)
	}
	s.logs = logs
	t.Cleanup(func() {
		s.kill()
		s.remove()
		if t.Failed() {
			if text, err := os.ReadFile(logs.Name()); err == nil {
				t.Logf("slipway said:\n%s", tail(text, 8<<10))
			}
		}
	})
	s.start("")
	out, err := s.command("admin", "token", "--data", s.data).Output()
	if err != nil {
		t.Fatalf("admin token: %v", explain(err))
	}
	s.token = strings.TrimSpace(string(out))
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs `slipway up`, with a failpoint when one is named, and waits until it is ready or has died there.
func (s *slipway) start(failpoint string) {
	s.t.Helper()
	s.process = s.command("up", "--verbose", "--data", s.data, "--portal", s.portal, "--edge", s.edge)
	s.process.Env = append(s.process.Env, "SLIPWAY_FAIL="+failpoint)
	s.process.Stdout, s.process.Stderr = s.logs, s.logs
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan error, 1)
	go func(p *exec.Cmd, ended chan<- error) { ended <- p.Wait() }(s.process, s.ended)
	s.eventually(wait, "Slipway is ready", func() error {
		select {
		case err := <-s.ended:
			s.ended <- err
			if failpoint != "" {
				return nil
			}
			s.t.Fatalf("slipway ended: %v", err)
		default:
		}
		r, err := http.Get("http://" + s.portal + "/readyz")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz answers %s", r.Status)
		}
		return nil
	})
}

// kill ends the process as the kernel would: no notice, no clean-up.
func (s *slipway) kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGKILL)
	<-s.ended
	s.process = nil
}

// died waits until the process has killed itself at its failpoint.
func (s *slipway) died(within time.Duration) {
	s.t.Helper()
	select {
	case <-s.ended:
		s.process = nil
	case <-time.After(within):
		s.t.Fatalf("slipway did not reach its failpoint within %s", within)
	}
}

func (s *slipway) command(args ...string) *exec.Cmd {
	c := exec.Command(s.program, args...)
	c.Env = append(os.Environ(), "SLIPWAY_URL=http://"+s.portal, "SLIPWAY_TOKEN="+s.token)
	return c
}

// run runs one CLI command and decodes its JSON into into, if that is not nil.
func (s *slipway) run(into any, args ...string) {
	s.t.Helper()
	out, err := s.command(append(args, "--json")...).Output()
	if err != nil {
		s.t.Fatalf("slipway %s: %v", strings.Join(args, " "), explain(err))
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(out, into); err != nil {
		s.t.Fatalf("slipway %s printed %q: %v", strings.Join(args, " "), out, err)
	}
}

func explain(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}

// eventually calls check until it is nil, and fails with its last word.
func (s *slipway) eventually(within time.Duration, what string, check func() error) {
	s.t.Helper()
	deadline := time.After(within)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			s.t.Fatalf("%s: not within %s: %v", what, within, err)
		case <-again.C:
		}
	}
}

// get asks an app through the edge.
func (s *slipway) get(app, path string) (status int, body string, err error) {
	r, err := http.NewRequest(http.MethodGet, "http://"+s.edge+path, nil)
	if err != nil {
		return 0, "", err
	}
	r.Host = app + ".localhost"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// answers waits until the app answers with the text.
func (s *slipway) answers(app, text string) {
	s.t.Helper()
	s.eventually(wait, app+" answers "+text, func() error {
		status, body, err := s.get(app, "/")
		if err != nil {
			return err
		}
		if status != http.StatusOK || !strings.Contains(body, text) {
			return fmt.Errorf("it answers %d %q", status, body)
		}
		return nil
	})
}

// containers lists this installation's containers that run, by app and task.
func (s *slipway) containers() []container.Summary {
	s.t.Helper()
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		s.t.Fatal(err)
	}
	defer docker.Close()
	list, err := docker.ContainerList(context.WithoutCancel(s.t.Context()), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("label", "slipway.install="+s.installID())),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *slipway) installID() string {
	s.t.Helper()
	out, err := s.command("admin", "install-id", "--data", s.data).Output()
	if err != nil {
		s.t.Fatalf("admin install-id: %v", explain(err))
	}
	return strings.TrimSpace(string(out))
}

// remove leaves nothing of this installation on the engine: containers, networks, images.
func (s *slipway) remove() {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		s.t.Fatal(err)
	}
	install := s.installID()
	driver, err := enginedocker.New(enginedocker.Options{Install: install, Client: docker})
	if err != nil {
		s.t.Fatal(err)
	}
	defer driver.Close()
	if err := driver.Purge(ctx); err != nil {
		s.t.Errorf("remove what was left: %v", err)
	}
	images, err := docker.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", "slipway.image.install="+install))})
	if err != nil {
		s.t.Errorf("list images: %v", err)
	}
	for _, i := range images {
		if _, err := docker.ImageRemove(ctx, i.ID, image.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
			s.t.Errorf("remove image %s: %v", i.ID, err)
		}
	}
}

// repository is an app's source: a Dockerfile on the tests' image, so that a build takes a moment only.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t: t, dir: t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	return r
}

// commit writes a version of the app: it answers with the version's name, or misbehaves as flags say.
func (r *repository) commit(version, flags string) {
	r.t.Helper()
	dockerfile := fmt.Sprintf("FROM %s\nENV VERSION=%s\nENV TESTAPP_FLAGS=%q\n", enginetest.Image(r.t), version, flags)
	if err := os.WriteFile(filepath.Join(r.dir, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", version)
}

func (r *repository) git(args ...string) {
	r.t.Helper()
	c := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.test"}, args...)...)
	c.Dir = r.dir
	if out, err := c.CombinedOutput(); err != nil {
		r.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func tail(text []byte, n int) []byte {
	if len(text) > n {
		text = text[len(text)-n:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return text
}
