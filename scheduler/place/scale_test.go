package place

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// group is an on-demand group of 8-core nodes in zones a and b.
func group(id string, change func(*Group)) Group {
	g := Group{
		ID: id, Template: Node{Type: id, Capacity: Resources{CPU: 8000, Memory: 32 * testGiB}}, Zones: []string{"a", "b"},
		Max: 20, MaxIdle: 20, Cooldown: 10 * time.Minute, IdleFor: 15 * time.Minute, Price: 1,
	}
	if change != nil {
		change(&g)
	}
	return g
}

func member(id, zone string, change func(*Node)) Node {
	n := Node{ID: id, Zone: zone, Group: "od", Type: "od", Capacity: Resources{CPU: 8000, Memory: 32 * testGiB}, IdleSince: noon.Add(-time.Hour)}
	if change != nil {
		change(&n)
	}
	return n
}

func waiting(n int, each Resources, tier Tier) (tasks []Task) {
	for i := range n {
		tasks = append(tasks, Task{ID: fmt.Sprintf("w%02d", i), Job: "w", Tier: tier, Demand: each})
	}
	return tasks
}

func TestScaling(t *testing.T) {
	t.Parallel()
	drained := func(n *Node) { n.State, n.Removable, n.StateSince = Draining, true, noon.Add(-time.Hour) }
	tests := map[string]struct {
		nodes  []Node
		tasks  []Task
		groups []Group
		want   ScalePlan
	}{
		"waiting tasks get as many nodes as they really need, over the zones": {
			tasks: waiting(12, cores(3), Critical), groups: []Group{group("od", nil)}, // two of three cores a node
			want: ScalePlan{Add: []Addition{{"od", "a", 3, "waiting tasks need them"}, {"od", "b", 3, "waiting tasks need them"}}},
		},
		"nodes on their way count": {
			tasks: waiting(4, cores(4), Critical), groups: []Group{group("od", func(g *Group) { g.Joining = map[string]int{"a": 1} })},
			want: ScalePlan{Add: []Addition{{"od", "b", 1, "waiting tasks need them"}}},
		},
		"never more than the maximum": {
			tasks: waiting(9, cores(8), Critical), groups: []Group{group("od", func(g *Group) { g.Max = 2 })},
			want: ScalePlan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}, {"od", "b", 1, "waiting tasks need them"}}},
		},
		"a task that no group can take adds nothing": {
			tasks: waiting(1, cores(9), Critical), groups: []Group{group("od", nil)},
		},
		"a task pinned to a zone gets its node there": {
			tasks:  []Task{{ID: "t", Job: "t", Demand: cores(1), Require: []Constraint{In(KeyZone, "b")}}},
			groups: []Group{group("od", nil)}, want: ScalePlan{Add: []Addition{{"od", "b", 1, "waiting tasks need them"}}},
		},
		"flex tasks grow the cheaper spot group": {
			tasks: waiting(2, cores(4), Flex), groups: []Group{group("od", nil), group("spot", func(g *Group) { g.Spot, g.Price = true, .3 })},
			want: ScalePlan{Add: []Addition{{"spot", "a", 1, "waiting tasks need them"}}},
		},
		"critical tasks grow the on-demand group although it costs more": {
			tasks: waiting(2, cores(4), Critical), groups: []Group{group("od", nil), group("spot", func(g *Group) { g.Spot, g.Price = true, .3 })},
			want: ScalePlan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}}},
		},
		"waiting tasks do not wait for the cooldown": {
			tasks: waiting(1, cores(4), Critical), groups: []Group{group("od", func(g *Group) { g.Changed = noon })},
			want: ScalePlan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}}},
		},
		"a draining node returns before a new one is bought": {
			nodes: []Node{member("n1", "a", drained)}, tasks: waiting(1, cores(4), Critical), groups: []Group{group("od", nil)},
			want: ScalePlan{Return: []NodeChange{{"od", "n1", "waiting tasks fit on it"}}},
		},
		"below the idle floor it grows to the ceiling": {
			nodes: []Node{member("n1", "a", nil)}, groups: []Group{group("od", func(g *Group) { g.MinIdle, g.MaxIdle = 2, 4 })},
			want: ScalePlan{Add: []Addition{{"od", "a", 1, "1 node idle, where 2 to 4 should be"}, {"od", "b", 2, "1 node idle, where 2 to 4 should be"}}},
		},
		"the idle floor waits for the cooldown": {
			groups: []Group{group("od", func(g *Group) { g.MinIdle, g.MaxIdle, g.Changed = 2, 4, noon.Add(-time.Minute) })},
		},
		"the minimum does not": {
			groups: []Group{group("od", func(g *Group) { g.Min, g.Changed = 1, noon })},
			want:   ScalePlan{Add: []Addition{{"od", "a", 1, "the group is below its minimum"}}},
		},
		"above the idle ceiling the fullest zone gives a node": {
			nodes:  []Node{member("n1", "a", nil), member("n2", "b", nil), member("n3", "b", nil)},
			groups: []Group{group("od", func(g *Group) { g.MaxIdle = 2 })},
			want:   ScalePlan{Drain: []NodeChange{{"od", "n2", "idle, and the group keeps 2 idle at most"}}},
		},
		"a node idle for a moment stays": {
			nodes:  []Node{member("n1", "a", func(n *Node) { n.IdleSince = noon.Add(-time.Minute) })},
			groups: []Group{group("od", func(g *Group) { g.MaxIdle = 0 })},
		},
		"a group that just changed drains nothing": {
			nodes: []Node{member("n1", "a", nil)}, groups: []Group{group("od", func(g *Group) { g.MaxIdle, g.Changed = 0, noon.Add(-time.Minute) })},
		},
		"what has drained is removed after the cooldown": {
			nodes: []Node{member("n1", "a", drained), member("n2", "a", func(n *Node) { drained(n); n.StateSince = noon })}, groups: []Group{group("od", nil)},
			want: ScalePlan{Remove: []NodeChange{{"od", "n1", "it has drained"}}},
		},
		"a node that an operator drains is left to the operator": {
			nodes: []Node{member("n1", "a", func(n *Node) { drained(n); n.Removable = false })}, groups: []Group{group("od", nil)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{}, tt.nodes, tt.tasks...)
			got, err := f.Scale(noon, tt.groups)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			after, fresh := planOf(t, f), planOf(t, fleetOf(t, Options{}, tt.nodes, tt.tasks...))
			after.Considered, fresh.Considered = 0, 0
			if !reflect.DeepEqual(after, fresh) {
				t.Errorf("scaling left its mark: got %+v, want %+v", after, fresh)
			}
		})
	}
}

func TestABadGroupIsRefusedByField(t *testing.T) {
	t.Parallel()
	for field, g := range map[string]Group{
		"Group.ID":            group("", nil),
		"Group(g).Max":        group("g", func(g *Group) { g.Min, g.Max = 3, 2 }),
		"Group(g).MaxIdle":    group("g", func(g *Group) { g.MinIdle, g.MaxIdle = 3, 2 }),
		"Group(g).Zones":      group("g", func(g *Group) { g.Zones = nil }),
		"Node.Capacity.CPU":   group("g", func(g *Group) { g.Template.Capacity.CPU = -1 }),
		"Group(g).Joining[a]": group("g", func(g *Group) { g.Joining = map[string]int{"a": -1} }),
	} {
		_, err := New(Options{}).Scale(noon, []Group{g})
		wantField(t, err, field)
	}
}
