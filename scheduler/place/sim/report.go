package sim

import (
	"fmt"
	"slices"
	"time"
)

// Report is what a run came to.
type Report struct {
	Scenario string
	Samples  []Sample

	Arrived, Started, Finished int
	Restarted                  int // lost with their node and placed again
	Preempted, Moved           int
	// WaitP50 and WaitP99 are virtual time from arrival to placement of
	// critical and flex tasks, of those placed.
	WaitP50, WaitP99 [2]time.Duration
	Utilisation      float64 // mean share of the ready nodes' CPU in use
	Fragmentation    float64 // mean, see Sample
	Cost             float64
	NodeHours        float64
}

// Sample is one moment.
type Sample struct {
	At             time.Duration
	Nodes          int
	Running        int
	Waiting        [2]int // critical, flex
	CPU, Memory    float64
	Fragmentation  float64 // share of the free capacity in pieces too small for a 2-core, 8 GiB task
	CostPerHour    float64
	MovesSoFar     int
	PreemptedSoFar int
	RestartedSoFar int
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%-28s %5d arrived, %5d started, %4d restarted, %4d displaced, %4d moved; critical waits %s (p99 %s), flex %s (p99 %s); CPU used %.0f %%, fragmented %.0f %%; %.0f node hours, cost %.2f",
		r.Scenario, r.Arrived, r.Started, r.Restarted, r.Preempted, r.Moved, r.WaitP50[0], r.WaitP99[0], r.WaitP50[1], r.WaitP99[1],
		100*r.Utilisation, 100*r.Fragmentation, r.NodeHours, r.Cost)
}

func percentile(xs []time.Duration, p int) time.Duration {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	return xs[min(len(xs)-1, len(xs)*p/100)]
}
