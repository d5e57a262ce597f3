package place

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawNode(t *rapid.T, id string) Node {
	n := Node{
		ID: id, Zone: rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(t, "zone"),
		Type: rapid.SampledFrom([]string{"small", "large"}).Draw(t, "type"),
		Capacity: Resources{
			CPU: rapid.Int64Range(0, 8).Draw(t, "cpu") * 1000, Memory: rapid.Int64Range(0, 16).Draw(t, "memory") * testGiB,
			Disk: rapid.Int64Range(1, 4).Draw(t, "disk") * testGiB, GPUs: rapid.Int64Range(0, 2).Draw(t, "gpus"),
		},
		Reserved: Resources{CPU: rapid.Int64Range(0, 1).Draw(t, "reserved") * 500},
		State:    rapid.SampledFrom([]NodeState{Ready, Ready, Ready, Ready, Avoid, Draining, Lost}).Draw(t, "state"),
		MaxTasks: rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(t, "max tasks"),
	}
	if rapid.Bool().Draw(t, "has a disk kind") {
		n.Attributes = map[string]string{"disk": rapid.SampledFrom([]string{"ssd", "hdd"}).Draw(t, "disk kind")}
	}
	if rapid.IntRange(0, 5).Draw(t, "tainted") == 0 {
		n.Taints = []Taint{{Key: "dedicated", Value: "x", Soft: rapid.Bool().Draw(t, "soft")}}
	}
	if rapid.IntRange(0, 3).Draw(t, "has sets") == 0 {
		n.Sets = []ResourceSet{{Name: "eni", Slots: 2, Units: 2}}
		n.Capacity.Scalars = map[string]int64{"licence": 2}
	}
	if rapid.IntRange(0, 3).Draw(t, "failed") == 0 {
		n.Failures = []Failure{{Kind: Crash, At: noon.Add(-3 * time.Minute)}}
	}
	if rapid.Bool().Draw(t, "has the image") {
		n.Images = []string{"app:1"}
	}
	return n
}

// drawJob is a task that stands for all of a job's: constraints are a job's.
func drawJob(t *rapid.T, job string) Task {
	x := Task{
		Job: job, Team: rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "team"), Tier: Tier(rapid.IntRange(0, 1).Draw(t, "tier")),
		Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
		Demand: Resources{
			CPU: rapid.Int64Range(0, 6).Draw(t, "cpu") * 500, Memory: rapid.Int64Range(0, 8).Draw(t, "memory") * testGiB,
			GPUs: rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(t, "gpus"),
		},
		Image: rapid.SampledFrom([]string{"", "app:1", "app:2"}).Draw(t, "image"),
	}
	if rapid.IntRange(0, 3).Draw(t, "tolerates") == 0 {
		x.Tolerates = []Toleration{{Key: "dedicated"}}
	}
	if rapid.IntRange(0, 5).Draw(t, "wants sets") == 0 {
		x.Sets = []SetRequest{{Set: "eni", Value: rapid.SampledFrom([]string{"sg-1", "sg-2"}).Draw(t, "set"), Units: 1}}
	}
	if rapid.IntRange(0, 7).Draw(t, "wants scalars") == 0 {
		x.Demand.Scalars = map[string]int64{"licence": 1}
	}
	for range rapid.IntRange(0, 2).Draw(t, "constraints") {
		c := drawConstraint(t)
		if checkRequire(append(slices.Clone(x.Require), c)) == nil {
			x.Require = append(x.Require, c)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "preferences") {
		x.Prefer = append(x.Prefer, Preference{drawConstraint(t), rapid.Float64Range(.1, 2).Draw(t, "weight")})
	}
	return x
}

func drawConstraint(t *rapid.T) Constraint {
	return rapid.SampledFrom([]Constraint{
		In(KeyZone, "a", "b"), NotIn(KeyZone, "c"), In(KeyType, "large"), In("disk", "ssd"), NotIn("disk", "hdd"),
		In(KeyNode, "n1", "n2", "n3"), NotIn(KeyNode, "n2"), UniqueNode(), Exclusive(), AtMost(2, KeyZone), Balanced(KeyZone, 0),
		Balanced(KeyZone, 3), Balanced("disk", 2), Near("j0", KeyZone), Near("j1", KeyNode), Apart("j0", KeyNode), Apart("j2", KeyZone),
	}).Draw(t, "constraint")
}

// drawWorld is a small world in which nothing runs yet.
func drawWorld(t *rapid.T) *world {
	w := newWorld()
	for i := range rapid.IntRange(0, 6).Draw(t, "nodes") {
		id := fmt.Sprintf("n%d", i)
		w.nodes[id] = drawNode(t, id)
	}
	for j := range rapid.IntRange(1, 4).Draw(t, "jobs") {
		x := drawJob(t, fmt.Sprintf("j%d", j))
		for k := range rapid.IntRange(1, 4).Draw(t, "replicas") {
			x.ID = fmt.Sprintf("%s-%d", x.Job, k)
			x.ReadyAt = noon.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "age")) * time.Second)
			w.tasks[x.ID] = x
		}
	}
	if rapid.Bool().Draw(t, "has quotas") {
		w.teams["red"] = Team{ID: "red", Quota: cores(4), MaxTasks: 4, Guarantee: cores(2)}
		w.jobs["j1"] = Job{ID: "j1", MaxTasks: 2, MaxDisrupted: 1}
	}
	if rapid.IntRange(0, 2).Draw(t, "has a gang") == 0 {
		members := slices.DeleteFunc(slices.Sorted(maps.Keys(w.tasks)), func(id string) bool { return w.tasks[id].Job != "j0" })
		for _, id := range members {
			x := w.tasks[id]
			x.Gang, x.GangSize = "g", len(members)
			w.tasks[id] = x
		}
	}
	return w
}

func drawOptions(t *rapid.T) Options {
	return Options{
		NoPreemption: true,
		Weights: rapid.SampledFrom([]Weights{DefaultWeights, {Pack: 1}, {Spread: 1},
			{Pack: .3, Shape: .3, Prefer: .5, Image: .2, Health: .2, Affinity: .2, Zones: .3, Sets: .1},
			{Spread: .3, Pack: .1, Prefer: .5, Image: .2, Affinity: .2, Zones: .3}}).Draw(t, "weights"),
	}
}

// Assignments are replayed one by one, in their order: each must have been
// allowed in the world as it was then.
func TestEveryAssignmentIsAllowedWhenMade(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f, err := w.fleet(drawOptions(t), rapid.Bool().Draw(t, "backwards"))
		if err != nil {
			t.Fatal(err)
		}
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
		for id, n := range w.nodes {
			if why := overfull(n, w.on(id)); why != "" {
				t.Fatalf("%s has too little %s", id, why)
			}
		}
		if len(p.Assignments)+len(p.Waiting) != len(w.tasks) {
			t.Fatalf("%d assigned and %d waiting of %d tasks", len(p.Assignments), len(p.Waiting), len(w.tasks))
		}
		checkQuotas(t, w)
		checkWaiting(t, w, p)
	})
}

func checkQuotas(t *rapid.T, w *world) {
	used := map[string]int64{}
	count := map[string]int{}
	gang, whole := 0, 0
	for _, x := range w.tasks {
		if x.Gang != "" {
			whole = x.GangSize
		}
		if x.Node == "" {
			continue
		}
		used[x.Team] += x.Demand.CPU
		count["team "+x.Team]++
		count["job "+x.Job]++
		if x.Gang != "" {
			gang++
		}
	}
	for id, tm := range w.teams {
		if used[id] > tm.Quota.CPU || count["team "+id] > tm.MaxTasks {
			t.Fatalf("team %s is over its quota", id)
		}
	}
	for id, j := range w.jobs {
		if count["job "+id] > j.MaxTasks {
			t.Fatalf("job %s is over its quota", id)
		}
	}
	if gang != 0 && gang != whole {
		t.Fatalf("%d of a gang of %d run", gang, whole)
	}
}

// checkWaiting holds that what waits for want of a node fits on none, and
// that every reason adds up.
func checkWaiting(t *rapid.T, w *world, p Plan) {
	for _, x := range p.Waiting {
		r := x.Reason
		if r.String() == "" {
			t.Fatalf("%s waits without a sentence: %+v", x.Task, r)
		}
		if r.Code != NoFit && r.Code != TooLarge && r.Code != NoNodes {
			continue
		}
		sum := 0
		for _, c := range r.Counts {
			sum += c.Nodes
		}
		if sum != len(w.nodes) {
			t.Fatalf("%s: the counts add up to %d of %d nodes: %+v", x.Task, sum, len(w.nodes), r)
		}
		for id := range w.nodes {
			if w.refuses(w.tasks[x.Task], id) == "" {
				t.Fatalf("%s waits (%s) but fits on %s", x.Task, r, id)
			}
		}
	}
}

// A fleet that lived through changes plans like a new one told the outcome.
func TestIncrementalEqualsFresh(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		opt := drawOptions(t)
		opt.NoPreemption = rapid.Bool().Draw(t, "no preemption")
		old, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		for step := range rapid.IntRange(1, 8).Draw(t, "steps") {
			change(t, w, old, step)
		}
		fresh, err := w.fleet(opt, rapid.Bool().Draw(t, "backwards"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := old.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		want, err := fresh.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		got.Considered, want.Considered = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("the old fleet plans\n%+v\nand a fresh one\n%+v", got, want)
		}
	})
}

func change(t *rapid.T, w *world, f *Fleet, step int) {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	someTask := func() string {
		ids := slices.Sorted(maps.Keys(w.tasks))
		if len(ids) == 0 {
			return ""
		}
		return rapid.SampledFrom(ids).Draw(t, "task")
	}
	switch rapid.IntRange(0, 6).Draw(t, "change") {
	case 0:
		n := drawNode(t, fmt.Sprintf("n%d", rapid.IntRange(0, 7).Draw(t, "node")))
		w.nodes[n.ID] = n
		must(f.SetNode(n))
	case 1:
		id := fmt.Sprintf("n%d", rapid.IntRange(0, 7).Draw(t, "node"))
		if len(w.on(id)) == 0 {
			delete(w.nodes, id)
			must(f.RemoveNode(id))
		}
	case 2:
		x := drawJob(t, fmt.Sprintf("j%d", rapid.IntRange(0, 5).Draw(t, "job")))
		x.ID = fmt.Sprintf("new-%d", step)
		w.tasks[x.ID] = x
		must(f.SetTask(x))
	case 3:
		if id := someTask(); id != "" {
			delete(w.tasks, id)
			f.RemoveTask(id)
		}
	case 4:
		if id := someTask(); id != "" { // its assignment could not be recorded, or it moved
			x := w.tasks[id]
			x.Node, x.Leaving = "", false
			if nodes := slices.Sorted(maps.Keys(w.nodes)); len(nodes) > 0 && rapid.Bool().Draw(t, "elsewhere") {
				x.Node = rapid.SampledFrom(nodes).Draw(t, "node")
				x.Leaving = rapid.Bool().Draw(t, "leaving")
			}
			w.tasks[id] = x
			must(f.SetTask(x))
		}
	case 5:
		tm := Team{ID: "blue", Guarantee: cores(float64(rapid.IntRange(0, 4).Draw(t, "guarantee")))}
		w.teams["blue"] = tm
		must(f.SetTeam(tm))
	case 6:
		p, err := f.Schedule(noon)
		must(err)
		w.apply(p)
	}
}
