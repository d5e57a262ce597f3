package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Publish makes a repository in dir whose branch main holds the files in one commit: how a sample becomes something
// that can be cloned, changed and deployed. A repository that is there already stays as it is: it may hold somebody's
// work.
func Publish(ctx context.Context, dir string, files fs.FS) error {
	if _, err := os.Stat(filepath.Join(dir, ".git", "HEAD")); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for a repository: %w", err)
	}
	// Made aside and moved in one step: a crash leaves no half of a repository.
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("make the samples' folder: %w", err)
	}
	aside, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return fmt.Errorf("make a sample's folder: %w", err)
	}
	defer os.RemoveAll(aside)
	if err := os.CopyFS(aside, files); err != nil {
		return fmt.Errorf("copy the sample: %w", err)
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--template=", "--initial-branch=main"},
		{"add", "--all"},
		{"commit", "--quiet", "--message=Start from Slipway's sample"},
	} {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = aside
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + aside, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
			"GIT_AUTHOR_NAME=Slipway", "GIT_AUTHOR_EMAIL=slipway@localhost",
			"GIT_COMMITTER_NAME=Slipway", "GIT_COMMITTER_EMAIL=slipway@localhost",
		}
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
		}
	}
	if err := os.Chmod(aside, 0o755); err != nil {
		return fmt.Errorf("open the sample to readers: %w", err)
	}
	if err := os.Rename(aside, dir); err != nil {
		return fmt.Errorf("put the sample in place: %w", err)
	}
	return nil
}
