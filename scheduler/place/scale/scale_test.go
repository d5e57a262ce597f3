package scale

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/placetest"
)

// od is an on-demand group of 8-core nodes in zones a and b.
func od(id string, change func(*Group)) Group {
	g := Group{
		ID: id, Template: place.Node{Type: id, Capacity: place.Resources{CPU: 8000, Memory: 32 * placetest.GiB}}, Zones: []string{"a", "b"},
		Max: 20, MaxIdle: 20, Cooldown: 10 * time.Minute, IdleFor: 15 * time.Minute, Price: 1,
	}
	if change != nil {
		change(&g)
	}
	return g
}

func member(id, zone string, change func(*place.Node)) place.Node {
	n := place.Node{ID: id, Zone: zone, Group: "od", Type: "od", Capacity: place.Resources{CPU: 8000, Memory: 32 * placetest.GiB}, IdleSince: placetest.Noon.Add(-time.Hour)}
	if change != nil {
		change(&n)
	}
	return n
}

func waiting(n int, each place.Resources, tier place.Tier) (tasks []place.Task) {
	for i := range n {
		tasks = append(tasks, place.Task{ID: fmt.Sprintf("w%02d", i), Job: "w", Tier: tier, Demand: each})
	}
	return tasks
}

func TestScaling(t *testing.T) {
	t.Parallel()
	drained := func(n *place.Node) {
		n.State, n.Removable, n.StateSince = place.Draining, true, placetest.Noon.Add(-time.Hour)
	}
	tests := map[string]struct {
		nodes  []place.Node
		tasks  []place.Task
		groups []Group
		want   Plan
	}{
		"waiting tasks get as many nodes as they really need, over the zones": {
			tasks: waiting(12, placetest.Cores(3), place.Critical), groups: []Group{od("od", nil)}, // two of three cores a node
			want: Plan{Add: []Addition{{"od", "a", 3, "waiting tasks need them"}, {"od", "b", 3, "waiting tasks need them"}}},
		},
		"nodes on their way count": {
			tasks: waiting(4, placetest.Cores(4), place.Critical), groups: []Group{od("od", func(g *Group) { g.Joining = map[string]int{"a": 1} })},
			want: Plan{Add: []Addition{{"od", "b", 1, "waiting tasks need them"}}},
		},
		"never more than the maximum": {
			tasks: waiting(9, placetest.Cores(8), place.Critical), groups: []Group{od("od", func(g *Group) { g.Max = 2 })},
			want: Plan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}, {"od", "b", 1, "waiting tasks need them"}}},
		},
		"a task that no group can take adds nothing": {
			tasks: waiting(1, placetest.Cores(9), place.Critical), groups: []Group{od("od", nil)},
		},
		"a task pinned to a zone gets its node there": {
			tasks:  []place.Task{{ID: "t", Job: "t", Demand: placetest.Cores(1), Require: []place.Constraint{place.In(place.KeyZone, "b")}}},
			groups: []Group{od("od", nil)}, want: Plan{Add: []Addition{{"od", "b", 1, "waiting tasks need them"}}},
		},
		"flex tasks grow the cheaper spot group": {
			tasks: waiting(2, placetest.Cores(4), place.Flex), groups: []Group{od("od", nil), od("spot", func(g *Group) { g.Spot, g.Price = true, .3 })},
			want: Plan{Add: []Addition{{"spot", "a", 1, "waiting tasks need them"}}},
		},
		"critical tasks grow the on-demand group although it costs more": {
			tasks: waiting(2, placetest.Cores(4), place.Critical), groups: []Group{od("od", nil), od("spot", func(g *Group) { g.Spot, g.Price = true, .3 })},
			want: Plan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}}},
		},
		"waiting tasks do not wait for the cooldown": {
			tasks: waiting(1, placetest.Cores(4), place.Critical), groups: []Group{od("od", func(g *Group) { g.Changed = placetest.Noon })},
			want: Plan{Add: []Addition{{"od", "a", 1, "waiting tasks need them"}}},
		},
		"a draining node returns before a new one is bought": {
			nodes: []place.Node{member("n1", "a", drained)}, tasks: waiting(1, placetest.Cores(4), place.Critical), groups: []Group{od("od", nil)},
			want: Plan{Return: []Change{{"od", "n1", "waiting tasks fit on it"}}},
		},
		"below the idle floor it grows to the ceiling": {
			nodes: []place.Node{member("n1", "a", nil)}, groups: []Group{od("od", func(g *Group) { g.MinIdle, g.MaxIdle = 2, 4 })},
			want: Plan{Add: []Addition{{"od", "a", 1, "1 node idle, where 2 to 4 should be"}, {"od", "b", 2, "1 node idle, where 2 to 4 should be"}}},
		},
		"the idle floor waits for the cooldown": {
			groups: []Group{od("od", func(g *Group) { g.MinIdle, g.MaxIdle, g.Changed = 2, 4, placetest.Noon.Add(-time.Minute) })},
		},
		"the minimum does not": {
			groups: []Group{od("od", func(g *Group) { g.Min, g.Changed = 1, placetest.Noon })},
			want:   Plan{Add: []Addition{{"od", "a", 1, "the group is below its minimum"}}},
		},
		"above the idle ceiling the fullest zone gives a node": {
			nodes:  []place.Node{member("n1", "a", nil), member("n2", "b", nil), member("n3", "b", nil)},
			groups: []Group{od("od", func(g *Group) { g.MaxIdle = 2 })},
			want:   Plan{Drain: []Change{{"od", "n2", "idle, and the group keeps 2 idle at most"}}},
		},
		"a node idle for a moment stays": {
			nodes:  []place.Node{member("n1", "a", func(n *place.Node) { n.IdleSince = placetest.Noon.Add(-time.Minute) })},
			groups: []Group{od("od", func(g *Group) { g.MaxIdle = 0 })},
		},
		"a group that just changed drains nothing": {
			nodes: []place.Node{member("n1", "a", nil)}, groups: []Group{od("od", func(g *Group) { g.MaxIdle, g.Changed = 0, placetest.Noon.Add(-time.Minute) })},
		},
		"what has drained is removed after the cooldown": {
			nodes: []place.Node{member("n1", "a", drained), member("n2", "a", func(n *place.Node) { drained(n); n.StateSince = placetest.Noon })}, groups: []Group{od("od", nil)},
			want: Plan{Remove: []Change{{"od", "n1", "it has drained"}}},
		},
		"a node that an operator drains is left to the operator": {
			nodes: []place.Node{member("n1", "a", func(n *place.Node) { drained(n); n.Removable = false })}, groups: []Group{od("od", nil)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := placetest.Fleet(t, tt.nodes, tt.tasks...)
			got, err := Decide(f, placetest.Noon, tt.groups)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			after, fresh := placetest.Plan(t, f), placetest.Plan(t, placetest.Fleet(t, tt.nodes, tt.tasks...))
			if !reflect.DeepEqual(after, fresh) {
				t.Errorf("scaling left its mark: got %+v, want %+v", after, fresh)
			}
		})
	}
}

func TestABadGroupIsRefusedByField(t *testing.T) {
	t.Parallel()
	for field, g := range map[string]Group{
		"Group.ID":            od("", nil),
		"Group(g).Max":        od("g", func(g *Group) { g.Min, g.Max = 3, 2 }),
		"Group(g).MaxIdle":    od("g", func(g *Group) { g.MinIdle, g.MaxIdle = 3, 2 }),
		"Group(g).Zones":      od("g", func(g *Group) { g.Zones = nil }),
		"Node.Capacity.CPU":   od("g", func(g *Group) { g.Template.Capacity.CPU = -1 }),
		"Group(g).Joining[a]": od("g", func(g *Group) { g.Joining = map[string]int{"a": -1} }),
	} {
		_, err := Decide(place.New(place.Options{}), placetest.Noon, []Group{g})
		var wrong *place.InputError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("got %v, want an error that names %s", err, field)
		}
	}
}
