package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxPacks is how many shallow fetches a cache takes before it is made anew: each adds a file that git looks into for
// every object.
const maxPacks = 100

// worn reports whether a cache has become slower or larger than a new one would be.
func (g *git) worn() bool {
	packs, err := filepath.Glob(filepath.Join(g.repo, "objects", "pack", "*.pack"))
	return err != nil || len(packs) > maxPacks || dirBytes(g.repo) > 2*g.f.o.MaxBytes
}

// Prune removes the caches that nobody has used for a time. It waits for fetches that use one.
func (f *Fetcher) Prune(ctx context.Context, unused time.Duration) error {
	entries, err := os.ReadDir(f.dir("repos"))
	if err != nil {
		return fmt.Errorf("list the caches of repositories: %w", err)
	}
	var errs error
	for _, e := range entries {
		unlock, err := f.locks.lock(ctx, strings.TrimSuffix(e.Name(), ".git"))
		if err != nil {
			return err
		}
		repo := f.dir("repos", e.Name())
		// Every use touches the file; a cache without one was never finished.
		used, err := os.Stat(filepath.Join(repo, "HEAD"))
		if err != nil || time.Since(used.ModTime()) > unused {
			errs = errors.Join(errs, os.RemoveAll(repo))
		}
		unlock()
	}
	return errs
}
