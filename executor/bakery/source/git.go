package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

var (
	errTimeout  = errors.New("fetching took longer than its limit")
	errTooLarge = errors.New("the repository is larger than its limit")
)

// git is one use of one repository: its cache, its environment and the time it has.
type git struct {
	ctx        context.Context // of this use only; the value lives no longer than the call that made it
	f          *Fetcher
	url        paas.RepoURL
	credential Credential
	repo       string // the bare cache
	private    string // folder of this use's secrets; "" without any
	env        []string
}

// failure is a git that exited with another code than 0.
type failure struct {
	command string
	stderr  string
	err     error
}

func (e *failure) Error() string {
	return fmt.Sprintf("git %s: %v: %s", e.command, e.err, strings.TrimSpace(e.stderr))
}

func (e *failure) Unwrap() error { return e.err }

const (
	// maxAnswer bounds what git may print on its standard output and is kept: a listing of some 100,000 refs.
	maxAnswer = 16 << 20
	// maxComplaint bounds what is kept of its standard error: the end, where the reason is.
	maxComplaint = 16 << 10
	// endWithin is how long pipes may stay open after git was killed.
	endWithin = 5 * time.Second
	// sizeEvery is how often the growing cache is measured.
	sizeEvery = 250 * time.Millisecond
)

// run runs git and gives its standard output. Every process git starts is in a group of its own, which is killed as a
// whole when the time is over.
func (g *git) run(args ...string) (string, error) {
	out := &head{left: maxAnswer}
	err := g.stream(g.ctx, out, args...)
	if err == nil && out.cut {
		return "", fmt.Errorf("git %s: %w", args[0], errTooLarge)
	}
	return out.String(), err
}

// stream is run with the output going to out.
func (g *git) stream(ctx context.Context, out io.Writer, args ...string) error {
	complaint := &tail{limit: maxComplaint}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = g.env
	cmd.Dir = g.f.dir("home")
	cmd.Stdout, cmd.Stderr = out, complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = endWithin
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return &failure{command: args[0], stderr: complaint.String(), err: err}
	}
	return nil
}

// runSized is run, stopped with errTooLarge when the cache grows by more than the limit meanwhile.
func (g *git) runSized(args ...string) error {
	ctx, stop := context.WithCancelCause(g.ctx)
	defer stop(nil)
	before := dirBytes(g.repo)
	done := make(chan error, 1)
	go func() { done <- g.stream(ctx, io.Discard, args...) }()
	tick := time.NewTicker(sizeEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err == nil && dirBytes(g.repo)-before > g.f.o.MaxBytes {
				return errTooLarge
			}
			return err
		case <-tick.C:
			if dirBytes(g.repo)-before > g.f.o.MaxBytes {
				stop(errTooLarge)
			}
		}
	}
}

func dirBytes(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // git moves files while we look
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// prepare makes the cache and the environment of this use.
func (g *git) prepare() error {
	pinned, err := g.f.addresses(g.ctx, g.url)
	if err != nil {
		return err
	}
	if g.env, err = g.environment(pinned); err != nil {
		return err
	}
	now := time.Now()
	if os.Chtimes(filepath.Join(g.repo, "HEAD"), now, now) == nil && !g.worn() { // Prune reads the time
		return nil
	}
	if err := os.RemoveAll(g.repo); err != nil {
		return fmt.Errorf("remove a broken or worn cache: %w", err)
	}
	// Without a template no example hook is ever copied.
	_, err = g.run("init", "--quiet", "--bare", "--template=", "--", g.repo)
	return err
}

// clean forgets the secrets of this use.
func (g *git) clean() {
	if g.private != "" {
		_ = os.RemoveAll(g.private) // New removes what is left
	}
}

// head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	left int
	cut  bool
}

func (h *head) Write(p []byte) (int, error) {
	keep := min(len(p), h.left)
	h.cut = h.cut || keep < len(p)
	h.left -= keep
	h.Buffer.Write(p[:keep])
	return len(p), nil
}

// tail keeps the end.
type tail struct {
	kept  []byte
	limit int
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - t.limit; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }

// settings are git options as an environment, where no other user of the machine sees them.
type settings []string

func (s *settings) set(key, value string) { *s = append(*s, key, value) }

func (s settings) environ() []string {
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(s)/2)}
	for i := 0; i < len(s); i += 2 {
		n := strconv.Itoa(i / 2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+s[i], "GIT_CONFIG_VALUE_"+n+"="+s[i+1])
	}
	return env
}
