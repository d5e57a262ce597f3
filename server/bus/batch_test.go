package bus

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestBatchesSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // fixed, so that a failure repeats
	texts := []string{"", "x", "\x1b[32mgreen\x1b[0m", "船", strings.Repeat("long ", 3000), "no\x00zero"}
	for range 200 {
		first := 1 + random.Int64N(1<<40)
		at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var want []paas.Log
		for i := range 1 + random.Int64N(50) {
			at = at.Add(time.Duration(random.Int64N(int64(time.Hour))) - 10*time.Minute)
			want = append(want, paas.Log{
				Seq: first + i, At: at, Stream: []string{"out", "err", "slipway", "", "sidecar"}[random.IntN(5)],
				Text: texts[random.IntN(len(texts))], Cut: random.IntN(4) == 0,
			})
		}
		message := batch{before: 77, posSeq: first, pos: "file:7"}.encode(want)
		b, err := decode(message)
		if err != nil {
			t.Fatal(err)
		}
		if b.first != first || b.last() != want[len(want)-1].Seq || b.before != 77 || b.posSeq != first || b.pos != "file:7" || b.size != int64(len(message)) {
			t.Fatalf("got %+v", b)
		}
		got, err := b.lines()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if latest := slices.MaxFunc(want, func(a, b paas.Log) int { return a.At.Compare(b.At) }); b.until != latest.At.UnixNano() {
			t.Fatalf("the latest line is of %d, want %d", b.until, latest.At.UnixNano())
		}
	}
}

// FuzzDecode reads damaged messages: an error or lines, never a panic, never memory beyond the largest message.
func FuzzDecode(f *testing.F) {
	good := batch{pos: "p"}.encode([]paas.Log{{Seq: 1, Stream: "out", Text: strings.Repeat("ab", 100)}, {Seq: 2, Stream: "x", Text: "z", Cut: true}})
	f.Add(good)
	for i := range good {
		flipped := slices.Clone(good)
		flipped[i] ^= 0x81
		f.Add(flipped)
		f.Add(good[:i])
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		b, err := decode(message)
		if err == nil {
			var lines []paas.Log
			lines, err = b.lines()
			if err == nil && int64(len(lines)) != b.count {
				t.Errorf("got %d lines of a batch of %d", len(lines), b.count)
			}
		}
		if err != nil && !errors.Is(err, errDamaged) {
			t.Errorf("got %v, want a damaged batch", err)
		}
	})
}
