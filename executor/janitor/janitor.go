// Package janitor keeps a node's disk from filling up with what nobody needs any more: images of old releases, layers and
// repositories that nobody builds on, the build cache. It decides when; the records decide which images are needed.
package janitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Bakery removes what it baked.
type Bakery interface {
	// Prune removes the app images that retire gives up, but for those named within the last while.
	Prune(ctx context.Context, unnamed time.Duration, retire func(ctx context.Context, reference string) (bool, error)) (removed []string, err error)
	// PruneCaches forgets what nobody used for a time, and the build cache beyond keepBytes.
	PruneCaches(ctx context.Context, unused time.Duration, keepBytes int64) error
}

// Store knows who needs an image.
type Store interface {
	// RetireImage reports whether no task and none of the last releases of an app needs the image, and notes that it is
	// gone when none does.
	RetireImage(ctx context.Context, image string, releases int) (bool, error)
	// NoteHousekeeping writes a sentence into the timeline of the node.
	NoteHousekeeping(ctx context.Context, node, sentence string) error
}

// Engine says how full its disk is.
type Engine interface {
	Info(ctx context.Context) (engine.Info, error)
}

// Keep is how much is kept.
type Keep struct {
	Releases int           // the last so many of each app keep their images, whatever is live
	Cache    int64         // bytes of the engine's build cache
	Unused   time.Duration // layers and repositories that nobody built on for so long go
}

// The janitor's times.
const (
	lookEvery   = time.Minute     // how full the disk is
	sweepEvery  = time.Hour       // everything
	hurryEvery  = 5 * time.Minute // everything, while the disk is nearly full
	firstSweep  = 2 * time.Minute // after the start, when what was under way has gone on
	bakeOnBooks = time.Hour       // how long a finished bake may take to get on record
)

// What is kept while the disk is nearly full. The live release of each app and the one before it are always kept.
const (
	tightReleases = 1
	tightCache    = 1 << 30
	tightUnused   = 24 * time.Hour
)

// Janitor cleans up one node.
type Janitor struct {
	Bakery Bakery
	Store  Store
	Engine Engine
	Node   string // its name; "" is the engine's host name
	Keep   Keep
	Log    *slog.Logger
}

// Run sweeps now and then until ctx ends. A failed sweep is logged; the next begins anew.
func (j *Janitor) Run(ctx context.Context) error {
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	next := time.Now().Add(firstSweep)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		info, err := j.Engine.Info(ctx)
		if err != nil {
			continue // the agent says so on the node's page
		}
		if now := time.Now(); due(now, next, info.DiskLow()) {
			if err := j.sweep(ctx, info); err != nil && ctx.Err() == nil {
				j.Log.ErrorContext(ctx, "housekeeping", "error", err)
			}
			next = now.Add(sweepEvery)
		}
	}
}

// due reports whether it is time to sweep: next is when it would be on an ordinary day.
func due(now, next time.Time, low bool) bool {
	return !now.Before(next) || low && !now.Before(next.Add(hurryEvery-sweepEvery))
}

// sweep removes what is not kept. Repeating it changes nothing.
func (j *Janitor) sweep(ctx context.Context, info engine.Info) error {
	keep := j.Keep
	if info.DiskLow() {
		keep = Keep{min(keep.Releases, tightReleases), min(keep.Cache, tightCache), min(keep.Unused, tightUnused)}
	}
	removed, err := j.Bakery.Prune(ctx, bakeOnBooks, func(ctx context.Context, image string) (bool, error) {
		return j.Store.RetireImage(ctx, image, keep.Releases)
	})
	err = errors.Join(err, j.Bakery.PruneCaches(ctx, keep.Unused, keep.Cache))
	if len(removed) == 0 && !info.DiskLow() {
		return err
	}
	after, e := j.Engine.Info(ctx)
	if e != nil {
		return errors.Join(err, e)
	}
	said := sentence(removed, info, after)
	j.Log.InfoContext(ctx, "housekeeping", "result", said, "images", removed)
	if len(removed) == 0 && after.DiskLow() {
		return err // the node's page says that the disk is full; saying so every few minutes helps nobody
	}
	return errors.Join(err, j.Store.NoteHousekeeping(ctx, cmp.Or(j.Node, info.Name), said))
}

// sentence says for the timeline what a sweep did.
func sentence(removed []string, before, after engine.Info) string {
	var said []string
	if before.DiskLow() {
		said = append(said, "The disk was nearly full.")
	}
	switch len(removed) {
	case 0:
		said = append(said, "Removed build caches.")
	case 1:
		said = append(said, "Removed the image "+removed[0]+", which only old releases used.")
	default:
		said = append(said, fmt.Sprintf("Removed %d images that only old releases used.", len(removed)))
	}
	if after.Disk > 0 {
		said = append(said, paas.Bytes(after.Capacity.DiskBytes)+" of "+paas.Bytes(after.Disk)+" are free.")
	}
	return strings.Join(said, " ")
}
