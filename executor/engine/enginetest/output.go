package enginetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/slipway-paas/slipway/executor/engine"
)

func awaitLine(t *testing.T, s Subject, task int64, text string) {
	t.Helper()
	found := errors.New("found")
	err := s.Engine.Logs(t.Context(), task, engine.Position{}, func(b engine.Batch) error {
		for _, l := range b.Lines {
			if strings.Contains(l.Text, text) {
				return found
			}
		}
		return nil
	})
	if !errors.Is(err, found) {
		t.Fatalf("no line %q: %v", text, err)
	}
}

// piece is how many lines resumesLogs reads, at least, before it begins again.
const piece = 1500

// resumesLogs reads a task's output in pieces, each from the last position on, as a Slipway that is killed again and
// again would.
func resumesLogs(t *testing.T, s Subject) {
	const lines = 20_000
	start(t, s, s.Spec(1, "-lines", "20000", "-open", "unfinished", "-exit", "0"))
	var got []string
	at, stop := engine.Position{}, errors.New("one piece is enough")
	for {
		begun := len(got)
		err := s.Engine.Logs(t.Context(), 1, at, func(b engine.Batch) error {
			if len(b.Lines) == 0 || b.Gap {
				t.Fatalf("batch of %d lines, gap %v", len(b.Lines), b.Gap)
			}
			for _, l := range b.Lines {
				got = append(got, strings.Clone(l.Text))
				if l.At.IsZero() || l.Stream != "out" {
					t.Fatalf("line %+v", l)
				}
			}
			var err error
			if at, err = engine.ParsePosition(b.Next.String()); err != nil {
				t.Fatal(err)
			}
			if len(got)-begun < piece {
				return nil
			}
			return stop
		})
		if err == nil {
			break
		}
		if !errors.Is(err, stop) {
			t.Fatalf("logs: %v", err)
		}
	}
	if len(got) != lines+1 {
		t.Fatalf("%d lines, want %d", len(got), lines+1)
	}
	for i, text := range got[:lines] {
		if !strings.HasPrefix(text, number(i+1)+" ") {
			t.Fatalf("line %d is %q", i+1, text)
		}
	}
	if got[lines] != "unfinished" {
		t.Errorf("last line %q", got[lines])
	}
}

func number(n int) string {
	digits := []byte("0000000000")
	for i := len(digits) - 1; n > 0; i, n = i-1, n/10 {
		digits[i] += byte(n % 10)
	}
	return string(digits)
}

func tails(t *testing.T, s Subject) {
	start(t, s, s.Spec(1, "-lines", "50", "-exit", "1"))
	awaitEnd(t, s, 1)
	lines, err := s.Engine.Tail(t.Context(), 1, 3)
	if err != nil || len(lines) != 3 {
		t.Fatalf("tail: %d lines, %v", len(lines), err)
	}
	for i, l := range lines {
		if !strings.HasPrefix(l.Text, number(48+i)+" ") || l.At.IsZero() {
			t.Errorf("line %d is %+v", i, l)
		}
	}
}
