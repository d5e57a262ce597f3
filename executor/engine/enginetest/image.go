package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

var built struct {
	once sync.Once
	ref  string
	err  error
}

// Image gives the reference of the image that holds testapp and nothing else, in the store of the environment's Docker
// Engine. It is named by the program's content and stays there between tests, for other packages' tests use the same.
func Image(t testing.TB) string {
	t.Helper()
	built.once.Do(func() { built.ref, built.err = buildImage(t.Context()) })
	if built.err != nil {
		t.Fatalf("test image: %v", built.err)
	}
	return built.ref
}

func buildImage(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "slipway-testapp")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "app")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", path,
		"github.com/slipway-paas/slipway/executor/engine/enginetest/testapp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", err
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(program)
	ref := "slipway-testapp:" + hex.EncodeToString(hash[:8])

	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return "", err
	}
	defer func() { _ = docker.Close() }()
	if _, err := docker.ImageInspect(ctx, ref); !errdefs.IsNotFound(err) {
		return ref, err
	}
	answer, err := docker.ImageImport(ctx, image.ImportSource{Source: layer(program), SourceName: "-"}, ref,
		image.ImportOptions{Changes: []string{`ENTRYPOINT ["/app"]`, `LABEL slipway.testapp=1`}})
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Close() }()
	_, err = io.Copy(io.Discard, answer)
	return ref, err
}

// layer is a file system with one program in it.
func layer(program []byte) io.Reader {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: "app", Mode: 0o755, Size: int64(len(program)), Typeflag: tar.TypeReg})
	_, _ = w.Write(program)
	_ = w.Close()
	return &b
}
