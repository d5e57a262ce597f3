package engine_test

import (
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestDiskLow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		free, disk int64
		want       bool
	}{
		"a disk that nobody can see":             {0, 0, false},
		"an eleventh of it is free":              {9 << 30, 100 << 30, true},
		"a ninth of it is free":                  {11 << 30, 100 << 30, false},
		"a small disk needs 2 GiB":               {1 << 30, 8 << 30, true},
		"of a large disk 20 GiB are room enough": {21 << 30, 4 << 40, false},
		"of a large disk 19 GiB are little":      {19 << 30, 4 << 40, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (engine.Info{Disk: tt.disk, Capacity: paas.Resources{DiskBytes: tt.free}}).DiskLow(); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
