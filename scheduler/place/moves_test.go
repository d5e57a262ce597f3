package place

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestDrainMovesInWavesWithinTheBudget(t *testing.T) {
	t.Parallel()
	nodes := []Node{{ID: "n1", Capacity: cores(8)}, {ID: "n2", Capacity: cores(8)}}
	var tasks []Task
	for i := range 3 {
		tasks = append(tasks, Task{ID: fmt.Sprint("web-", i), Job: "web", Demand: cores(1), Node: "n1"})
	}
	tasks = append(tasks, Task{ID: "batch", Job: "batch", Tier: Flex, Demand: cores(2), Node: "n1"})
	f := fleetOf(t, Options{}, nodes, tasks...)
	if err := f.SetJob(Job{ID: "web", MaxDisrupted: 2}); err != nil {
		t.Fatal(err)
	}
	got, err := f.DrainPlan(noon, "n1")
	if err != nil {
		t.Fatal(err)
	}
	want := MovePlan{
		Moves: []Move{{"web-0", "n1", "n2", 1}, {"web-1", "n1", "n2", 1}, {"web-2", "n1", "n2", 2}, {"batch", "n1", "n2", 1}},
		Freed: []string{"n1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestDrainSaysWhatIsStuck(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n1", Capacity: cores(8)}, {ID: "n2", Capacity: cores(2)}},
		Task{ID: "pinned", Job: "a", Demand: cores(1), Node: "n1", Pinned: true},
		Task{ID: "large", Job: "b", Demand: cores(4), Node: "n1"},
		Task{ID: "strict", Job: "c", Demand: cores(1), Node: "n1"})
	if err := f.SetJob(Job{ID: "c"}); err != nil {
		t.Fatal(err)
	}
	got, err := f.DrainPlan(noon, "n1")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]Code{}
	for _, w := range got.Stuck {
		codes[w.Task] = w.Reason.Code
	}
	if want := (map[string]Code{"pinned": Unmovable, "large": NoFit, "strict": Budget}); !reflect.DeepEqual(codes, want) || len(got.Freed) != 0 {
		t.Errorf("got %v, freed %v, want %v", codes, got.Freed, want)
	}
}

func TestDefragmentationEmptiesTheEasiestNode(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n1", Capacity: cores(8)}, {ID: "n2", Capacity: cores(8)}, {ID: "n3", Capacity: cores(8)}, {ID: "idle", Capacity: cores(8)}},
		Task{ID: "a", Job: "a", Demand: cores(6), Node: "n1"}, Task{ID: "b", Job: "b", Demand: cores(2), Node: "n2"},
		Task{ID: "c", Job: "c", Demand: cores(5), Node: "n3"})
	got := f.DefragPlan(noon, 10)
	want := MovePlan{Moves: []Move{{"b", "n2", "n1", 1}}, Freed: []string{"n2"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := f.DefragPlan(noon, 0); len(got.Moves) != 0 {
		t.Errorf("got %+v, want no move with a limit of none", got)
	}
}

// A preview changes nothing, and carrying a drain out, move by move, never
// breaks a rule that counts.
func TestMovePlansAreAllowedAndOnlyPreviews(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		opt := drawOptions(t)
		f, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		w.apply(p)
		untouched, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		plans := []MovePlan{f.DefragPlan(noon, 5)}
		if _, ok := w.nodes["n0"]; ok {
			drain, err := f.DrainPlan(noon, "n0")
			if err != nil {
				t.Fatal(err)
			}
			plans = append(plans, drain)
		}
		for _, plan := range plans {
			after := newWorld()
			after.nodes = w.nodes
			for id, x := range w.tasks {
				after.tasks[id] = x
			}
			for _, m := range plan.Moves {
				x := after.tasks[m.Task]
				if x.Node != m.From {
					t.Fatalf("%+v: the task is on %s", m, x.Node)
				}
				x.Node = ""
				after.tasks[m.Task] = x
				if why := after.refuses(x, m.To); why != "" {
					t.Fatalf("%+v is against %s", m, why)
				}
				x.Node = m.To
				after.tasks[m.Task] = x
			}
			for _, id := range plan.Freed {
				if len(after.on(id)) > 0 {
					t.Fatalf("%s is said to be free and has tasks", id)
				}
			}
		}
		got, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		want, err := untouched.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		got.Considered, want.Considered = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("after the previews the plan is\n%+v\nwithout them\n%+v", got, want)
		}
	})
}
