// Command benchscheduler measures placement on the workloads that other
// schedulers were measured on, judges every placement, and compares with the
// anchor taken in the same run. One goroutine places; the clock runs from the
// snapshot (nodes and tasks as a caller has them) to the placements.
//
//	benchscheduler [-runs 5] [-only NAME] [-out FILE] [-placements FOLDER]
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is one line of the report. What has a JSON name is what the file of -out
// holds; the table has the rest too.
type row struct {
	Workload   string  `json:"workload"`
	Nodes      int     `json:"nodes"`
	Tasks      int     `json:"tasks"`
	Placed     int     `json:"placed"`
	TasksPerS  float64 `json:"tasks_per_s"`
	LimitPerS  float64 `json:"limit_per_s"`
	Violations int     `json:"violations"`
	Fill       float64 `json:"fill"`
	Allocs     float64 `json:"allocs_per_placed"`
	P99        float64 `json:"p99_us"` // of one call of Schedule with its updates
	// The same by the time its thread was running, for a machine that others
	// use too. The collector's threads are not in it.
	CPUPerS      float64 `json:"-"`
	LimitCPUPerS float64 `json:"-"`
	// The call of Schedule alone, by thread time, on a fleet that knows the
	// nodes and tasks already, as a long-lived one does.
	ScheduleCPUPerS float64 `json:"-"`
	P99CPU          float64 `json:"-"`
	NodesUsed       int     `json:"-"`
	FirstPerS       float64 `json:"-"`
	ReasonBytes     float64 `json:"-"`
	HeapMB          float64 `json:"-"`

	placements map[string]string // the last ones, by task
}

func main() {
	runs := flag.Int("runs", 5, "measured runs of each workload, at least 3; the median counts")
	only := flag.String("only", "", "only workloads whose name contains this")
	out := flag.String("out", os.Getenv("OUT"), "also write the table as JSON to this file")
	folder := flag.String("placements", "", "also write each workload's placements to this folder, a task and its node a line")
	flag.Parse()
	if err := run(max(3, *runs), *only, *out, *folder, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchscheduler:", err)
		os.Exit(1)
	}
}

func run(runs int, only, out, folder string, w io.Writer) error {
	var rows []row
	for _, b := range benches() {
		if !strings.Contains(b.name, only) {
			continue
		}
		r, err := b.measure(runs)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		r.Workload = b.name
		rows = append(rows, r)
	}
	if err := table(rows, w); err != nil {
		return err
	}
	if folder != "" {
		for _, r := range rows {
			if err := writePlacements(folder, r); err != nil {
				return fmt.Errorf("write placements: %w", err)
			}
		}
	}
	if out != "" {
		text, err := json.MarshalIndent(rows, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	for _, r := range rows {
		if r.Violations > 0 {
			return fmt.Errorf("%s broke %d rules", r.Workload, r.Violations)
		}
	}
	return nil
}

// writePlacements writes a placement as other judges of the same workloads
// read it.
func writePlacements(folder string, r row) error {
	var text bytes.Buffer
	for _, task := range slices.Sorted(maps.Keys(r.placements)) {
		fmt.Fprintf(&text, "%s\t%s\n", task, r.placements[task])
	}
	name := strings.NewReplacer(" ", "-", ",", "").Replace(r.Workload)
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%dx%d.tsv", name, r.Nodes, r.Tasks)), text.Bytes(), 0o644)
}

func table(rows []row, w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "workload\tnodes\ttasks\tplaced\ttasks/s\tlimit/s\tof limit\ttasks/s CPU\tof limit CPU\tSchedule alone CPU\tviolations\tused\tfill\tallocs/placed\tp99 µs\tp99 µs CPU\tfirst/s\treason B\theap MB\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%.0f\t%.0f\t%s\t%.0f\t%s\t%.0f\t%d\t%d\t%.3f\t%.2f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t\n", r.Workload, r.Nodes, r.Tasks, r.Placed,
			r.TasksPerS, r.LimitPerS, share(r.TasksPerS, r.LimitPerS), r.CPUPerS, share(r.CPUPerS, r.LimitCPUPerS), r.ScheduleCPUPerS, r.Violations, r.NodesUsed, r.Fill, r.Allocs, r.P99, r.P99CPU, r.FirstPerS, r.ReasonBytes, r.HeapMB)
	}
	return t.Flush()
}

func share(x, of float64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*x/of)
}
