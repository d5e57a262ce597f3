package paas_test

import (
	"errors"
	"math"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestResourcesThatNoMachineHasAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		asked paas.Resources
		want  string // the field that is wrong; "" means none
	}{
		"nothing asked":             {paas.Resources{}, ""},
		"the least":                 {paas.Resources{CPUMillis: 10, MemoryBytes: 16 << 20, DiskBytes: 16 << 20}, ""},
		"the most":                  {paas.Resources{CPUMillis: 1024_000, MemoryBytes: 64 << 40, DiskBytes: 64 << 40}, ""},
		"less than no CPU":          {paas.Resources{CPUMillis: -1}, "web.cpu"},
		"a thousandth of a core":    {paas.Resources{CPUMillis: 1}, "web.cpu"},
		"CPU that would overflow":   {paas.Resources{CPUMillis: math.MaxInt64}, "web.cpu"},
		"memory that would":         {paas.Resources{MemoryBytes: math.MaxInt64}, "web.memory"},
		"a byte of memory":          {paas.Resources{MemoryBytes: 1}, "web.memory"},
		"scratch space below zero":  {paas.Resources{DiskBytes: math.MinInt64}, "web.disk"},
		"scratch space of 65 TiB":   {paas.Resources{DiskBytes: 65 << 40}, "web.disk"},
		"a single byte over memory": {paas.Resources{MemoryBytes: 64<<40 + 1}, "web.memory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.asked.Validate("web")
			field := ""
			var wrong *paas.Error
			if errors.As(err, &wrong) {
				field = wrong.Field
			}
			if (err == nil) != (tt.want == "") || field != tt.want {
				t.Errorf("got %v, want %q named", err, tt.want)
			}
		})
	}
}
