package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
)

// writer writes and rotates a log as Docker's json-file driver does.
type writer struct {
	t     testing.TB
	path  string
	size  int // of a file, in bytes
	files int
	file  *os.File
	bytes int
	at    time.Time
	n     int
}

func newWriter(t testing.TB, size, files int) *writer {
	w := &writer{t: t, path: filepath.Join(t.TempDir(), "x-json.log"), size: size, files: files, at: time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)}
	w.open()
	t.Cleanup(func() { _ = w.file.Close() })
	return w
}

func (w *writer) open() {
	var err error
	if w.file, err = os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		w.t.Error(err)
	}
	w.bytes = 0
}

// write adds n numbered entries.
func (w *writer) write(n int) {
	for range n {
		w.n++
		if w.n%3 != 0 { // some entries share their time
			w.at = w.at.Add(1)
		}
		w.entry(fmt.Sprintf(`line %d\n`, w.n))
	}
}

func (w *writer) entry(text string) {
	if w.bytes >= w.size {
		w.rotate()
	}
	n, err := fmt.Fprintf(w.file, "{\"log\":\"%s\",\"stream\":\"stdout\",\"time\":\"%s\"}\n", text, w.at.Format(time.RFC3339Nano))
	if err != nil {
		w.t.Error(err)
	}
	w.bytes += n
}

func (w *writer) rotate() {
	_ = w.file.Close()
	for i := w.files - 1; i > 1; i-- {
		_ = os.Rename(w.path+"."+strconv.Itoa(i-1), w.path+"."+strconv.Itoa(i))
	}
	if err := os.Rename(w.path, w.path+".1"); err != nil {
		w.t.Error(err)
	}
	w.open()
}

// reader collects what a tail hands over and remembers where to go on.
type reader struct {
	t    testing.TB
	w    *writer
	got  []string
	at   engine.Position
	gaps int
}

// read follows to the present end. each may end it early.
func (r *reader) read(each func(engine.Batch) error) error {
	c, err := openChain(r.w.path, r.w.files, r.at.File)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.close()
	return newTail(c, r.at, func(b engine.Batch) error {
		if b.Gap {
			r.gaps++
		}
		for _, l := range b.Lines {
			r.got = append(r.got, l.Text)
		}
		if r.at, err = engine.ParsePosition(b.Next.String()); err != nil {
			r.t.Fatal(err)
		}
		if each != nil {
			return each(b)
		}
		return nil
	}).follow(context.Background(), func(context.Context) (bool, error) { return false, nil })
}

// want checks that exactly the lines from first to last were read, in order.
func (r *reader) want(first, last int) {
	r.t.Helper()
	if len(r.got) != last-first+1 {
		r.t.Fatalf("%d lines, want %d", len(r.got), last-first+1)
	}
	for i, text := range r.got {
		if text != fmt.Sprintf("line %d", first+i) {
			r.t.Fatalf("place %d has %q", i, text)
		}
	}
}

func TestTailAcrossRotations(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 2000, 4)
	r := &reader{t: t, w: w}
	for range 50 {
		w.write(40) // one or two rotations
		if err := r.read(nil); err != nil {
			t.Fatal(err)
		}
	}
	r.want(1, 2000)
	if r.gaps != 0 {
		t.Errorf("%d gaps", r.gaps)
	}
}

// TestTailWhileWriting reads in one go what is being written and rotated at the same time.
func TestTailWhileWriting(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 300_000, 4)
	r := &reader{t: t, w: w}
	c, err := openChain(w.path, w.files, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var writing atomic.Bool
	writing.Store(true)
	done := make(chan struct{})
	read := make(chan struct{}, 1)
	go func() {
		defer close(done)
		for range 100 {
			w.write(500)
			<-read // half a file behind at the most, as a disk that is fast enough
		}
		writing.Store(false)
	}()
	tail := newTail(c, engine.Position{}, func(b engine.Batch) error {
		if b.Gap {
			r.gaps++
		}
		for _, l := range b.Lines {
			r.got = append(r.got, l.Text)
		}
		return nil
	})
	err = tail.follow(t.Context(), func(context.Context) (bool, error) {
		select {
		case read <- struct{}{}:
		default:
		}
		return writing.Load(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	<-done
	r.want(1, 50_000)
	if r.gaps != 0 {
		t.Errorf("%d gaps", r.gaps)
	}
}

func TestTailGoesOnAfterEveryBatch(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 200_000, 4)
	w.write(7000)
	r := &reader{t: t, w: w}
	crash := errors.New("SIGKILL")
	for {
		err := r.read(func(engine.Batch) error { return crash })
		if err == nil {
			break
		}
		if !errors.Is(err, crash) {
			t.Fatal(err)
		}
	}
	r.want(1, 7000)
}

func TestTailSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 2000, 3)
	r := &reader{t: t, w: w}
	w.write(10)
	if err := r.read(nil); err != nil {
		t.Fatal(err)
	}
	r.want(1, 10)
	w.write(1000) // the file with line 10 is long deleted
	r.got = nil
	if err := r.read(nil); err != nil {
		t.Fatal(err)
	}
	if r.gaps != 1 {
		t.Errorf("%d gaps", r.gaps)
	}
	first := 0
	if _, err := fmt.Sscanf(r.got[0], "line %d", &first); err != nil || first < 800 {
		t.Fatalf("goes on with %q", r.got[0])
	}
	r.want(first, 1010)
}

// TestTailTakesOverFromTheAPI goes on after a position that has no file.
func TestTailTakesOverFromTheAPI(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 100_000, 4)
	w.write(20)
	r := &reader{t: t, w: w}
	if err := r.read(nil); err != nil {
		t.Fatal(err)
	}
	r.at.File, r.at.Offset = "", 0
	w.at = w.at.Add(0) // the next entry may have the very time of the last one
	w.write(20)
	if err := r.read(nil); err != nil {
		t.Fatal(err)
	}
	r.want(1, 40)
}

func TestTailOfADamagedFile(t *testing.T) {
	t.Parallel()
	w := newWriter(t, 100_000, 4)
	w.write(2)
	if _, err := w.file.WriteString("{\"log\":\"torn"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.file.WriteString(strings.Repeat("\x00", 100) + "\n"); err != nil {
		t.Fatal(err)
	}
	w.write(2)
	r := &reader{t: t, w: w}
	if err := r.read(nil); err != nil {
		t.Fatal(err)
	}
	if len(r.got) != 5 || !strings.Contains(r.got[2], "damaged") || r.got[4] != "line 4" {
		t.Errorf("got %q", r.got)
	}
}

func TestLongRecordsAreCut(t *testing.T) {
	t.Parallel()
	var b batch
	b.add(record{text: strings.Repeat("é", 10_000), stream: "out", nanos: 1})
	if len(b.lines) != 2 || !b.lines[0].Cut || b.lines[1].Cut || len(b.lines[0].Text) != 16<<10 || b.lines[0].Text+b.lines[1].Text != strings.Repeat("é", 10_000) {
		t.Errorf("%d lines", len(b.lines))
	}
}

// BenchmarkTail reads a log file as the shipper does, without storing.
func BenchmarkTail(b *testing.B) {
	const lines = 200_000
	w := newWriter(b, 1<<30, 4)
	for range lines {
		w.entry(strings.Repeat("x", 79) + `\n`)
	}
	for b.Loop() {
		c, err := openChain(w.path, w.files, "")
		if err != nil {
			b.Fatal(err)
		}
		got := 0
		if err := newTail(c, engine.Position{}, func(batch engine.Batch) error { got += len(batch.Lines); return nil }).drain(); err != nil || got != lines {
			b.Fatalf("%d lines, %v", got, err)
		}
		c.close()
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
