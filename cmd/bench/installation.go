package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"

	"github.com/slipway-paas/slipway/web/api"
)

// installation is a Slipway of the bench's own: its data, its addresses and the process that runs it.
type installation struct {
	*bench
	data, portal, edge string
	token, id          string
	process            *exec.Cmd
	ended              chan error
	said               *os.File // what it logs
}

// install starts a new installation.
func (b *bench) install(ctx context.Context, name string) (*installation, error) {
	s := &installation{bench: b, data: filepath.Join(b.dir, name)}
	var err error
	if s.said, err = os.Create(filepath.Join(b.dir, name+".log")); err != nil {
		return nil, err
	}
	if s.portal, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if s.edge, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if _, err = s.start(ctx); err == nil {
		s.token, err = s.admin(ctx, "token")
	}
	if err == nil {
		s.id, err = s.admin(ctx, "install-id")
	}
	if err != nil {
		return nil, errors.Join(err, s.remove(ctx))
	}
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs `slipway up` and says how long it took until it was ready.
func (s *installation) start(ctx context.Context) (took time.Duration, err error) {
	s.process = exec.Command(s.program, "up", "--data", s.data, "--portal", s.portal, "--edge", s.edge) // ended by stop, not by ctx: it must end well
	s.process.Stdout, s.process.Stderr = s.said, s.said
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the bench, which then cleans up
	began := time.Now()
	if err := s.process.Start(); err != nil {
		s.process = nil
		return 0, err
	}
	s.ended = make(chan error, 1)
	go func(p *exec.Cmd, ended chan<- error) { ended <- p.Wait() }(s.process, s.ended)
	err = await(ctx, time.Minute, 5*time.Millisecond, "Slipway is ready", func(ctx context.Context) error {
		status, _, err := get(ctx, "http://"+s.portal+"/readyz", "", "")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("it answers %d", status)
		}
		return err
	})
	return time.Since(began), err
}

// stop ends the process as Ctrl-C does.
func (s *installation) stop() error {
	if s.process == nil {
		return nil
	}
	defer func() { s.process = nil }()
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		if err != nil {
			err = fmt.Errorf("slipway up did not end well: %w; its last words: %s", err, s.lastWords())
		}
		return err
	case <-time.After(time.Minute):
		return errors.Join(errors.New("slipway did not end within a minute"), s.process.Process.Kill(), <-s.ended)
	}
}

// lastWords is the end of what Slipway printed.
func (s *installation) lastWords() string {
	text, err := os.ReadFile(s.said.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-500):])
}

func (s *installation) admin(ctx context.Context, what string) (string, error) {
	out, err := exec.CommandContext(ctx, s.program, "admin", what, "--data", s.data).Output()
	if err != nil {
		return "", fmt.Errorf("slipway admin %s: %w", what, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// remove stops the process and removes what the installation and the bench left on the engine.
func (s *installation) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err := errors.Join(s.stop(), s.said.Close())
	if s.id == "" {
		return err
	}
	mine := filters.NewArgs(filters.Arg("label", "slipway.install="+s.id))
	containers, e := s.docker.ContainerList(ctx, container.ListOptions{All: true, Filters: mine})
	err = errors.Join(err, e)
	for _, c := range containers {
		err = errors.Join(err, s.docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}))
	}
	networks, e := s.docker.NetworkList(ctx, network.ListOptions{Filters: mine})
	err = errors.Join(err, e)
	for _, n := range networks {
		err = errors.Join(err, s.docker.NetworkRemove(ctx, n.ID))
	}
	images, e := s.docker.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", "slipway.image.install="+s.id))})
	err = errors.Join(err, e)
	for _, i := range images {
		_, e := s.docker.ImageRemove(ctx, i.ID, image.RemoveOptions{Force: true, PruneChildren: true})
		err = errors.Join(err, e)
	}
	return err
}

// memory is how much of the machine's memory the process holds, in MB.
func (s *installation) memory() (float64, error) { return resident(s.process.Process.Pid) }

// resident reads VmRSS. Source: proc_pid_status(5); the unit is KiB.
func resident(pid int) (megabytes float64, err error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// get is one request; host and token may be empty.
func get(ctx context.Context, url, host, token string) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	r.Host = host
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// app asks an app through the edge.
func (s *installation) app(ctx context.Context, name, path string) (status int, body string, err error) {
	return get(ctx, "http://"+s.edge+path, name+".localhost", "")
}

// call sends one request to the JSON API; out may be nil.
func (s *installation) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.portal+api.Prefix+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", rand.Text())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

// read is a GET of the JSON API.
func read[Out any](ctx context.Context, s *installation, path string) (out Out, err error) {
	return out, s.call(ctx, http.MethodGet, path, nil, &out)
}

// live waits until a deployment is live.
func (s *installation) live(ctx context.Context, app string, number int, within time.Duration) error {
	var failed error
	err := await(ctx, within, 20*time.Millisecond, fmt.Sprintf("deployment %d of %s is live", number, app), func(ctx context.Context) error {
		d, err := read[api.DeploymentDetail](ctx, s, fmt.Sprintf("/apps/%s/deployments/%d", app, number))
		switch {
		case err != nil:
			return err
		case d.Deployment.State == "live":
			return nil
		case !d.Deployment.Active:
			failed = fmt.Errorf("deployment %d of %s is %s: %s %+v", number, app, d.Deployment.State, d.Deployment.Reason, d.Deployment.Diagnosis)
			return nil
		}
		return fmt.Errorf("it is %s", d.Deployment.State)
	})
	return errors.Join(err, failed)
}
