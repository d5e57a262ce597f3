package place_test

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

const gib = 1 << 30

// The scheduler's loop: say what changed, ask for a plan, record it.
func ExampleFleet_Schedule() {
	fleet := place.New(place.Options{})
	for _, id := range []string{"n1", "n2"} {
		if err := fleet.SetNode(place.Node{ID: id, Zone: "a", Capacity: place.Resources{CPU: 4000, Memory: 8 * gib}}); err != nil {
			fmt.Println(err)
		}
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		task := place.Task{ID: fmt.Sprintf("web-%d", i), Job: "web", ReadyAt: now, Demand: place.Resources{CPU: 1000, Memory: 6 * gib}}
		if err := fleet.SetTask(task); err != nil {
			fmt.Println(err)
		}
	}

	plan, err := fleet.Schedule(now)
	if err != nil {
		fmt.Println(err)
	}
	for _, a := range plan.Assignments {
		fmt.Printf("%s runs on %s\n", a.Task, a.Node)
	}
	for _, w := range plan.Waiting {
		fmt.Printf("%s waits: %s\n", w.Task, w.Reason)
	}

	fleet.RemoveTask("web-0") // it finished: the next plan uses its room
	plan, _ = fleet.Schedule(now.Add(time.Second))
	fmt.Printf("%s runs on %s\n", plan.Assignments[0].Task, plan.Assignments[0].Node)

	// Output:
	// web-0 runs on n1
	// web-1 runs on n2
	// web-2 waits: Needs 6 GiB of memory; the roomiest of 2 nodes has 2 GiB free.
	// web-2 runs on n1
}
