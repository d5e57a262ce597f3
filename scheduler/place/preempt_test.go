package place

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Fenzo never displaces anything; a critical task must not wait behind flex
// ones, and nobody is displaced in vain.
func TestACriticalTaskDisplacesFlexOnes(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n1", Capacity: cores(4)}, {ID: "n2", Capacity: cores(4)}},
		Task{ID: "svc", Job: "svc", Demand: cores(4), Node: "n2"},
		Task{ID: "big", Job: "batch", Tier: Flex, Demand: cores(3), Node: "n1"},
		Task{ID: "small", Job: "batch", Tier: Flex, Demand: cores(1), Node: "n1"},
		Task{ID: "web", Job: "web", Demand: cores(1)})
	p := planOf(t, f)
	if len(p.Preemptions) != 1 || p.Preemptions[0] != (Preemption{Task: "small", Node: "n1", For: "web"}) {
		t.Fatalf("got %+v, want small displaced from n1", p.Preemptions)
	}
	if r := p.Waiting[0].Reason; r.Code != WaitsForLeaving || r.Held != "n1" {
		t.Fatalf("got %+v, want web to wait for n1", r)
	}
	if p = planOf(t, f); len(p.Preemptions) != 0 {
		t.Fatalf("got %+v, want no second victim while the first is leaving", p.Preemptions)
	}
	f.RemoveTask("small")
	if p = planOf(t, f); len(p.Assignments) != 1 || p.Assignments[0].Node != "n1" {
		t.Fatalf("got %+v, want web on n1", p)
	}
}

func TestRoomBeingFreedIsNotTakenByLessUrgentTasks(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(4)}},
		Task{ID: "old", Job: "old", Tier: Flex, Demand: cores(2), Node: "n"},
		Task{ID: "web", Job: "web", Demand: cores(4)}, Task{ID: "batch", Job: "batch", Tier: Flex, Demand: cores(2)})
	p := planOf(t, f)
	if len(p.Preemptions) != 1 || len(p.Assignments) != 0 {
		t.Fatalf("got %+v, want old displaced and the free half of n kept for web", p)
	}
	f.RemoveTask("old")
	if p = planOf(t, f); len(p.Assignments) != 1 || p.Assignments[0].Task != "web" {
		t.Fatalf("got %+v, want web placed", p)
	}
}

func TestDisruptionBudgetsHold(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		job     Job
		victims int
	}{
		"a job without limits can be displaced":     {Job{ID: "other"}, 1},
		"a job that can spare none is left alone":   {Job{ID: "batch", MaxDisrupted: 0}, 0},
		"a job that can spare one loses at most it": {Job{ID: "batch", MaxDisrupted: 1}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(2)}},
				Task{ID: "b0", Job: "batch", Tier: Flex, Demand: cores(1), Node: "n"},
				Task{ID: "b1", Job: "batch", Tier: Flex, Demand: cores(1), Node: "n"},
				Task{ID: "w0", Job: "web", Demand: cores(1)})
			if err := f.SetJob(tt.job); err != nil {
				t.Fatal(err)
			}
			p := planOf(t, f)
			if len(p.Preemptions) != tt.victims {
				t.Errorf("got %+v, want %d victims", p.Preemptions, tt.victims)
			}
			if r := p.Waiting[0].Reason; tt.victims == 0 && (r.Code != Budget || r.Held != "batch") {
				t.Errorf("got %s: %s, want the budget of batch named", r.Code, r)
			}
		})
	}
}

func TestPinnedTasksAndGangsAreNotDisplaced(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(2)}},
		Task{ID: "pinned", Job: "a", Tier: Flex, Pinned: true, Demand: cores(1), Node: "n"},
		Task{ID: "member", Job: "b", Tier: Flex, Gang: "g", GangSize: 1, Demand: cores(1), Node: "n"},
		Task{ID: "web", Job: "web", Demand: cores(1)})
	if p := planOf(t, f); len(p.Preemptions) != 0 || p.Waiting[0].Reason.Code != NoFit {
		t.Errorf("got %+v, want nothing displaced", p)
	}
}

func TestACriticalGangDisplacesForAllOrForNone(t *testing.T) {
	t.Parallel()
	for size, victims := range map[int]int{2: 1, 3: 2, 4: 0} {
		t.Run(fmt.Sprintf("a gang of %d", size), func(t *testing.T) {
			t.Parallel()
			// n0 is free; n1 and n2 have a flex task each; nobody has a fourth node.
			f := fleetOf(t, Options{}, []Node{{ID: "n0", Capacity: cores(2)}, {ID: "n1", Capacity: cores(2)}, {ID: "n2", Capacity: cores(2)}},
				Task{ID: "f1", Job: "f", Tier: Flex, Demand: cores(2), Node: "n1"}, Task{ID: "f2", Job: "f", Tier: Flex, Demand: cores(2), Node: "n2"},
				Task{ID: "late", Job: "late", Tier: Flex, Demand: cores(2)})
			for i := range size {
				if err := f.SetTask(Task{ID: fmt.Sprint("g", i), Job: "g", Gang: "g", GangSize: size, Demand: cores(2)}); err != nil {
					t.Fatal(err)
				}
			}
			p := planOf(t, f)
			if len(p.Preemptions) != victims {
				t.Fatalf("got %+v, want %d displaced", p.Preemptions, victims)
			}
			if late := len(p.Assignments); late != 0 && victims > 0 || late != 1 && victims == 0 {
				t.Fatalf("got %+v: the free node is kept for a gang that will start, and only then", p.Assignments)
			}
			for _, v := range p.Preemptions {
				f.RemoveTask(v.Task)
			}
			if p = planOf(t, f); victims > 0 && len(p.Assignments) != size {
				t.Errorf("got %+v, want the gang placed once the others have left", p)
			}
		})
	}
}

// The victims are compared with every subset of tasks of every node.
func TestVictimsAreTheCheapestSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		for i := range rapid.IntRange(1, 3).Draw(t, "nodes") {
			id := fmt.Sprintf("n%d", i)
			w.nodes[id] = Node{ID: id, Capacity: Resources{CPU: 8000, Memory: 8 * testGiB}, MaxTasks: rapid.SampledFrom([]int{0, 3}).Draw(t, "max")}
			for k := range rapid.IntRange(0, 5).Draw(t, "running") {
				x := Task{
					ID: fmt.Sprintf("%s-%d", id, k), Job: fmt.Sprintf("j%d", k%2), Node: id,
					Tier: Tier(rapid.IntRange(0, 1).Draw(t, "tier")), Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
					Demand: Resources{CPU: rapid.Int64Range(0, 4).Draw(t, "cpu") * 1000, Memory: rapid.Int64Range(0, 4).Draw(t, "memory") * testGiB},
				}
				if w.refuses(x, id) == "" {
					w.tasks[x.ID] = x
				}
			}
		}
		if rapid.Bool().Draw(t, "has a budget") {
			w.jobs["j0"] = Job{ID: "j0", MaxDisrupted: rapid.IntRange(0, 2).Draw(t, "budget")}
		}
		want := Task{ID: "new", Job: "new", Demand: Resources{CPU: rapid.Int64Range(0, 8).Draw(t, "cpu") * 1000, Memory: rapid.Int64Range(0, 8).Draw(t, "memory") * testGiB}}
		w.tasks["new"] = want
		f, err := w.fleet(Options{}, false)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		tasks, priority, fits := bruteForce(w, want)
		got := 0
		for _, v := range p.Preemptions {
			got += w.tasks[v.Task].Priority
		}
		switch {
		case fits && (len(p.Assignments) != 1 || len(p.Preemptions) != 0):
			t.Fatalf("it fits, but the plan is %+v", p)
		case !fits && (len(p.Preemptions) != tasks || got != priority):
			t.Fatalf("displaced %d with priorities %d, the cheapest is %d with %d", len(p.Preemptions), got, tasks, priority)
		}
	})
}

// bruteForce is the fewest victims, and their least sum of priorities.
func bruteForce(w *world, x Task) (tasks, priority int, fits bool) {
	found := false
	for id := range w.nodes {
		if w.refuses(x, id) == "" {
			return 0, 0, true
		}
		flex := slices.DeleteFunc(w.on(id), func(o Task) bool { return o.Tier != Flex })
		for set := range 1 << len(flex) {
			without := &world{nodes: w.nodes, tasks: maps.Clone(w.tasks)}
			sum, gone := 0, map[string]int{}
			for k, o := range flex {
				if set>>k&1 == 1 {
					delete(without.tasks, o.ID)
					sum += o.Priority
					gone[o.Job]++
				}
			}
			if j, ok := w.jobs["j0"]; ok && gone["j0"] > j.MaxDisrupted || without.refuses(x, id) != "" {
				continue
			}
			if n := bits.OnesCount(uint(set)); !found || n < tasks || n == tasks && sum < priority {
				found, tasks, priority = true, n, sum
			}
		}
	}
	return tasks, priority, false
}

// Rounds with displacement on, in any small world: what is displaced may be,
// every assignment is allowed when made, and a task that others were stopped
// for has its place when they are gone.
func TestWhatIsDisplacedMayBeAndIsNotInVain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		urgent := maps.Clone(w.tasks)
		maps.DeleteFunc(urgent, func(_ string, x Task) bool { return x.Tier != Critical })
		maps.DeleteFunc(w.tasks, func(_ string, x Task) bool { return x.Tier == Critical })
		f, err := w.fleet(Options{}, false)
		if err != nil {
			t.Fatal(err)
		}
		round := func() Plan {
			p, err := f.Schedule(noon)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range p.Assignments {
				if why := w.refuses(w.tasks[a.Task], a.Node); why != "" {
					t.Fatalf("%s was put on %s against %s", a.Task, a.Node, why)
				}
				w.apply(Plan{Assignments: []Assignment{a}})
			}
			return p
		}
		round()
		for id, x := range urgent {
			w.tasks[id] = x
			if err := f.SetTask(x); err != nil {
				t.Fatal(err)
			}
		}
		p := round()
		displaced := map[string]int{}
		for _, v := range p.Preemptions {
			x := w.tasks[v.Task]
			if x.Tier != Flex || x.Gang != "" || x.Node != v.Node || w.tasks[v.For].Tier != Critical {
				t.Fatalf("%+v displaces %+v", v, x)
			}
			displaced[x.Job]++
			delete(w.tasks, v.Task)
			f.RemoveTask(v.Task)
		}
		for id, j := range w.jobs {
			if displaced[id] > j.MaxDisrupted {
				t.Fatalf("%d tasks of %s are displaced, %d may be", displaced[id], id, j.MaxDisrupted)
			}
		}
		q := round()
		// A more urgent task may go first now that budgets are free again.
		if len(p.Preemptions) > 0 && len(q.Assignments)+len(q.Preemptions) == 0 {
			t.Fatalf("%+v were displaced, and then nothing was placed: %+v", p.Preemptions, q)
		}
	})
}

func TestARemovedJobHasNoLimits(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(2)}},
		Task{ID: "a", Job: "j", Demand: cores(1)}, Task{ID: "b", Job: "j", Demand: cores(1)})
	if err := f.SetJob(Job{ID: "j", MaxTasks: 1}); err != nil {
		t.Fatal(err)
	}
	if p := planOf(t, f); len(p.Assignments) != 1 || p.Waiting[0].Reason.Code != JobQuota {
		t.Fatalf("got %+v, want one held by the job's quota", p)
	}
	f.RemoveJob("j")
	f.RemoveJob("unknown")
	if p := planOf(t, f); len(p.Assignments) != 1 {
		t.Errorf("got %+v, want the other placed once the quota is gone", p)
	}
}
