package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// began is when the tasks of these tests began to print.
var began = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func openBus(t testing.TB) *bus.Bus {
	t.Helper()
	b, err := bus.Open(context.WithoutCancel(t.Context()), bus.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// print appends n lines to a task's log, about every so often and a little out of order.
func print(t testing.TB, b *bus.Bus, random *rand.Rand, task int64, from, n int, every time.Duration) {
	t.Helper()
	var lines []paas.Log
	for i := range n {
		number := from + i
		late := time.Duration(random.Int64N(int64(3*every) + 1))
		lines = append(lines, paas.Log{Seq: int64(number), At: began.Add(time.Duration(number)*every - late).Truncate(time.Microsecond * time.Duration(1+random.IntN(3))), Stream: "out", Text: fmt.Sprintf("task %d says %d", task, number)})
		if len(lines) == 1000 || i == n-1 {
			if err := b.AppendLogs(t.Context(), topicOf("task", task), lines, "pos"); err != nil {
				t.Fatal(err)
			}
			lines = nil
		}
	}
}

func mergeAll(t testing.TB, b Bus, tasks ...int64) *merge {
	t.Helper()
	m := &merge{bus: b}
	for _, task := range tasks {
		s := strand{topic: topicOf("task", task)}
		if err := s.kept(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		m.strands = append(m.strands, s)
	}
	return m
}

// order is the whole merge by the definition: each line at the latest time so far in its log, then by log.
func order(t testing.TB, m *merge) (all []mergedLine) {
	t.Helper()
	for i, s := range m.strands {
		lines, err := m.bus.ReadLogs(t.Context(), s.topic, s.first, int(s.end-s.first))
		if err != nil {
			t.Fatal(err)
		}
		us := int64(0)
		for _, l := range lines {
			us = max(us, micros(l.At))
			all = append(all, mergedLine{l, i, us})
		}
	}
	slices.SortStableFunc(all, func(a, b mergedLine) int {
		return cmp.Or(cmp.Compare(a.us, b.us), cmp.Compare(a.of, b.of), cmp.Compare(a.Seq, b.Seq))
	})
	return all
}

func (m *merge) window(ctx context.Context, from int64, limit int) (lines []mergedLine, err error) {
	r, err := m.seek(ctx, from)
	for err == nil && len(lines) < limit {
		line, ok, next := r.next(ctx)
		if next != nil || !ok {
			return lines, next
		}
		lines = append(lines, line)
	}
	return lines, err
}

func TestAnyWindowOfAMergeIsAPieceOfTheWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 1)) // fixed, so that a failure repeats
	b := openBus(t)
	print(t, b, random, 1, 1, 9000, time.Millisecond)
	print(t, b, random, 2, 1, 4000, 2*time.Millisecond)
	print(t, b, random, 3, 1, 5000, 0) // all at once
	print(t, b, random, 4, 1, 1, time.Hour)
	m := mergeAll(t, b, 1, 2, 3, 4, 5) // the fifth has no log yet
	want := order(t, m)
	if m.lines() != int64(len(want)) || len(want) != 18_001 {
		t.Fatalf("the merge counts %d lines of %d", m.lines(), len(want))
	}
	for range 60 {
		from := random.IntN(len(want))
		got, err := m.window(t.Context(), int64(from), 100)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want[from:min(from+100, len(want))]) {
			t.Fatalf("the window at %d begins with %+v, want %+v", from, got[0], want[from])
		}
		line := want[from]
		if place, err := m.place(t.Context(), line.of, line.Seq); err != nil || place != int64(from) {
			t.Fatalf("line %d of log %d stands at %d (%v), want %d", line.Seq, line.of, place, err, from)
		}
	}
	if past, err := m.window(t.Context(), m.lines(), 10); err != nil || len(past) != 0 {
		t.Errorf("after the end there are %d lines (%v)", len(past), err)
	}
}

func TestWhatIsPrintedMeanwhileMovesNothingWithinTheBounds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 1))
	b := openBus(t)
	print(t, b, random, 1, 1, 3000, time.Millisecond)
	print(t, b, random, 2, 1, 1000, time.Millisecond)
	m := mergeAll(t, b, 1, 2)
	want := order(t, m)
	print(t, b, random, 2, 1001, 2000, time.Millisecond) // between the lines of the first
	got, err := m.window(t.Context(), 2500, 500)
	if err != nil || !slices.Equal(got, want[2500:3000]) {
		t.Errorf("a window changed (%v)", err)
	}
}

func TestLinesThatAreGoneAreNoticed(t *testing.T) {
	t.Parallel()
	b := openBus(t)
	print(t, b, rand.New(rand.NewPCG(7, 1)), 1, 1, 5000, time.Millisecond)
	m := mergeAll(t, b, 1)
	if err := b.DeleteLogs(t.Context(), m.strands[0].topic); err != nil {
		t.Fatal(err)
	}
	if _, err := m.window(t.Context(), 100, 10); !errors.Is(err, errMoved) {
		t.Errorf("got %v", err)
	}
	if _, err := m.place(t.Context(), 0, 100); !errors.Is(err, errMoved) {
		t.Errorf("got %v", err)
	}
}

func TestADownloadPutsPiecesTogether(t *testing.T) {
	t.Parallel()
	b := openBus(t)
	say := func(task int64, lines ...paas.Log) {
		for i := range lines {
			lines[i].Seq = int64(i + 1)
		}
		if err := b.AppendLogs(t.Context(), topicOf("task", task), lines, "pos"); err != nil {
			t.Fatal(err)
		}
	}
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	say(1, paas.Log{At: at(0), Text: "long ", Cut: true}, paas.Log{At: at(0), Text: "line"}, paas.Log{At: at(5), Text: "broken ", Cut: true}, paas.Log{At: at(9), Text: "off"})
	say(2, paas.Log{At: at(7), Text: "other"})
	var out strings.Builder
	if err := mergeAll(t, b, 1, 2).write(t.Context(), &out, func(b []byte, l mergedLine) []byte { return append(b, byte('A'+l.of), ' ') }); err != nil {
		t.Fatal(err)
	}
	if want := "A long line\nA broken \nB other\nA off\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// BenchmarkWindow reads 500 lines anywhere in a million lines of four tasks. Goal: a jump in 300 ms.
func BenchmarkWindow(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 1))
	log := openBus(b)
	for task := range int64(4) {
		print(b, log, random, task+1, 1, 250_000, time.Millisecond)
	}
	m := mergeAll(b, log, 1, 2, 3, 4)
	var worst time.Duration
	for b.Loop() {
		start := time.Now()
		if got, err := m.window(b.Context(), random.Int64N(999_000), 500); err != nil || len(got) != 500 {
			b.Fatal(len(got), err)
		}
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}

func TestTasksAreNamedAsShortlyAsTellsThemApart(t *testing.T) {
	t.Parallel()
	task := func(id int64, process string, slot, release, attempt int) paas.Task {
		return paas.Task{ID: id, Process: process, Slot: slot, Release: release, Attempt: attempt}
	}
	got := labelsOf([]paas.Task{task(1, "web", 1, 3, 1), task(2, "web", 1, 4, 1), task(3, "web", 1, 4, 2), task(4, "worker", 1, 4, 1), task(5, "cron", 2, 4, 1), task(6, "cron", 2, 4, 1)})
	if want := []string{"web.1 v3", "web.1 v4/1", "web.1 v4/2", "worker.1", "cron.2 #5", "cron.2 #6"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunningTasksAreShownFirst(t *testing.T) {
	t.Parallel()
	var tasks []paas.Task
	for id := range int64(40) {
		state := paas.TaskFinished
		if id == 2 || id == 30 {
			state = paas.TaskRunning
		}
		tasks = append(tasks, paas.Task{ID: id, Process: []string{"web", "worker"}[id%2], State: state})
	}
	shown := shownTasks(tasks, "")
	if len(shown) != mostStrands || shown[0].ID != 2 || shown[mostStrands-1].ID != 39 {
		t.Errorf("got %d from %d to %d", len(shown), shown[0].ID, shown[len(shown)-1].ID)
	}
	if workers := shownTasks(tasks, "worker"); len(workers) != 20 || workers[0].ID != 1 {
		t.Errorf("got %d workers from %d", len(workers), workers[0].ID)
	}
}
