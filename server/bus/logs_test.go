package bus_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

func TestLinesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	want := []paas.Log{
		{Seq: 1, At: epoch, Stream: "out", Text: "plain"},
		{Seq: 2, At: epoch.Add(-time.Second), Stream: "err", Text: ""}, // out of order: two streams
		{Seq: 3, At: epoch.Add(time.Hour), Stream: "slipway", Text: "Stopped: out of memory."},
		{Seq: 4, At: epoch.Add(time.Hour), Stream: "sidecar", Text: "\x1b[31mred\x1b[0m ünïcode 船"},
		{Seq: 5, At: epoch.Add(time.Hour), Text: strings.Repeat("x", paas.MaxLogLine), Cut: true, Stream: "out"},
		{Seq: 6, At: epoch.Add(time.Hour), Text: "the end of it", Stream: "out"},
	}
	if err := b.AppendLogs(t.Context(), "logs:task:1", want, "file:7"); err != nil {
		t.Fatal(err)
	}
	got, err := b.ReadLogs(t.Context(), "logs:task:1", 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: got %+v, want %+v", i+1, got[i], want[i])
		}
	}
	seq, pos, err := b.LastLog(t.Context(), "logs:task:1")
	if seq != 6 || pos != "file:7" || err != nil {
		t.Errorf("last: got %d %q %v, want 6 file:7", seq, pos, err)
	}
	var text bytes.Buffer
	if err := b.WriteLogs(t.Context(), "logs:task:1", &text); err != nil {
		t.Fatal(err)
	}
	if whole := strings.Repeat("x", paas.MaxLogLine) + "the end of it\n"; !strings.HasSuffix(text.String(), whole) {
		t.Errorf("a line in two pieces is not put together in the download: %d bytes", text.Len())
	}
	if !strings.HasPrefix(text.String(), "2026-11-23T12:00:00.000Z plain\n") {
		t.Errorf("download starts with %.40q", text.String())
	}
}

func TestAppending(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first   int64
		n       int
		wantGap bool
		wantEnd int64
	}{
		"the next line is stored":                    {first: 101, n: 1, wantEnd: 101},
		"a repeat changes nothing":                   {first: 1, n: 100, wantEnd: 100},
		"a part of a repeat changes nothing":         {first: 40, n: 2, wantEnd: 100},
		"an overlap adds only what is new":           {first: 51, n: 100, wantEnd: 150},
		"a gap is refused":                           {first: 102, n: 5, wantGap: true, wantEnd: 100},
		"more than one batch of lines is stored":     {first: 101, n: 10_000, wantEnd: 10_100},
		"an overlap of several batches adds the new": {first: 1, n: 9_000, wantEnd: 9_000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, bus.Config{})
			appendLines(t, b, "logs:task:1", 1, 100)
			err := b.AppendLogs(t.Context(), "logs:task:1", lines(tt.first, tt.n), "new")
			var gap *bus.GapError
			if got := errors.As(err, &gap); got != tt.wantGap || (err != nil) != tt.wantGap {
				t.Fatalf("got error %v, want a gap: %v", err, tt.wantGap)
			}
			if gap != nil && (gap.Seq != 100 || gap.Pos != "at:100") {
				t.Errorf("the gap says go on after %d at %q, want 100 at:100", gap.Seq, gap.Pos)
			}
			got, err := b.ReadLogs(t.Context(), "logs:task:1", 1, 1_000_000)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(got)) != tt.wantEnd {
				t.Fatalf("got %d lines, want %d", len(got), tt.wantEnd)
			}
			mustFollow(t, got, 1)
		})
	}
}

func TestWrongAppendsAreRefused(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	tests := map[string]struct {
		topic paas.Topic
		lines []paas.Log
	}{
		"a topic that is no log":           {"task:1", lines(1, 1)},
		"a topic with a wildcard":          {"logs:task:*", lines(1, 1)},
		"a topic with a dot":               {"logs:task:1.2", lines(1, 1)},
		"an empty part of a topic":         {"logs::1", lines(1, 1)},
		"lines out of order":               {"logs:task:1", append(lines(2, 1), lines(1, 1)...)},
		"a line number of zero":            {"logs:task:1", lines(0, 1)},
		"a line that is longer than legal": {"logs:task:1", []paas.Log{{Seq: 1, Text: strings.Repeat("x", paas.MaxLogLine+1)}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := b.AppendLogs(t.Context(), tt.topic, tt.lines, ""); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestTwoProcessesAppendToOneLog(t *testing.T) {
	t.Parallel()
	one := open(t, bus.Config{})
	two := one.Twin(t) // a second set of connections with its own memory of where logs end
	appendLines(t, one, "logs:task:1", 1, 10)
	appendLines(t, two, "logs:task:1", 11, 10)
	appendLines(t, one, "logs:task:1", 21, 10) // one believes that the log ends at 10
	appendLines(t, two, "logs:task:1", 15, 20)
	got, err := two.ReadLogs(t.Context(), "logs:task:1", 1, 100)
	if err != nil || len(got) != 34 {
		t.Fatalf("got %d lines and error %v, want 34", len(got), err)
	}
	mustFollow(t, got, 1)
}

func TestReadingFromAnywhere(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	const end = 20_000
	for first := int64(1); first <= end; first += 100 { // many batches, between those of another log
		appendLines(t, b, "logs:task:1", first, 100)
		appendLines(t, b, "logs:task:2", first, 100)
	}
	for _, from := range []int64{1, 2, 100, 101, 9_999, 10_000, 19_901, end} {
		got, err := b.ReadLogs(t.Context(), "logs:task:1", from, 150)
		if err != nil {
			t.Fatal(err)
		}
		if want := min(150, end-from+1); int64(len(got)) != want {
			t.Fatalf("from %d: got %d lines, want %d", from, len(got), want)
		}
		mustFollow(t, got, from)
	}
	if got, err := b.ReadLogs(t.Context(), "logs:task:1", end+1, 10); len(got) != 0 || err != nil {
		t.Errorf("after the end: got %d lines, %v", len(got), err)
	}
	if got, err := b.ReadLogs(t.Context(), "logs:task:3", 1, 10); len(got) != 0 || err != nil {
		t.Errorf("of no log: got %d lines, %v", len(got), err)
	}
	for _, seq := range []int64{1, 777, end} {
		if got, err := b.LogsSince(t.Context(), "logs:task:1", epoch.Add(time.Duration(seq)*time.Millisecond)); got != seq || err != nil {
			t.Errorf("since the time of line %d: got %d, %v", seq, got, err)
		}
	}
	if got, err := b.LogsSince(t.Context(), "logs:task:1", epoch.Add(time.Hour)); got != end+1 || err != nil {
		t.Errorf("since after the end: got %d, %v", got, err)
	}
	if first, last, err := b.CountLogs(t.Context(), "logs:task:1"); first != 1 || last != end || err != nil {
		t.Errorf("count: got %d to %d, %v", first, last, err)
	}
}

func TestALogOverItsLimitLosesItsOwnHead(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{TopicBytes: 256 << 10})
	appendLines(t, b, "logs:task:quiet", 1, 10)
	for first := int64(1); first < 100_000; first += 1000 {
		appendLines(t, b, "logs:task:loud", first, 1000)
	}
	first, last, err := b.CountLogs(t.Context(), "logs:task:loud")
	if err != nil || last != 100_000 || first < 1000 || first > 99_000 {
		t.Fatalf("the loud log holds %d to %d, %v", first, last, err)
	}
	got, err := b.ReadLogs(t.Context(), "logs:task:loud", 1, 11)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d earlier lines are no longer kept.", first-1); got[0].Text != want || got[0].Stream != "slipway" || got[0].Seq != first-1 {
		t.Errorf("the first line is %+v, want %q numbered %d", got[0], want, first-1)
	}
	mustFollow(t, got[1:], first)
	if first, last, _ := b.CountLogs(t.Context(), "logs:task:quiet"); first != 1 || last != 10 {
		t.Errorf("the quiet log holds %d to %d, want all of it", first, last)
	}
}

func TestDeletedLogsAreGoneAndMayStartAgain(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	appendLines(t, b, "logs:task:1", 1, 10)
	appendLines(t, b, "logs:task:10", 1, 10)
	if err := b.DeleteLogs(t.Context(), "logs:task:1"); err != nil {
		t.Fatal(err)
	}
	if _, last, _ := b.CountLogs(t.Context(), "logs:task:1"); last != 0 {
		t.Errorf("the deleted log ends at %d", last)
	}
	if _, last, _ := b.CountLogs(t.Context(), "logs:task:10"); last != 10 {
		t.Errorf("the other log ends at %d", last)
	}
	appendLines(t, b, "logs:task:1", 11, 5) // its shipper goes on where it was
	got, err := b.ReadLogs(t.Context(), "logs:task:1", 11, 10)
	if err != nil || len(got) != 5 {
		t.Fatalf("got %d lines, %v", len(got), err)
	}
}

func TestSearching(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	texts := []string{"Error: no such file", "all well", "ERROR again", "strasse", "STRAẞE 船", "a+b", "ends with er", "ror starts"}
	var made []paas.Log
	for i, text := range texts {
		made = append(made, paas.Log{Seq: int64(i + 1), At: epoch, Stream: "out", Text: text})
	}
	if err := b.AppendLogs(t.Context(), "logs:build:1", made, ""); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		query string
		regex bool
		from  int64
		limit int
		want  string
		fails bool
	}{
		"a text, whatever its capitals":      {query: "eRRor", limit: 10, want: "[1 3]"},
		"a text is not an expression":        {query: "a+b", limit: 10, want: "[6]"},
		"a text does not run into the next":  {query: "error", from: 4, limit: 10, want: "[]"},
		"letters beyond ASCII":               {query: "straße", limit: 10, want: "[5]"},
		"from a line on":                     {query: "error", from: 2, limit: 10, want: "[3]"},
		"no more than asked":                 {query: "e", limit: 2, want: "[1 2]"},
		"an expression":                      {query: `^[a-z]+ w`, regex: true, limit: 10, want: "[2 7]"},
		"a wrong expression is the person's": {query: `(`, regex: true, limit: 10, fails: true},
		"nothing to search for":              {query: "", limit: 10, fails: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := b.SearchLogs(t.Context(), "logs:build:1", tt.query, tt.regex, tt.from, tt.limit)
			if tt.fails {
				if paas.KindOf(err) != paas.Invalid {
					t.Errorf("got error %v, want an invalid field", err)
				}
				return
			}
			numbers := []int64{}
			for _, hit := range got {
				numbers = append(numbers, hit.Seq)
			}
			if fmt.Sprint(numbers) != tt.want || err != nil {
				t.Errorf("got %v %v, want %s", numbers, err, tt.want)
			}
		})
	}
}
