package place

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReasonsInOneSentence(t *testing.T) {
	t.Parallel()
	three := []Node{
		{ID: "n1", Zone: "a", Capacity: Resources{CPU: 4000, Memory: 8 * testGiB}},
		{ID: "n2", Zone: "b", Capacity: Resources{CPU: 4000, Memory: 8 * testGiB}},
		{ID: "n3", Zone: "b", Capacity: Resources{CPU: 4000, Memory: 8 * testGiB}, State: Draining},
	}
	mem := func(gib float64) Resources { return Resources{Memory: int64(gib * testGiB)} }
	busy := func(gib float64) []Task {
		return []Task{{ID: "a", Job: "a", Demand: mem(gib), Node: "n1"}, {ID: "b", Job: "b", Demand: mem(gib), Node: "n2"}}
	}
	tests := map[string]struct {
		nodes []Node
		tasks []Task // the last one waits
		team  Team
		code  Code
		want  string
	}{
		"no node has the memory free": {
			nodes: three, tasks: append(busy(1.8), Task{ID: "t", Job: "t", Demand: mem(8)}), code: NoFit,
			want: "Needs 8 GiB of memory; the roomiest of the 2 of 3 nodes it may use has 6.2 GiB free.",
		},
		"it is larger than any node": {
			nodes: three[:2], tasks: []Task{{ID: "t", Job: "t", Demand: mem(9)}}, code: TooLarge,
			want: "Needs 9 GiB of memory; the roomiest of 2 nodes has 8 GiB free.",
		},
		"there are no nodes": {
			tasks: []Task{{ID: "t", Job: "t"}}, code: NoNodes, want: "There are no nodes.",
		},
		"no single resource is short, but no node has both": {
			nodes: three[:2], tasks: []Task{
				{ID: "a", Job: "a", Demand: Resources{CPU: 3000}, Node: "n1"}, {ID: "b", Job: "b", Demand: mem(7), Node: "n2"},
				{ID: "t", Job: "t", Demand: Resources{CPU: 2000, Memory: 2 * testGiB}},
			}, code: NoFit,
			want: "Needs 2 cores, 2 GiB of memory on one node; of 2 nodes, n1 comes nearest and lacks 1 core.",
		},
		"constraints rule out every node": {
			nodes: three, tasks: []Task{{ID: "t", Job: "t", Require: []Constraint{In(KeyZone, "c")}}}, code: NoFit,
			want: "None of 3 nodes will do: zone in c (2); draining (1).",
		},
		"an attribute that no node has": {
			nodes: three[:2], tasks: []Task{{ID: "t", Job: "t", Require: []Constraint{In("disk", "ssd")}}}, code: NoFit,
			want: "None of 2 nodes will do: disk in ssd.",
		},
		"the team's quota is used up": {
			nodes: three, team: Team{ID: "red", Quota: mem(2)},
			tasks: []Task{{ID: "a", Job: "a", Team: "red", Demand: mem(1.5), Node: "n1"}, {ID: "t", Job: "t", Team: "red", Demand: mem(1)}}, code: TeamQuota,
			want: "Needs 1 GiB of memory; the quota of team red has 512 MiB left.",
		},
		"a gang that is not complete": {
			nodes: three, tasks: []Task{{ID: "t", Job: "t", Gang: "g", GangSize: 3}}, code: GangIncomplete,
			want: "Waits for its gang: 1 of 3 tasks are known.",
		},
		"a task whose time has not come": {
			nodes: three, tasks: []Task{{ID: "t", Job: "t", ReadyAt: noon.Add(time.Minute)}}, code: NotReadyYet,
			want: "Waits until it may start.",
		},
		"a stopping task will make room": {
			nodes: three[:1], tasks: []Task{{ID: "a", Job: "a", Demand: mem(8), Node: "n1", Leaving: true}, {ID: "t", Job: "t", Demand: mem(8)}}, code: WaitsForLeaving,
			want: "Starts on n1 as soon as tasks there have stopped.",
		},
		"jobs that want to be near each other": {
			nodes: three, tasks: []Task{
				{ID: "a", Job: "a", Require: []Constraint{Near("b", KeyNode)}}, {ID: "b", Job: "b", Require: []Constraint{Near("t", KeyZone)}},
				{ID: "t", Job: "t", Require: []Constraint{Near("a", KeyNode)}},
			}, code: AffinityCycle,
			want: "Jobs wait to be near each other, and none can be first: t, a, b, t.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{}, tt.nodes, tt.tasks...)
			if err := f.SetTeam(tt.team); err != nil {
				t.Fatal(err)
			}
			p := planOf(t, f)
			for _, w := range p.Waiting {
				if w.Task != "t" {
					continue
				}
				if w.Reason.Code != tt.code || w.Reason.String() != tt.want {
					t.Errorf("got %s: %s\nwant %s: %s", w.Reason.Code, w.Reason, tt.code, tt.want)
				}
				return
			}
			t.Errorf("t does not wait: %+v", p)
		})
	}
}

func TestAReasonCountsEveryNodeOnceAndNamesTheNearest(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{
		{ID: "n1", Zone: "a", Capacity: cores(4)}, {ID: "n2", Zone: "a", Capacity: cores(6)},
		{ID: "n3", Zone: "b", Capacity: cores(16)}, {ID: "n4", Zone: "a", Capacity: cores(16), State: Lost},
	}, Task{ID: "t", Job: "t", Demand: cores(8), Require: []Constraint{In(KeyZone, "a")}})
	r := planOf(t, f).Waiting[0].Reason
	want := []Count{{"CPU", 2, true}, {"lost", 1, false}, {"zone in a", 1, false}}
	if len(r.Counts) != 3 || r.Counts[0] != want[0] || r.Counts[1] != want[1] || r.Counts[2] != want[2] {
		t.Errorf("got counts %+v, want %+v", r.Counts, want)
	}
	if r.Nearest == nil || r.Nearest.Node != "n2" || len(r.Nearest.Lacks) != 1 || r.Nearest.Lacks[0] != (Lack{"CPU", 8000, 6000}) {
		t.Errorf("got nearest %+v, want n2 with 6 of 8 cores", r.Nearest)
	}
}

func TestBadInputIsRefusedByField(t *testing.T) {
	t.Parallel()
	ok := Task{ID: "t", Job: "j"}
	with := func(change func(*Task)) Task {
		x := ok
		change(&x)
		return x
	}
	tasks := map[string]struct {
		task  Task
		field string
	}{
		"no id":                     {with(func(x *Task) { x.ID = "" }), "Task.ID"},
		"no job":                    {with(func(x *Task) { x.Job = "" }), "Task.Job"},
		"a negative demand":         {with(func(x *Task) { x.Demand.CPU = -1 }), "Task.Demand.CPU"},
		"an absurd demand":          {with(func(x *Task) { x.Demand.Memory = 1 << 60 }), "Task.Demand.Memory"},
		"a negative scalar":         {with(func(x *Task) { x.Demand.Scalars = map[string]int64{"x": -1} }), "Task.Demand.Scalars[x]"},
		"an unknown node":           {with(func(x *Task) { x.Node = "nowhere" }), "Task.Node"},
		"an unknown tier":           {with(func(x *Task) { x.Tier = 7 }), "Task.Tier"},
		"a gang without a size":     {with(func(x *Task) { x.Gang = "g" }), "Task.GangSize"},
		"an unknown constraint":     {with(func(x *Task) { x.Require = []Constraint{{Kind: "magic", Key: "x"}} }), "Task.Require"},
		"a constraint without key":  {with(func(x *Task) { x.Require = []Constraint{In("", "a")} }), "Task.Require"},
		"contradictory constraints": {with(func(x *Task) { x.Require = []Constraint{In(KeyZone, "a"), In(KeyZone, "b")} }), "Task.Require"},
		"a zone both in and not in": {with(func(x *Task) { x.Require = []Constraint{In(KeyZone, "a"), NotIn(KeyZone, "a")} }), "Task.Require"},
		"near and apart":            {with(func(x *Task) { x.Require = []Constraint{Near("k", KeyZone), Apart("k", KeyZone)} }), "Task.Require"},
		"a version without bound":   {with(func(x *Task) { x.Require = []Constraint{Version("docker", "20")} }), "Task.Require"},
		"at most none":              {with(func(x *Task) { x.Require = []Constraint{AtMost(0, KeyZone)} }), "Task.Require"},
		"a preference weighing 0":   {with(func(x *Task) { x.Prefer = []Preference{{UniqueNode(), 0}} }), "Task.Prefer"},
		"a set asked for twice":     {with(func(x *Task) { x.Sets = []SetRequest{{"eni", "a", 1}, {"eni", "b", 1}} }), "Task.Sets"},
		"a ready time out of range": {with(func(x *Task) { x.ReadyAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }), "Task.ReadyAt"},
	}
	for name, tt := range tasks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{}, []Node{{ID: "n", Zone: "a", Capacity: cores(4)}}, Task{ID: "kept", Job: "kept"})
			wantField(t, f.SetTask(tt.task), tt.field)
			if p := planOf(t, f); len(p.Assignments) != 1 || p.Assignments[0].Task != "kept" {
				t.Errorf("after a refusal the plan is %+v, want only kept placed", p)
			}
		})
	}
	nodes := map[string]struct {
		node  Node
		field string
	}{
		"a node without id":          {Node{}, "Node.ID"},
		"a negative capacity":        {Node{ID: "n", Capacity: cores(-1)}, "Node.Capacity.CPU"},
		"a negative reservation":     {Node{ID: "n", Reserved: Resources{Disk: -1}}, "Node.Reserved.Disk"},
		"an unknown state":           {Node{ID: "n", State: 99}, "Node.State"},
		"a set without slots":        {Node{ID: "n", Sets: []ResourceSet{{Name: "eni", Units: 1}}}, "Node.Sets"},
		"the zone as an attribute":   {Node{ID: "n", Attributes: map[string]string{"zone": "a"}}, "Node.Attributes[zone]"},
		"a failure of unknown kind":  {Node{ID: "n", Failures: []Failure{{Kind: 99}}}, "Node.Failures"},
		"a negative number of tasks": {Node{ID: "n", MaxTasks: -1}, "Node.MaxTasks"},
	}
	for name, tt := range nodes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantField(t, New(Options{}).SetNode(tt.node), tt.field)
		})
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var in *InputError
	if !errors.As(err, &in) || in.Field != field || !strings.Contains(err.Error(), field) {
		t.Errorf("got %v, want a refusal of %s", err, field)
	}
}

func TestAClockGoingBackIsRefused(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, nil)
	planOf(t, f)
	_, err := f.Schedule(noon.Add(-time.Second))
	wantField(t, err, "now")
}

func TestANodeWithTasksIsNotRemoved(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(1)}}, Task{ID: "t", Job: "j", Node: "n"})
	wantField(t, f.RemoveNode("n"), "Node.ID")
	f.RemoveTask("t")
	if err := f.RemoveNode("n"); err != nil {
		t.Error(err)
	}
}

func TestADuplicateIDReplacesAndNeverDoubles(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(2)}, {ID: "n", Capacity: cores(4)}},
		Task{ID: "t", Job: "j", Demand: cores(1)}, Task{ID: "t", Job: "j", Demand: cores(3)})
	p := planOf(t, f)
	if len(p.Assignments) != 1 || len(p.Waiting) != 0 {
		t.Fatalf("got %+v, want one task on one node", p)
	}
}
