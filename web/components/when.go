package components

import (
	"fmt"
	"time"
)

// Ago shows how long ago at was, in the largest unit that says enough: "just now", "4 min ago", "3 days ago".
func Ago(at, now time.Time) string {
	d := now.Sub(at)
	switch {
	case d < 0:
		return "in " + span(-d)
	case d < 10*time.Second:
		return "just now"
	default:
		return span(d) + " ago"
	}
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 36*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()+0.5))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24+0.5))
	}
}

// Clock shows a duration as a stopwatch does: "0.8 s", "42 s", "3 m 05 s", "1 h 02 m".
func Clock(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d m %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %02d m", int(d.Hours()), int(d.Minutes())%60)
	}
}
