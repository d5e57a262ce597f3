package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/slipway-paas/slipway/examples"
)

// repository is an app's source.
type repository struct{ dir string }

func (b *bench) repository(ctx context.Context, name string) (repository, error) {
	r := repository{filepath.Join(b.dir, "repositories", name)}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return r, err
	}
	return r, r.git(ctx, "init", "--quiet", "--initial-branch=main")
}

func (r repository) git(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, "git", append([]string{"-C", r.dir, "-c", "user.name=Bench", "-c", "user.email=bench@example.test"}, args...)...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("git %v: %w: %s", args, err, out)
	}
	return nil
}

func (r repository) commit(ctx context.Context, message string) error {
	if err := r.git(ctx, "add", "--all"); err != nil {
		return err
	}
	return r.git(ctx, "commit", "--quiet", "--message", message)
}

// writeExample puts the Python sample into a folder, with one more page that says which version and which container
// answers.
func writeExample(dir, version string) error {
	files, err := examples.Files("python")
	if err != nil {
		return err
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		text, err := fs.ReadFile(files, name)
		if name == "app.py" {
			text = fmt.Appendf(text, "\n\nimport socket\n\n\n@app.get(\"/version\")\ndef version():\n    return %q + \" \" + socket.gethostname()\n", version)
		}
		return errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	})
	if err != nil {
		return fmt.Errorf("write the example: %w", err)
	}
	return nil
}

const talkerDockerfile = "FROM scratch\nCOPY talker /talker\nENTRYPOINT [\"/talker\"]\n"

// writeTalker builds the talker into a folder with a Dockerfile beside it.
func writeTalker(ctx context.Context, dir string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "talker"), "github.com/slipway-paas/slipway/cmd/bench/talker")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build the talker: %w: %s", err, out)
	}
	return os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(talkerDockerfile), 0o644)
}
