package janitor

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// house is a bakery, a store and an engine that note what they are told.
type house struct {
	images   map[string]bool // image → needed
	free     []int64         // one answer after the other; the last one again
	releases int
	keep     Keep
	said     string
	err      error
}

func (h *house) Prune(ctx context.Context, _ time.Duration, retire func(context.Context, string) (bool, error)) (removed []string, err error) {
	for image := range h.images {
		gone, err := retire(ctx, image)
		if err != nil {
			return removed, err
		}
		if gone {
			removed = append(removed, image)
		}
	}
	return removed, h.err
}

func (h *house) PruneCaches(_ context.Context, unused time.Duration, keepBytes int64) error {
	h.keep = Keep{Releases: h.releases, Cache: keepBytes, Unused: unused}
	return nil
}

func (h *house) RetireImage(_ context.Context, image string, releases int) (bool, error) {
	h.releases = releases
	return !h.images[image], nil
}

func (h *house) NoteHousekeeping(_ context.Context, node, sentence string) error {
	h.said = node + ": " + sentence
	return nil
}

func (h *house) Info(context.Context) (engine.Info, error) {
	free := h.free[0]
	if len(h.free) > 1 {
		h.free = h.free[1:]
	}
	return engine.Info{Name: "one", Disk: 100 << 30, Capacity: paas.Resources{DiskBytes: free}}, nil
}

func TestASweepKeepsLessWhenTheDiskIsNearlyFull(t *testing.T) {
	t.Parallel()
	plenty := Keep{Releases: 10, Cache: 20 << 30, Unused: 720 * time.Hour}
	tight := Keep{Releases: 1, Cache: 1 << 30, Unused: 24 * time.Hour}
	tests := map[string]struct {
		house house
		want  Keep
		said  string
	}{
		"with nothing to remove nothing is said": {
			house: house{images: map[string]bool{"a": true}, free: []int64{50 << 30}}, want: plenty,
		},
		"one image of old releases": {
			house: house{images: map[string]bool{"a": true, "b": false}, free: []int64{50 << 30, 51 << 30}}, want: plenty,
			said: "one: Removed the image b, which only old releases used. 51 GiB of 100 GiB are free.",
		},
		"a disk that is nearly full": {
			house: house{images: map[string]bool{"a": false, "b": false}, free: []int64{5 << 30, 12 << 30}}, want: tight,
			said: "one: The disk was nearly full. Removed 2 images that only old releases used. 12 GiB of 100 GiB are free.",
		},
		"a full disk that caches filled": {
			house: house{images: map[string]bool{"a": true}, free: []int64{5 << 30, 12 << 30}}, want: tight,
			said: "one: The disk was nearly full. Removed build caches. 12 GiB of 100 GiB are free.",
		},
		"a full disk that nothing helps is on the node's page already": {
			house: house{images: map[string]bool{"a": true}, free: []int64{5 << 30}}, want: tight,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := tt.house
			j := Janitor{Bakery: &h, Store: &h, Engine: &h, Keep: plenty, Log: slog.New(slog.DiscardHandler)}
			info, err := h.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := j.sweep(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			if h.keep != tt.want || h.said != tt.said {
				t.Errorf("kept %+v and said %q, want %+v and %q", h.keep, h.said, tt.want, tt.said)
			}
		})
	}
}

func TestAFailedPruneStillPrunesTheCaches(t *testing.T) {
	t.Parallel()
	h := &house{images: map[string]bool{"a": false}, free: []int64{50 << 30}, err: errors.New("the engine is busy")}
	j := Janitor{Bakery: h, Store: h, Engine: h, Keep: Keep{Cache: 7}, Log: slog.New(slog.DiscardHandler)}
	if err := j.sweep(t.Context(), engine.Info{}); !errors.Is(err, h.err) || h.keep.Cache != 7 || h.said == "" {
		t.Errorf("got %v, caches %+v, said %q", err, h.keep, h.said)
	}
}

func TestTheTimeToSweep(t *testing.T) {
	t.Parallel()
	next := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		now  time.Time
		low  bool
		want bool
	}{
		"not before the hour is over":             {next.Add(-time.Second), false, false},
		"when it is over":                         {next, false, true},
		"sooner when the disk is nearly full":     {next.Add(hurryEvery - sweepEvery), true, true},
		"but not at every look":                   {next.Add(hurryEvery - sweepEvery - time.Second), true, false},
		"right after the start of a full machine": {next.Add(-firstSweep + lookEvery), true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := due(tt.now, next, tt.low); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
