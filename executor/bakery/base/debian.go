package base

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/image"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/server/paas"
)

// definition is everything that decides what is in the base image.
type definition struct {
	Version int // of the recipe below; raise it when that changes
	Suite   string
	Include []string
	Mirrors []string
	Options []string // of apt
}

func (b *Baker) definition(ctx context.Context) (definition, error) {
	host, err := b.machine(ctx)
	if err != nil {
		return definition{}, err
	}
	d := definition{Version: 1, Suite: b.o.Suite, Include: []string{"ca-certificates"}, Mirrors: b.o.Mirrors, Options: host.options}
	if len(d.Mirrors) == 0 {
		d.Mirrors = host.mirrors
	}
	return d, nil
}

// machine is what apt says of this machine, at most a minute old.
func (b *Baker) machine(ctx context.Context) (host, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.asked) >= askAgain {
		found, err := readHost(ctx, "/etc/apt", b.o.Suite)
		if err != nil {
			return host{}, err
		}
		b.host, b.asked = found, now
	}
	return b.host, nil
}

// keyring holds Debian's archive keys, on Debian as on Ubuntu (package debian-archive-keyring).
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// bootstrap installs Debian into an archive, or takes the one of an earlier bake, and imports it.
func (b *Baker) bootstrap(ctx context.Context, d definition, reference string, report func(buildkit.Progress)) error {
	dir := b.o.CacheDir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "slipway-base-"); err != nil {
			return fmt.Errorf("make room for the base image: %w", err)
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of baked archives: %w", err)
	}
	archive := filepath.Join(dir, "base-"+key(d)+".tar")
	if _, err := os.Stat(archive); err != nil {
		if err := install(ctx, d, archive, report); err != nil {
			return err
		}
	}
	return timed(report, 2, "Import the base image", func() error { return b.load(ctx, d, archive, reference) })
}

func (b *Baker) load(ctx context.Context, d definition, archive, reference string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open the base archive: %w", err)
	}
	defer f.Close()
	answer, err := b.o.Engine.ImageImport(ctx, image.ImportSource{Source: f, SourceName: "-"}, reference, image.ImportOptions{
		Message: "Debian " + d.Suite + " by mmdebstrap",
		Changes: []string{"LABEL " + labelBase + "=" + d.Suite, `CMD ["/bin/sh"]`},
	})
	if err != nil {
		return fmt.Errorf("import the base image: %w", err)
	}
	_, err = io.Copy(io.Discard, answer)
	return errors.Join(err, answer.Close())
}

// install runs mmdebstrap into a file beside archive and renames it when it is whole.
func install(ctx context.Context, d definition, archive string, report func(buildkit.Progress)) error {
	// Of its own, because several installations may share the folder; what a crash left there is removed after a day.
	removeStale(filepath.Dir(archive), 24*time.Hour)
	part := strings.TrimSuffix(archive, ".tar") + "." + rand.Text() + ".part.tar"
	defer os.Remove(part)
	args := []string{"--variant=minbase", "--format=tar", "--include=" + strings.Join(d.Include, ",")}
	if _, err := os.Stat(keyring); err == nil {
		args = append(args, "--keyring="+keyring)
	}
	for _, o := range d.Options {
		args = append(args, "--aptopt="+o)
	}
	args = append(args, "--", d.Suite, part)
	args = append(args, d.Mirrors...)
	err := timed(report, 1, "Install Debian "+d.Suite+" from packages", func() error {
		return mmdebstrap(ctx, args, func(text string) {
			report(buildkit.Progress{Line: &buildkit.Line{Step: 1, At: time.Now().UTC(), Text: text}})
		})
	})
	if err != nil {
		return err
	}
	if err := os.Rename(part, archive); err != nil {
		return fmt.Errorf("keep the base archive: %w", err)
	}
	return nil
}

func removeStale(dir string, age time.Duration) {
	parts, _ := filepath.Glob(filepath.Join(dir, "base-*.part.tar")) // the pattern is right
	for _, p := range parts {
		if info, err := os.Stat(p); err == nil && time.Since(info.ModTime()) > age {
			_ = os.Remove(p) // only space is lost
		}
	}
}

// mmdebstrap runs the program in a process group of its own, so that canceling reaches apt and dpkg too.
func mmdebstrap(ctx context.Context, args []string, line func(string)) error {
	r, w := io.Pipe()
	cmd := exec.CommandContext(ctx, "mmdebstrap", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// SIGTERM lets mmdebstrap unmount what it mounted; who does not listen is killed.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	ended := make(chan error, 1)
	go func() {
		err := cmd.Run()
		w.Close()
		ended <- err
	}()
	var last []string
	for scan := bufio.NewScanner(r); scan.Scan(); {
		line(scan.Text())
		last = append(last, scan.Text())
		last = last[max(0, len(last)-15):]
	}
	_, _ = io.Copy(io.Discard, r) // what is left when a line was too long for the scanner
	err := <-ended
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w: %w", paas.Diagnose(paas.CodeBaseBakeFailed, "The program mmdebstrap is not installed on this machine."), err)
	case err != nil:
		return fmt.Errorf("%w: mmdebstrap: %w", paas.Diagnose(paas.CodeBaseBakeFailed, "Installing Debian for the base image failed.", last...), err)
	}
	return nil
}

// timed reports do as one step with its clock.
func timed(report func(buildkit.Progress), number int, name string, do func() error) error {
	step := paas.Step{Number: number, Name: name, Started: time.Now().UTC()}
	started := step
	report(buildkit.Progress{Step: &started})
	err := do()
	step.Finished = time.Now().UTC()
	if err != nil {
		step.Error = "failed"
	}
	report(buildkit.Progress{Step: &step})
	return err
}
