package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// result is what one run measured.
type result struct {
	Filled     int
	FillPerS   float64
	Took       time.Duration
	Asked      int
	Launched   int // asked for and acted on
	Unexpected int
	LiveLeast  int
	LiveMost   int

	P50, P90, P99, P999, Max time.Duration // from the commit to the engine
	Whole                    time.Duration // p99 from before the transaction to the engine

	Reading, Writing, Reporting []time.Duration // of what changed, of plans, of reports; sorted

	CPU     float64 // cores
	Memory  float64 // MB
	Passes  float64 // a second
	Plans   float64 // a second
	Rows    float64 // a second
	Reports float64 // a second
}

// use is what was used between two readings.
func (r *result) use(from, to usage) {
	seconds := to.at.Sub(from.at).Seconds()
	r.CPU = (to.cpu - from.cpu).Seconds() / seconds
	r.Memory = to.memory
	r.Passes, r.Plans = float64(to.passes-from.passes)/seconds, float64(to.plans-from.plans)/seconds
	r.Rows, r.Reports = float64(to.rows-from.rows)/seconds, float64(to.reports-from.reports)/seconds
}

// usage is one reading of what this process has used and done.
type usage struct {
	at                           time.Time
	cpu                          time.Duration
	memory                       float64 // MB, resident
	passes, plans, rows, reports int64
}

func (f *fleet) usage() usage {
	u := usage{
		at: time.Now(), memory: resident(),
		passes: f.passes.passes.Load(), plans: f.passes.plans.Load(), rows: f.passes.rows.Load(), reports: f.passes.reports.Load(),
	}
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err == nil {
		u.cpu = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return u
}

// resident is the resident memory of this process in MB, 0 where /proc does not say.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize()) / (1 << 20)
}

// figure is one line of the report.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal,omitempty"` // as the issue states it
	Met   *bool   `json:"met,omitempty"`  // nil where there is no goal
	Note  string  `json:"note,omitempty"`
}

func (f figure) held(goal string, met bool) figure {
	f.Goal, f.Met = goal, &met
	return f
}

func (r result) figures(s size) []figure {
	database := "SQLite"
	if s.database != "" {
		database = "PostgreSQL"
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	all := r.Launched == r.Asked && r.Unexpected == 0
	launches := figure{
		Name: "launches", Value: float64(r.Launched) / r.Took.Seconds(), Unit: "/s",
		Note: fmt.Sprintf("%d of %d asked for in %s; %d more starts; %s", r.Launched, r.Asked, r.Took.Round(time.Second), r.Unexpected, database),
	}
	live := figure{
		Name: "live tasks, least", Value: float64(r.LiveLeast), Unit: "tasks",
		Note: fmt.Sprintf("at most %d, on %d nodes in %d groups", r.LiveMost, s.nodes, s.groups),
	}
	return []figure{
		launches.held("50 /s for 10 min", all && float64(r.Asked) >= .99*50*r.Took.Seconds() && r.Took >= 10*time.Minute),
		live.held("50000", float64(r.LiveLeast) >= .995*50_000),
		figure{Name: "change to action, p99", Value: ms(r.P99), Unit: "ms"}.held("under 50 ms", all && r.P99 < 50*time.Millisecond),
		{Name: "change to action, p50", Value: ms(r.P50), Unit: "ms"},
		{Name: "change to action, p90", Value: ms(r.P90), Unit: "ms"},
		{Name: "change to action, p99.9", Value: ms(r.P999), Unit: "ms"},
		{Name: "change to action, longest", Value: ms(r.Max), Unit: "ms"},
		{Name: "the same with its transaction, p99", Value: ms(r.Whole), Unit: "ms", Note: "from before the transaction that asks"},
		calls("a pass reads, p99", r.Reading),
		calls("a plan is written, p99", r.Writing),
		calls("a report is written, p99", r.Reporting),
		{Name: "CPU", Value: r.CPU, Unit: "cores", Note: "everything in one process: loop, executors, engines, database driver, load"},
		{Name: "resident memory", Value: r.Memory, Unit: "MB", Note: "likewise"},
		{Name: "passes", Value: r.Passes, Unit: "/s", Note: fmt.Sprintf("%.1f plans/s", r.Plans)},
		{Name: "rows written", Value: r.Rows + r.Reports, Unit: "/s", Note: fmt.Sprintf("%.0f by plans and the load, %.0f reports", r.Rows, r.Reports)},
		{Name: "filling", Value: r.FillPerS, Unit: "tasks/s", Note: fmt.Sprintf("%d tasks asked for at once", r.Filled)},
	}
}

func calls(name string, took []time.Duration) figure {
	ms := func(share float64) float64 { return float64(percentile(took, share)) / float64(time.Millisecond) }
	return figure{Name: name, Value: ms(.99), Unit: "ms", Note: fmt.Sprintf("p50 %.2f ms, longest %.1f ms", ms(.5), ms(1))}
}

func printTable(w io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tgoal\tmet\tnote")
	for _, f := range figures {
		met := "-"
		if f.Met != nil {
			met = map[bool]string{true: "yes", false: "NO"}[*f.Met]
		}
		fmt.Fprintf(t, "%s\t%.4g %s\t%s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Goal, met, f.Note)
	}
	return t.Flush()
}

func writeJSON(file string, figures []figure) error {
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
