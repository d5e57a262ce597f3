// Package placetest makes fleets for the tests of what is built on place.
package placetest

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// Noon is when everything in a test happens.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// GiB is a gibibyte.
const GiB = 1 << 30

// Cores is a demand or capacity of CPU alone.
func Cores(n int64) place.Resources { return place.Resources{CPU: n * 1000} }

// Fleet builds a fleet; every test's input must be accepted.
func Fleet(tb testing.TB, nodes []place.Node, tasks ...place.Task) *place.Fleet {
	tb.Helper()
	f := place.New(place.Options{})
	for _, n := range nodes {
		if err := f.SetNode(n); err != nil {
			tb.Fatal(err)
		}
	}
	for _, x := range tasks {
		if err := f.SetTask(x); err != nil {
			tb.Fatal(err)
		}
	}
	return f
}

// Plan is what the fleet would do at noon, without the work it cost.
func Plan(tb testing.TB, f *place.Fleet) place.Plan {
	tb.Helper()
	p, err := f.Schedule(Noon)
	if err != nil {
		tb.Fatal(err)
	}
	p.Considered = 0
	return p
}
