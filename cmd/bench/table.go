package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// figure is one line of the report.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal,omitempty"` // as issue and README state it
	Met   *bool   `json:"met,omitempty"`  // nil where there is no goal
	Ratio float64 `json:"ratio,omitempty"`
	To    string  `json:"to,omitempty"` // what the ratio is to: a peer or a limit measured in the same run
	Note  string  `json:"note,omitempty"`
}

// atMost and atLeast hold a value against its goal.
func (f figure) atMost(goal float64) figure { return f.held(f.Value <= goal, "at most", goal) }

func (f figure) atLeast(goal float64) figure { return f.held(f.Value >= goal, "at least", goal) }

func (f figure) held(met bool, word string, goal float64) figure {
	f.Goal, f.Met = fmt.Sprintf("%s %s %s", word, number(goal), f.Unit), &met
	return f
}

// against gives the value as a multiple of a peer's.
func (f figure) against(peer float64, to string) figure {
	if peer > 0 {
		f.Ratio, f.To = f.Value/peer, fmt.Sprintf("%s (%s %s)", to, number(peer), f.Unit)
	}
	return f
}

// and makes the goal depend on one more thing, which the note says.
func (f figure) and(holds bool, note string) figure {
	if f.Met != nil {
		met := *f.Met && holds
		f.Met = &met
	}
	f.Note = note
	return f
}

// number shows three significant digits, and no fraction from 100 on.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func printTable(w io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tgoal\tratio\tmet\tnote")
	for _, f := range figures {
		goal, ratio, met := "-", "-", "-"
		if f.Met != nil {
			goal, met = f.Goal, map[bool]string{true: "yes", false: "NO"}[*f.Met]
		}
		if f.To != "" {
			ratio = fmt.Sprintf("%.2f x %s", f.Ratio, f.To)
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, goal, ratio, met, f.Note)
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
