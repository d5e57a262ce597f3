package workload

import (
	"fmt"
	"hash/fnv"
	"testing"
)

// The hashes are those of the generator that the peers were measured with.
func TestStable(t *testing.T) {
	t.Parallel()
	want := map[Kind]string{Homo: "19abec364618262e", Hetero: "d198c6b57d72bff1", Constr: "0c3e569a869fe236"}
	for kind, sum := range want {
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, Nodes(kind, 1000, 1), Tasks(kind, 10000, 1))
		if got := fmt.Sprintf("%016x", h.Sum64()); got != sum {
			t.Errorf("%s: inputs hash to %s, want %s", kind, got, sum)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	nodes := []Node{
		{ID: "n0", Zone: "a", Family: "m", CPU: 2000, Mem: 4096, Disk: 100},
		{ID: "n1", Zone: "b", Family: "r", CPU: 2100, Mem: 8192, Disk: 100, GPU: 1},
	}
	tasks := []Task{
		{ID: "t0", Service: "s", CPU: 1000, Mem: 2048, Unique: true},
		{ID: "t1", Service: "s", CPU: 1000, Mem: 2048, Unique: true},
		{ID: "t2", Service: "z", CPU: 500, Mem: 512, Family: "r"},
		{ID: "t3", Service: "g", CPU: 500, Mem: 512, GPU: 1},
		{ID: "t4", Service: "b", CPU: 1, Mem: 1, Balance: true},
		{ID: "t5", Service: "b", CPU: 1, Mem: 1, Balance: true},
		{ID: "t6", Service: "p", CPU: 1, Mem: 1, Zone: "b"},
	}
	tests := map[string]struct {
		placed     map[string]string
		violations int
	}{
		"a placement that keeps every rule": {map[string]string{"t0": "n0", "t1": "n1", "t2": "n1", "t3": "n1", "t6": "n1"}, 0},
		"two unique tasks on one node":      {map[string]string{"t0": "n0", "t1": "n0"}, 1},
		"a task on the wrong family":        {map[string]string{"t2": "n0"}, 1},
		"a GPU where there is none":         {map[string]string{"t3": "n0"}, 1},
		"a node that does not exist":        {map[string]string{"t2": "n9"}, 1},
		"balanced tasks in one zone":        {map[string]string{"t4": "n0", "t5": "n0"}, 1},
		"a task in the wrong zone":          {map[string]string{"t6": "n0"}, 1},
		"more CPU than the node has":        {map[string]string{"t0": "n1", "t2": "n1", "t3": "n1", "t1": "n1"}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if q := Judge(nodes, tasks, tt.placed); q.Violations != tt.violations {
				t.Errorf("got %d violations (%s), want %d", q.Violations, q.First, tt.violations)
			}
		})
	}
}
