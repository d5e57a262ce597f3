package place

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// A trial's moves never break a rule that counts, and what was tried leaves no
// trace.
func TestTrialsMoveAsAllowedAndLeaveNoTrace(t *testing.T) {
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

		try := f.Try(noon)
		node := rapid.SampledFrom([]string{"n0", "n1", "n2", "imagined", "none"})
		mark, moved := 0, newWorld()
		moved.nodes = w.nodes
		for id, x := range w.tasks {
			moved.tasks[id] = x
		}
		onlyMoves := true // as the referee's world has
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			id := node.Draw(t, "node")
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0, 1:
				try.Close(id)
				for _, task := range try.Tasks(id) {
					m, why := try.Move(task)
					if why != nil || !onlyMoves {
						continue
					}
					moved.move(t, task, m)
				}
			case 2:
				onlyMoves = false
				try.SetState(id, rapid.SampledFrom([]NodeState{Ready, Avoid, Draining, Lost}).Draw(t, "state"))
			case 3:
				onlyMoves = false
				if err := try.Imagine(Node{ID: "imagined", Zone: "a", Group: "g", Capacity: cores(8)}); err != nil && id == "imagined" {
					_ = try.Forget(id) // refused while tasks are on it
				}
			case 4:
				onlyMoves = false
				before := try.Waiting(Flex)
				if n := try.Place(rapid.SampledFrom([]Tier{Critical, Flex}).Draw(t, "tier")); try.Waiting(Flex) != before-n {
					t.Fatalf("%d of %d waiting tasks were placed, %d wait", n, before, try.Waiting(Flex))
				}
			case 5:
				mark = try.Mark()
			case 6:
				onlyMoves = false
				try.Back(min(mark, try.Mark()))
			}
		}
		try.End()

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
			t.Fatalf("after the trial the plan is\n%+v\nwithout it\n%+v", got, want)
		}
	})
}

// move carries a move out under the referee's eyes.
func (w *world) move(t *rapid.T, task string, m Moved) {
	x := w.tasks[task]
	if x.Node != m.From {
		t.Fatalf("%s is on %s, not on %s", task, x.Node, m.From)
	}
	x.Node = ""
	w.tasks[task] = x
	if why := w.refuses(x, m.To); why != "" {
		t.Fatalf("moving %s to %s is against %s", task, m.To, why)
	}
	x.Node = m.To
	w.tasks[task] = x
}

func TestATrialSaysWhatATaskKeepsInPlace(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(2)}}, Task{ID: "waiting", Job: "j", Demand: cores(3)},
		Task{ID: "leaving", Job: "j", Demand: cores(1), Node: "n", Leaving: true}, Task{ID: "pinned", Job: "j", Demand: cores(1), Node: "n", Pinned: true})
	try := f.Try(noon)
	for _, task := range []string{"unknown", "waiting", "leaving", "pinned"} {
		if _, why := try.Move(task); why == nil || why.Code != Unmovable {
			t.Errorf("%s: got %v, want it to be unmovable", task, why)
		}
	}
	if got := fmt.Sprint(try.Tasks("n"), try.Tasks("unknown")); got != "[pinned] []" {
		t.Errorf("got %s, want the task that is not leaving", got)
	}
}
