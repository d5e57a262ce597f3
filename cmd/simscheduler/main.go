// Command simscheduler runs the planner through the simulator's scenarios,
// prints a line for each, and draws the charts of docs/scheduler.md.
//
//	simscheduler [-charts FOLDER]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place/sim"
)

func main() {
	charts := flag.String("charts", "", "folder to write an SVG for each scenario into")
	flag.Parse()
	if err := run(*charts); err != nil {
		fmt.Fprintln(os.Stderr, "simscheduler:", err)
		os.Exit(1)
	}
}

func run(charts string) error {
	for _, s := range sim.Scenarios() {
		start := time.Now()
		r, err := sim.Run(s)
		if err != nil {
			return err
		}
		fmt.Printf("%s (%.1f s)\n", &r, time.Since(start).Seconds())
		if charts == "" {
			continue
		}
		var b bytes.Buffer
		if err := sim.Chart(&b, &r); err != nil {
			return err
		}
		if err := os.MkdirAll(charts, 0o755); err != nil {
			return fmt.Errorf("make the folder for charts: %w", err)
		}
		name := strings.ReplaceAll(s.Name, " ", "-") + ".svg"
		if err := os.WriteFile(filepath.Join(charts, name), b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write a chart: %w", err)
		}
	}
	return nil
}
