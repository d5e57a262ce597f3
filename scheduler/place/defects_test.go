package place

import (
	"fmt"
	"reflect"
	"testing"
)

// Each known defect of Fenzo's has a test that it is not ours: (a) and (c) to
// (e) here, (b) in TestSpreaderTakesAnExactlyFullNode, (f) in
// TestACriticalTaskDisplacesFlexOnes.

// (a) Fenzo's score without preferences lies in .50 to .85, so that a
// threshold above is never met. Ours uses the whole scale.
func TestScoresUseTheWholeScale(t *testing.T) {
	t.Parallel()
	for ask, want := range map[float64]float64{8: 1, 4: .5, .08: .01} {
		f := fleetOf(t, Options{Weights: Weights{Pack: .35, Prefer: .5, Sets: .15}}, []Node{{ID: "n", Capacity: cores(8)}},
			Task{ID: "t", Job: "j", Demand: cores(ask)})
		if p := planOf(t, f); !near(p.Assignments[0].Score, want) {
			t.Errorf("%v of 8 cores: got %v, want %v", ask, p.Assignments[0].Score, want)
		}
	}
}

// (c) The soft form of a balance must prefer the emptier zone in fractions,
// where Fenzo divides integers.
func TestSoftBalancePrefersTheEmptiestZone(t *testing.T) {
	t.Parallel()
	var nodes []Node
	for _, z := range []string{"a", "b", "c"} {
		nodes = append(nodes, Node{ID: "n-" + z, Zone: z, Capacity: cores(8)})
	}
	soft := []Preference{{Balanced(KeyZone, 3), 1}}
	var tasks []Task
	for i, at := range []string{"n-a", "n-a", "n-a", "n-b", "n-b"} {
		tasks = append(tasks, Task{ID: fmt.Sprint(i), Job: "j", Demand: cores(1), Node: at, Prefer: soft})
	}
	f := fleetOf(t, Options{Weights: Weights{Pack: .1, Prefer: .9}}, nodes, append(tasks, Task{ID: "t", Job: "j", Demand: cores(1), Prefer: soft})...)
	ranking, err := f.Explain("t", 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range ranking {
		got = append(got, r.Node)
	}
	// ceil(6/3)=2: a .01, b .01, c 1, and a is fuller than b.
	if want := []string{"n-c", "n-a", "n-b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// (d) Fenzo looks at every node unless told when to stop. Here an exact
// answer takes a few looks, whatever the size of the fleet.
func TestTheBestNodeIsFoundWithoutLookingAtAll(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 5000} {
		var nodes []Node
		for i := range size {
			nodes = append(nodes, Node{ID: fmt.Sprintf("n%05d", i), Zone: fmt.Sprint(i % 3), Capacity: Resources{CPU: 16000, Memory: 64 * testGiB}})
		}
		f := fleetOf(t, Options{}, nodes)
		const tasks = 200
		for i := range tasks {
			x := Task{ID: fmt.Sprint(i), Job: fmt.Sprint("j", i), Demand: Resources{CPU: int64(100 + 37*i), Memory: int64(1+i%7) * testGiB}}
			if err := f.SetTask(x); err != nil {
				t.Fatal(err)
			}
		}
		if p := planOf(t, f); len(p.Assignments) != tasks || p.Considered > 20*tasks {
			t.Errorf("%d nodes: %d placed, %d nodes looked at, want at most %d", size, len(p.Assignments), p.Considered, 20*tasks)
		}
	}
}

// (e) An exception in one of Fenzo's plug-ins leaves its state undefined.
// There are no plug-ins here, and what is refused leaves no trace.
func TestARefusalLeavesNoTrace(t *testing.T) {
	t.Parallel()
	node := Node{ID: "n", Zone: "a", Capacity: cores(4)}
	task := Task{ID: "t", Job: "j", Demand: cores(1), Require: []Constraint{In(KeyZone, "a")}}
	f := fleetOf(t, Options{}, []Node{node}, task)
	bad, worse := node, task
	bad.Capacity.CPU, worse.Demand.CPU = -1, -1
	if f.SetNode(bad) == nil || f.SetTask(worse) == nil {
		t.Fatal("bad input was accepted")
	}
	got, want := planOf(t, f), planOf(t, fleetOf(t, Options{}, []Node{node}, task))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
