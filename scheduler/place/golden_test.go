package place

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const testGiB = 1 << 30

// cores is a demand or capacity of CPU alone.
func cores(n float64) Resources { return Resources{CPU: int64(n * 1000)} }

// fleetOf builds a fleet; every test's input must be accepted.
func fleetOf(t testing.TB, opt Options, nodes []Node, tasks ...Task) *Fleet {
	t.Helper()
	f := New(opt)
	for _, n := range nodes {
		if err := f.SetNode(n); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range tasks {
		if err := f.SetTask(x); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func planOf(t testing.TB, f *Fleet) Plan {
	t.Helper()
	p, err := f.Schedule(noon)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// Source of the figures: the golden vectors computed from Fenzo's and Titus's
// rules (packer, score, zone soft, DRF pick, tier remaining, named sets).
func TestPackerScoresFullness(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ask  float64
		want float64 // below 0: does not fit
	}{
		"two of eight cores with four used scores .75": {2, .75},
		"filling the node exactly scores 1":            {4, 1},
		"more than is free does not fit":               {5, -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{Weights: Weights{Pack: 1}}, []Node{{ID: "n", Capacity: cores(8)}},
				Task{ID: "old", Job: "j", Demand: cores(4), Node: "n"}, Task{ID: "new", Job: "k", Demand: cores(tt.ask)})
			p := planOf(t, f)
			got := -1.0
			if len(p.Assignments) == 1 {
				got = p.Assignments[0].Score
			}
			if !near(got, tt.want) {
				t.Errorf("got score %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSpreaderTakesAnExactlyFullNode(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{Weights: Weights{Spread: 1}}, []Node{{ID: "n", Capacity: cores(8)}},
		Task{ID: "old", Job: "j", Demand: cores(4), Node: "n"}, Task{ID: "new", Job: "k", Demand: cores(4)})
	p := planOf(t, f)
	if len(p.Assignments) != 1 || p.Assignments[0].Score <= 0 {
		t.Errorf("got %+v, want the task on n with a score above 0", p)
	}
}

func TestAbsentPartsAreRenormalisedAway(t *testing.T) {
	t.Parallel()
	w := Weights{Pack: .35, Prefer: .50, Sets: .15, Image: .1, Health: .1}
	f := fleetOf(t, Options{Weights: w}, []Node{{ID: "n", Capacity: cores(8)}},
		Task{ID: "old", Job: "j", Demand: cores(4), Node: "n"}, Task{ID: "new", Job: "k", Demand: cores(2)})
	if p := planOf(t, f); !near(p.Assignments[0].Score, .75) {
		t.Errorf("got %v, want .75: no preference, set, image or failure is in play", p.Assignments[0].Score)
	}
}

func TestSoftZoneBalance(t *testing.T) {
	t.Parallel()
	for zone, tt := range map[string]struct {
		count int32
		want  float64
	}{"a with 2": {2, .01}, "b with 1": {1, .5}, "c with 1": {1, .5}} {
		if got := balance(tt.count, 4, 3); !near(got, tt.want) {
			t.Errorf("zone %s: got %v, want %v", zone, got, tt.want)
		}
	}
}

func TestDominantShareOrdersTeams(t *testing.T) {
	t.Parallel()
	capacity := Resources{CPU: 100_000, Memory: 100 * testGiB}
	a := FairShare(DominantShare(Resources{CPU: 30_000}, capacity), .5)
	b := FairShare(DominantShare(Resources{Memory: 10 * testGiB}, capacity), .1)
	c := FairShare(DominantShare(Resources{CPU: 1_000}, capacity), 0)
	if !near(a, .6) || !near(b, 1) || !near(c, 10) {
		t.Errorf("got %v, %v, %v, want .6, 1, 10", a, b, c)
	}
}

func TestTheTeamFurthestBelowItsGuaranteeGoesFirst(t *testing.T) {
	t.Parallel()
	// 100 cores; A uses 30 of a guaranteed 50, B 10 of 10, C 1 of none; one core is free.
	f := fleetOf(t, Options{NoPreemption: true}, []Node{{ID: "n", Capacity: cores(42)}, {ID: "full", Capacity: cores(58)}})
	for _, tm := range []Team{{ID: "A", Guarantee: cores(50)}, {ID: "B", Guarantee: cores(10)}, {ID: "C"}} {
		if err := f.SetTeam(tm); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []Task{
		{ID: "a0", Job: "j", Team: "A", Demand: cores(30), Node: "n"}, {ID: "b0", Job: "j", Team: "B", Demand: cores(10), Node: "n"},
		{ID: "c0", Job: "j", Team: "C", Demand: cores(1), Node: "n"}, {ID: "x", Job: "x", Team: "X", Demand: cores(58), Node: "full"},
		{ID: "c1", Job: "k", Team: "C", Demand: cores(1)}, {ID: "b1", Job: "k", Team: "B", Demand: cores(1)}, {ID: "a1", Job: "k", Team: "A", Demand: cores(1)},
	} {
		if err := f.SetTask(x); err != nil {
			t.Fatal(err)
		}
	}
	p := planOf(t, f)
	got := fmt.Sprint(p.Assignments[0].Task, p.Waiting[0].Task, p.Waiting[1].Task)
	if got != "a1b1c1" {
		t.Errorf("got order %s, want a1b1c1", got)
	}
}

func TestNamedSetScores(t *testing.T) {
	t.Parallel()
	s := slots{units: 7, idle: 1}
	if v, ok := s.fit("sg-1", 1); !ok || !near(v, .0625) {
		t.Errorf("idle: got %v %v, want .0625", v, ok)
	}
	s.use("sg-1", 3)
	if v, ok := s.fit("sg-1", 1); !ok || !near(v, .625) {
		t.Errorf("3 used and 1 asked: got %v %v, want .625", v, ok)
	}
	if _, ok := s.fit("sg-2", 1); ok {
		t.Error("another name was let into a slot in use")
	}
	s.use("sg-1", -3)
	if _, ok := s.fit("sg-2", 1); !ok {
		t.Error("an emptied slot still refuses another name")
	}
}
