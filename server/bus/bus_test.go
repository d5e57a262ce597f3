package bus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

var epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, cfg bus.Config) *bus.Bus {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	b, err := bus.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("open the bus: %v", err)
	}
	t.Cleanup(b.Close)
	return b
}

// lines makes n lines from first on, 1 ms apart.
func lines(first int64, n int) []paas.Log {
	made := make([]paas.Log, n)
	for i := range made {
		seq := first + int64(i)
		made[i] = paas.Log{
			Seq: seq, At: epoch.Add(time.Duration(seq) * time.Millisecond), Stream: []string{"out", "err"}[seq%2],
			Text: fmt.Sprintf("GET /orders/%d 200 in %d ms, user=ada", seq, seq%97),
		}
	}
	return made
}

func appendLines(t testing.TB, b *bus.Bus, topic paas.Topic, first int64, n int) {
	t.Helper()
	pos := fmt.Sprintf("at:%d", first+int64(n)-1)
	if err := b.AppendLogs(context.WithoutCancel(t.Context()), topic, lines(first, n), pos); err != nil {
		t.Fatalf("append %d lines from %d: %v", n, first, err)
	}
}

// mustFollow checks that got is lines(first…) without loss, change or repeat.
func mustFollow(t testing.TB, got []paas.Log, first int64) {
	t.Helper()
	for i, want := range lines(first, len(got)) {
		if got[i] != want {
			t.Fatalf("line %d of %d: got %+v, want %+v", i, len(got), got[i], want)
		}
	}
}

func paasTopic(task int) paas.Topic { return paas.Topic(fmt.Sprintf("logs:task:%d", task)) }
