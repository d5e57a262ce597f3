package sim

import (
	"fmt"
	"io"
	"strings"
)

// panel is one strip of the chart: up to two lines over the hour.
type panel struct {
	title string
	unit  string
	lines []line
}

type line struct {
	name  string
	class string
	of    func(*Sample) float64
}

func panels() []panel {
	return []panel{
		{"CPU in use, and free capacity in pieces too small for 2 cores and 8 GiB", "%", []line{
			{"in use", "a", func(x *Sample) float64 { return 100 * x.CPU }},
			{"fragmented", "b", func(x *Sample) float64 { return 100 * x.Fragmentation }},
		}},
		{"Tasks waiting", "", []line{
			{"critical", "a", func(x *Sample) float64 { return float64(x.Waiting[0]) }},
			{"flex", "b", func(x *Sample) float64 { return float64(x.Waiting[1]) }},
		}},
		{"Nodes, and their cost an hour", "", []line{
			{"nodes", "a", func(x *Sample) float64 { return float64(x.Nodes) }},
			{"cost", "b", func(x *Sample) float64 { return x.CostPerHour }},
		}},
		{"Since the start: tasks displaced by critical ones, moved, restarted after a loss", "", []line{
			{"displaced", "a", func(x *Sample) float64 { return float64(x.PreemptedSoFar) }},
			{"moved", "b", func(x *Sample) float64 { return float64(x.MovesSoFar) }},
			{"restarted", "c", func(x *Sample) float64 { return float64(x.RestartedSoFar) }},
		}},
	}
}

// The measures of a chart, in SVG units.
const (
	width  = 760
	strip  = 150 // a panel with its title
	plot   = 90  // its drawing area
	left   = 48
	inside = width - left - 110
)

// style follows the reader's light or dark scheme.
const style = `text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.g{stroke:#d0d7de}` +
	`path{fill:none;stroke-width:1.8}.a{stroke:#0969da}.b{stroke:#bc4c00}.c{stroke:#1a7f37}text.a{fill:#0969da;stroke:none}text.b{fill:#bc4c00;stroke:none}text.c{fill:#1a7f37;stroke:none}` +
	`@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#444c56}.a{stroke:#58a6ff}.b{stroke:#f0883e}.c{stroke:#3fb950}text.a{fill:#58a6ff}text.b{fill:#f0883e}text.c{fill:#3fb950}}`

// Chart writes the report as an SVG drawing.
func Chart(w io.Writer, r *Report) error {
	all := panels()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n", width, 30+strip*len(all))
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>%s</style>\n", r.Scenario, r, style)
	fmt.Fprintf(&b, `<text class="t" x="%d" y="18">%s: one hour of virtual time</text>`+"\n", left, r.Scenario)
	for i, p := range all {
		p.draw(&b, r.Samples, float64(30+strip*i))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *panel) draw(b *strings.Builder, samples []Sample, top float64) {
	most := 1.0
	for i := range samples {
		for _, l := range p.lines {
			most = max(most, l.of(&samples[i]))
		}
	}
	if p.unit == "%" {
		most = 100
	}
	fmt.Fprintf(b, `<text x="%d" y="%.0f">%s</text>`+"\n", left, top+14, p.title)
	y := func(v float64) float64 { return top + 24 + plot*(1-v/most) }
	for _, v := range []float64{0, most / 2, most} {
		fmt.Fprintf(b, `<line class="g" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%.0f%s</text>`+"\n",
			left, left+inside, y(v), y(v), left-6, y(v)+4, v, p.unit)
	}
	end := samples[len(samples)-1].At.Minutes()
	for m := 0.0; m <= end; m += 10 {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%.0f min</text>`+"\n", left+inside*m/max(1, end), top+24+plot+15, m)
	}
	for k, l := range p.lines {
		fmt.Fprintf(b, `<path class="%s" d="`, l.class)
		for i := range samples {
			op := "L"
			if i == 0 {
				op = "M"
			}
			fmt.Fprintf(b, "%s%.1f %.1f", op, left+inside*samples[i].At.Minutes()/max(1, end), y(l.of(&samples[i])))
		}
		fmt.Fprintf(b, "\"/>\n<text class=\"%s\" x=\"%d\" y=\"%.0f\">%s</text>\n", l.class, left+inside+10, top+36+18*float64(k), l.name)
	}
}
