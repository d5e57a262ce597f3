// Package sim runs the planner in virtual time: tasks arrive, run and end,
// machines fail, spot machines are taken away, a zone is lost, groups grow and
// shrink. Everything is drawn from one seed, so that a run can be repeated.
// The simulator keeps its own books and checks every plan against them.
package sim

import (
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/scale"
)

// Scenario is what happens in a run.
type Scenario struct {
	Name    string
	Seed    uint64
	Length  time.Duration // of virtual time
	Options place.Options
	Groups  []scale.Group

	ArrivalsPerMinute float64
	CriticalShare     float64       // of the arrivals; the rest is flex
	MeanRun           time.Duration // of a task
	Boot              time.Duration // from asking for a node to having it

	NodeFailuresPerHour float64 // over all nodes
	SpotReclaimsPerHour float64 // of the spot nodes
	// A zone is lost at LoseAt, for LoseFor; "" for none.
	LoseZone        string
	LoseAt, LoseFor time.Duration
	// DefragEvery is how often nodes are emptied onto others, 0 for never.
	DefragEvery time.Duration
}

// The rhythm of the loop around the planner.
const (
	tick       = time.Second
	scaleEvery = 30 * time.Second
	sample     = 30 * time.Second
	stopTakes  = 5 * time.Second // from being displaced to being gone
)

// start is when virtual time begins.
var start = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

const gib = 1 << 30

// fleet is three groups in three zones.
func fleet() []scale.Group {
	zones := []string{"a", "b", "c"}
	node := func(cores, mem int64) place.Node {
		return place.Node{Type: "general", Capacity: place.Resources{CPU: cores * 1000, Memory: mem * gib}}
	}
	base := scale.Group{Zones: zones, MinIdle: 1, MaxIdle: 3, IdleFor: 5 * time.Minute, Cooldown: 3 * time.Minute}
	small, large, spot := base, base, base
	small.ID, small.Template, small.Min, small.Max, small.Price = "small", node(8, 32), 6, 60, .40
	large.ID, large.Template, large.Max, large.Price = "large", node(32, 128), 30, 1.70
	large.MinIdle, large.MaxIdle = 0, 0
	spot.ID, spot.Template, spot.Max, spot.Price, spot.Spot = "spot", node(16, 64), 60, .25, true
	spot.MinIdle, spot.MaxIdle = 0, 1
	return []scale.Group{small, large, spot}
}

// Scenarios are the runs that the documentation shows.
func Scenarios() []Scenario {
	steady := Scenario{
		Name: "steady", Seed: 1, Length: time.Hour, Groups: fleet(), ArrivalsPerMinute: 40, CriticalShare: .3,
		MeanRun: 12 * time.Minute, Boot: 90 * time.Second,
	}
	faults := steady
	faults.Name, faults.NodeFailuresPerHour, faults.SpotReclaimsPerHour = "failures and reclaims", 6, 12
	zone := steady
	zone.Name, zone.LoseZone, zone.LoseAt, zone.LoseFor = "zone b lost for ten minutes", "b", 25*time.Minute, 10*time.Minute
	tidy := steady
	tidy.Name, tidy.DefragEvery = "with defragmentation", 2*time.Minute
	return []Scenario{steady, faults, zone, tidy}
}
