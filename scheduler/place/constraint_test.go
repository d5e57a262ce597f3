package place

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// Three nodes that differ in everything a constraint can name.
func trio() []Node {
	return []Node{
		{ID: "n1", Zone: "a", Type: "small", Capacity: cores(8), Attributes: map[string]string{"disk": "ssd", "docker": "20.10.5"}},
		{ID: "n2", Zone: "b", Type: "large", Capacity: cores(8), Attributes: map[string]string{"disk": "hdd", "docker": "28.5"}},
		{ID: "n3", Zone: "c", Type: "large", Capacity: cores(8), Taints: []Taint{{Key: "dedicated", Value: "db"}}},
	}
}

// Each constraint is tried hard, where it leaves only some nodes, and soft,
// where those nodes come first but the others stay.
func TestConstraintsHardAndSoft(t *testing.T) {
	t.Parallel()
	running := []Task{
		{ID: "j-0", Job: "j", Demand: cores(1), Node: "n1"}, {ID: "db-0", Job: "db", Demand: cores(1), Node: "n2"},
	}
	tests := map[string]struct {
		c    Constraint
		want []string
	}{
		"in a zone":                        {In(KeyZone, "a", "b"), []string{"n1", "n2"}},
		"not in a zone":                    {NotIn(KeyZone, "a"), []string{"n2"}},
		"of a type":                        {In(KeyType, "large"), []string{"n2"}},
		"a node by name":                   {In(KeyNode, "n2"), []string{"n2"}},
		"any node but one":                 {NotIn(KeyNode, "n1"), []string{"n2"}},
		"an attribute":                     {In("disk", "ssd"), []string{"n1"}},
		"an attribute's version, in order": {Version("docker", ">=20.10", "<28.10"), []string{"n1", "n2"}},
		"a version with two bounds":        {Version("docker", ">20.10.5"), []string{"n2"}},
		"no other of the job on the node":  {UniqueNode(), []string{"n2"}},
		"a node of its own":                {Exclusive(), nil},
		"at most one of the job a zone":    {AtMost(1, KeyZone), []string{"n2"}},
		"at most two of the job a zone":    {AtMost(2, KeyZone), []string{"n1", "n2"}},
		"balanced over zones":              {Balanced(KeyZone, 0), []string{"n2"}},
		"in the zone of another job":       {Near("db", KeyZone), []string{"n2"}},
		"on a node with another job":       {Near("db", KeyNode), []string{"n2"}},
		"on a node without another job":    {Apart("db", KeyNode), []string{"n1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{Weights: Weights{Pack: .01, Prefer: .99}}, trio(), append(slices.Clone(running),
				Task{ID: "hard", Job: "j", Demand: cores(1), Require: []Constraint{tt.c}},
				Task{ID: "soft", Job: "j", Demand: cores(1), Prefer: []Preference{{tt.c, 1}}})...)
			hard, soft := nodesOf(t, f, "hard"), nodesOf(t, f, "soft")
			if got := slices.Sorted(slices.Values(hard)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("hard: got %v, want %v", got, tt.want)
			}
			if len(soft) != 2 || len(tt.want) == 1 && soft[0] != tt.want[0] {
				t.Errorf("soft: got %v, want both nodes and %v first", soft, tt.want)
			}
		})
	}
}

func nodesOf(t *testing.T, f *Fleet, id string) (nodes []string) {
	t.Helper()
	ranking, err := f.Explain(id, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranking {
		nodes = append(nodes, r.Node)
	}
	return nodes
}

func TestTaintsAndTolerations(t *testing.T) {
	t.Parallel()
	soft := trio()
	soft[2].Taints[0].Soft = true
	tests := map[string]struct {
		nodes     []Node
		tolerates []Toleration
		want      []string
	}{
		"a taint keeps tasks away":                   {trio(), nil, []string{"n1", "n2"}},
		"a toleration of the value lets them in":     {trio(), []Toleration{{"dedicated", "db"}}, []string{"n1", "n2", "n3"}},
		"a toleration of any value does too":         {trio(), []Toleration{{"dedicated", ""}}, []string{"n1", "n2", "n3"}},
		"another value does not":                     {trio(), []Toleration{{"dedicated", "web"}}, []string{"n1", "n2"}},
		"a soft taint only puts the node to the end": {soft, nil, []string{"n1", "n2", "n3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{}, tt.nodes, Task{ID: "t", Job: "j", Demand: cores(1), Tolerates: tt.tolerates})
			if got := nodesOf(t, f, "t"); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAnAvoidedNodeIsTheLastResort(t *testing.T) {
	t.Parallel()
	nodes := []Node{{ID: "n1", Capacity: cores(2), State: Avoid}, {ID: "n2", Capacity: cores(2)}}
	f := fleetOf(t, Options{}, nodes, Task{ID: "a", Job: "a", Demand: cores(2)}, Task{ID: "b", Job: "b", Demand: cores(2)})
	p := planOf(t, f)
	if len(p.Assignments) != 2 || p.Assignments[0].Node != "n2" || p.Assignments[1].Node != "n1" {
		t.Errorf("got %+v, want the ready node first and then the avoided one", p.Assignments)
	}
}

func TestApartHoldsBothWays(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, trio()[:1],
		Task{ID: "shy", Job: "shy", Demand: cores(1), Node: "n1", Require: []Constraint{Apart("loud", KeyZone)}},
		Task{ID: "loud", Job: "loud", Demand: cores(1)})
	if p := planOf(t, f); len(p.Assignments) != 0 {
		t.Errorf("got %+v: a later task broke the constraint of one already there", p.Assignments)
	}
}

func TestExclusiveHoldsBothWays(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, trio()[:1],
		Task{ID: "alone", Job: "alone", Demand: cores(1), Node: "n1", Require: []Constraint{Exclusive()}},
		Task{ID: "other", Job: "other", Demand: cores(1)})
	p := planOf(t, f)
	if len(p.Assignments) != 0 || p.Waiting[0].Reason.Counts[0].Cause != "taken for itself by another task" {
		t.Errorf("got %+v, want n1 kept for alone", p)
	}
}

func TestGPUsOfAModelAndNamedResources(t *testing.T) {
	t.Parallel()
	nodes := []Node{
		{ID: "n1", Capacity: Resources{CPU: 8000, GPUs: 2, GPUModel: "a100"}},
		{ID: "n2", Capacity: Resources{CPU: 8000, GPUs: 2, GPUModel: "t4", Scalars: map[string]int64{"licence": 1}}, Sets: []ResourceSet{{"eni", 1, 2}}},
	}
	tests := map[string]struct {
		task Task
		want []string
	}{
		"any GPU":               {Task{Demand: Resources{GPUs: 1}}, []string{"n1", "n2"}},
		"a GPU of one model":    {Task{Demand: Resources{GPUs: 1, GPUModel: "t4"}}, []string{"n2"}},
		"more GPUs than a node": {Task{Demand: Resources{GPUs: 3}}, nil},
		"a scalar":              {Task{Demand: Resources{Scalars: map[string]int64{"licence": 1}}}, []string{"n2"}},
		"too much of a scalar":  {Task{Demand: Resources{Scalars: map[string]int64{"licence": 2}}}, nil},
		"a named set":           {Task{Sets: []SetRequest{{"eni", "sg-1", 1}}}, []string{"n2"}},
		"a set nobody has":      {Task{Sets: []SetRequest{{"fpga", "x", 1}}}, nil},
		"more units than a set": {Task{Sets: []SetRequest{{"eni", "sg-1", 3}}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.task.ID, tt.task.Job = "t", "j"
			if got := slices.Sorted(slices.Values(nodesOf(t, fleetOf(t, Options{}, nodes, tt.task), "t"))); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHealthDecays(t *testing.T) {
	t.Parallel()
	at := func(kind FailureKind, ago time.Duration) Failure { return Failure{kind, noon.Add(-ago)} }
	tests := map[string]struct {
		failures []Failure
		want     float64
	}{
		"no failure":                      {nil, 1},
		"a crash just now":                {[]Failure{at(Crash, 0)}, .7},
		"a start error two minutes ago":   {[]Failure{at(StartError, 2*time.Minute)}, .75},
		"two failures add up":             {[]Failure{at(LostBeforeStart, time.Minute), at(LostAfterStart, 5*time.Minute)}, 1 - .3 - .02},
		"after a quarter it is forgotten": {[]Failure{at(StartError, 15*time.Minute)}, 1},
		"never below nothing":             {[]Failure{at(StartError, 0), at(StartError, 0), at(Crash, 0)}, 0},
		"a failure that is yet to come":   {[]Failure{at(Crash, -time.Hour)}, .7},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Health(tt.failures, noon); !near(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestScorePartsDecide(t *testing.T) {
	t.Parallel()
	crash := []Failure{{Crash, noon}}
	tests := map[string]struct {
		weights Weights
		nodes   []Node
		running []Task
		want    string
	}{
		"packing takes the fuller node": {Weights{Pack: 1}, []Node{{ID: "n1", Capacity: cores(8)}, {ID: "n2", Capacity: cores(4)}}, nil, "n2"},
		"spreading takes the emptier":   {Weights{Spread: 1}, []Node{{ID: "n1", Capacity: cores(4)}, {ID: "n2", Capacity: cores(8)}}, nil, "n2"},
		"the image is there":            {Weights{Pack: .5, Image: .5}, []Node{{ID: "n1", Capacity: cores(4)}, {ID: "n2", Capacity: cores(8), Images: []string{"app"}}}, nil, "n2"},
		"health counts":                 {Weights{Pack: .5, Health: 5}, []Node{{ID: "n1", Capacity: cores(4), Failures: crash}, {ID: "n2", Capacity: cores(8)}}, nil, "n2"},
		"tiers keep to themselves": {
			Weights{Pack: .1, Affinity: .9}, []Node{{ID: "n1", Capacity: cores(8)}, {ID: "n2", Capacity: cores(8)}},
			[]Task{{ID: "x", Job: "x", Tier: Flex, Demand: cores(4), Node: "n1"}, {ID: "y", Job: "y", Demand: cores(1), Node: "n2"}}, "n2",
		},
		"replicas spread over zones": {
			Weights{Pack: .1, Zones: .9}, []Node{{ID: "n1", Zone: "a", Capacity: cores(8)}, {ID: "n2", Zone: "b", Capacity: cores(8)}},
			[]Task{{ID: "x", Job: "j", Demand: cores(4), Node: "n1"}}, "n2",
		},
		"memory a core is matched before packing": {
			DefaultWeights, []Node{{ID: "n1", Capacity: Resources{CPU: 2000, Memory: 16 * testGiB}}, {ID: "n2", Capacity: Resources{CPU: 8000, Memory: 8 * testGiB}}}, nil, "n2",
		},
		"equal nodes go by id": {Weights{Pack: 1}, []Node{{ID: "n2", Capacity: cores(8)}, {ID: "n1", Capacity: cores(8)}}, nil, "n1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{Weights: tt.weights}, tt.nodes, append(slices.Clone(tt.running),
				Task{ID: "t", Job: "j", Image: "app", Demand: Resources{CPU: 1000, Memory: 0}})...)
			if name == "memory a core is matched before packing" {
				f = fleetOf(t, Options{}, tt.nodes, Task{ID: "t", Job: "j", Demand: Resources{CPU: 1000, Memory: testGiB}})
			}
			if p := planOf(t, f); len(p.Assignments) != 1 || p.Assignments[0].Node != tt.want {
				t.Errorf("got %+v, want %s", p.Assignments, tt.want)
			}
		})
	}
}

func TestGangsStartWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	gang := func(n int, each float64) (tasks []Task) {
		for i := range n {
			tasks = append(tasks, Task{ID: fmt.Sprint("g", i), Job: "g", Gang: "g", GangSize: n, Demand: cores(each)})
		}
		return tasks
	}
	f := fleetOf(t, Options{}, trio()[:2], append(gang(3, 6), Task{ID: "single", Job: "s", Demand: cores(6)})...)
	p := planOf(t, f)
	if len(p.Assignments) != 1 || p.Assignments[0].Task != "single" || len(p.Waiting) != 3 {
		t.Fatalf("got %+v, want only the single task placed", p)
	}
	want := "Only 2 of the 3 tasks of its gang fit at once."
	if r := p.Waiting[0].Reason; r.Code != GangNoFit || len(r.String()) < len(want) || r.String()[:len(want)] != want && r.String()[:len(want)] != "Only 1 of the 3 tasks of its gang fit at once." {
		t.Errorf("got %s: %s", r.Code, r)
	}
	f.RemoveTask("single")
	if err := f.SetNode(Node{ID: "n4", Capacity: cores(8)}); err != nil {
		t.Fatal(err)
	}
	if p = planOf(t, f); len(p.Assignments) != 3 {
		t.Errorf("got %+v, want the whole gang placed", p)
	}
}
