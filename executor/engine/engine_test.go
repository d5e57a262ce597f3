package engine_test

import (
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestPosition(t *testing.T) {
	t.Parallel()
	p := engine.Position{File: "a1b2", Offset: 4711}.Saw("out", 10).Saw("out", 10).Saw("err", 9)
	if want := (engine.Position{File: "a1b2", Offset: 4711, Out: engine.Mark{Nanos: 10, Count: 2}, Err: engine.Mark{Nanos: 9, Count: 1}}); p != want {
		t.Fatalf("got %+v, want %+v", p, want)
	}
	for _, p := range []engine.Position{{}, p, {Offset: 1}} {
		if got, err := engine.ParsePosition(p.String()); err != nil || got != p {
			t.Errorf("%q was read as %+v, %v", p, got, err)
		}
	}
	for _, s := range []string{"x", "a:1:2:3:4", "a:1:2:3:4:x", "a:-1:0:0:0:0", "a:1:2:3:4:5:6"} {
		if got, err := engine.ParsePosition(s); err == nil {
			t.Errorf("%q was read as %+v", s, got)
		}
	}
}

func TestSplitDisk(t *testing.T) {
	t.Parallel()
	for _, bytes := range []int64{0, 16 << 20, 256 << 20, 8 << 30} {
		want := paas.Resources{DiskBytes: bytes}.Or(paas.DefaultResources).DiskBytes
		d := engine.SplitDisk(paas.Resources{DiskBytes: bytes}, engine.Tasks.LogFiles)
		if sum := d.Tmp + d.Home + int64(engine.Tasks.LogFiles)*d.LogFile; sum != want || d.LogFile < 1<<20 {
			t.Errorf("%d bytes: %+v is %d in all, want %d", bytes, d, sum, want)
		}
	}
}

func TestAnswerReady(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer engine.Answer
		want   bool
	}{
		"a page":                         {engine.Answer{Connected: true, Status: 200}, true},
		"a page that is not there":       {engine.Answer{Connected: true, Status: 404}, true},
		"an error of the server":         {engine.Answer{Connected: true, Status: 500}, false},
		"a connection without HTTP":      {engine.Answer{Connected: true}, true},
		"a connection without an answer": {engine.Answer{Connected: true, Error: "no answer"}, false},
		"no connection":                  {engine.Answer{Error: "refused"}, false},
	}
	for name, tt := range tests {
		if got := tt.answer.Ready(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
