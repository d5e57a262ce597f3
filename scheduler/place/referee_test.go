package place

import (
	"fmt"
	"maps"
	"slices"
)

// world is nodes and tasks as a caller knows them, and the referee's view of
// what is allowed there: written from the documentation of the constraints,
// sharing no code with the planner.
type world struct {
	nodes map[string]Node
	tasks map[string]Task
	teams map[string]Team
	jobs  map[string]Job
}

func newWorld() *world {
	return &world{nodes: map[string]Node{}, tasks: map[string]Task{}, teams: map[string]Team{}, jobs: map[string]Job{}}
}

// apply records what a plan says.
func (w *world) apply(p Plan) {
	for _, a := range p.Assignments {
		t := w.tasks[a.Task]
		t.Node = a.Node
		w.tasks[a.Task] = t
	}
	for _, v := range p.Preemptions {
		t := w.tasks[v.Task]
		t.Leaving = true
		w.tasks[v.Task] = t
	}
}

// fleet is a new fleet of the world, told in the order given by names.
func (w *world) fleet(opt Options, backwards bool) (*Fleet, error) {
	f := New(opt)
	order := func(names []string) []string {
		if backwards {
			slices.Reverse(names)
		}
		return names
	}
	for _, id := range order(slices.Sorted(maps.Keys(w.nodes))) {
		if err := f.SetNode(w.nodes[id]); err != nil {
			return nil, err
		}
	}
	for _, id := range order(slices.Sorted(maps.Keys(w.teams))) {
		if err := f.SetTeam(w.teams[id]); err != nil {
			return nil, err
		}
	}
	for _, id := range order(slices.Sorted(maps.Keys(w.jobs))) {
		if err := f.SetJob(w.jobs[id]); err != nil {
			return nil, err
		}
	}
	for _, id := range order(slices.Sorted(maps.Keys(w.tasks))) {
		if err := f.SetTask(w.tasks[id]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (w *world) on(node string) (out []Task) {
	for _, id := range slices.Sorted(maps.Keys(w.tasks)) {
		if t := w.tasks[id]; t.Node == node {
			out = append(out, t)
		}
	}
	return out
}

func (n Node) valueFor(key string) (string, bool) {
	switch key {
	case "node":
		return n.ID, true
	case "zone":
		return n.Zone, n.Zone != ""
	case "type":
		return n.Type, n.Type != ""
	}
	v, ok := n.Attributes[key]
	return v, ok
}

// refuses is why a task that is nowhere cannot be on the node, "" when it can.
func (w *world) refuses(t Task, id string) string {
	n := w.nodes[id]
	if n.State != Ready && n.State != Avoid {
		return "state"
	}
	here := w.on(id)
	if n.MaxTasks > 0 && len(here) >= n.MaxTasks {
		return "tasks"
	}
	for _, taint := range n.Taints {
		if !taint.Soft && !slices.ContainsFunc(t.Tolerates, func(o Toleration) bool {
			return o.Key == taint.Key && (o.Value == "" || o.Value == taint.Value)
		}) {
			return "taint"
		}
	}
	if t.Demand.GPUModel != "" && n.Capacity.GPUModel != t.Demand.GPUModel {
		return "model"
	}
	if why := overfull(n, append(here, t)); why != "" {
		return why
	}
	for _, o := range here {
		if hasKind(o, KindExclusive) || hasKind(t, KindExclusive) {
			return "exclusive"
		}
	}
	for _, c := range t.Require {
		if !w.satisfies(t, c, n) {
			return c.String()
		}
	}
	for _, o := range w.tasks {
		if o.Node == "" {
			continue
		}
		for _, c := range o.Require {
			if c.Kind == KindApart && c.Job == t.Job {
				a, okA := w.nodes[o.Node].valueFor(c.Key)
				b, okB := n.valueFor(c.Key)
				if okA && okB && a == b {
					return "kept apart"
				}
			}
		}
	}
	return ""
}

func hasKind(t Task, k ConstraintKind) bool {
	return slices.ContainsFunc(t.Require, func(c Constraint) bool { return c.Kind == k })
}

// overfull names a resource of which the tasks together want too much.
func overfull(n Node, tasks []Task) string {
	var sum vec
	scalars := map[string]int64{}
	sets := map[string]map[string]int64{}
	for _, t := range tasks {
		for d, x := range t.Demand.vec() {
			sum[d] += x
		}
		for k, x := range t.Demand.Scalars {
			scalars[k] += x
		}
		for _, s := range t.Sets {
			if sets[s.Set] == nil {
				sets[s.Set] = map[string]int64{}
			}
			sets[s.Set][s.Value] += s.Units
		}
	}
	have, kept := n.Capacity.vec(), n.Reserved.vec()
	for d := range sum {
		if sum[d] > 0 && sum[d] > max(0, have[d]-kept[d]) {
			return dimNames[d]
		}
	}
	for k, x := range scalars {
		if x > 0 && x > n.Capacity.Scalars[k]-n.Reserved.Scalars[k] {
			return k
		}
	}
	for name, values := range sets {
		at := slices.IndexFunc(n.Sets, func(s ResourceSet) bool { return s.Name == name })
		if at < 0 {
			return name
		}
		slots := int64(0)
		for _, units := range values {
			slots += (units + n.Sets[at].Units - 1) / n.Sets[at].Units
		}
		if slots > int64(n.Sets[at].Slots) {
			return name
		}
	}
	return ""
}

// satisfies evaluates one hard constraint for a task that is nowhere.
func (w *world) satisfies(t Task, c Constraint, n Node) bool {
	value, has := n.valueFor(c.Key)
	count := func(job string) (same, all int) {
		for _, o := range w.tasks {
			if o.Job == job && o.Node != "" && o.ID != t.ID {
				all++
				if c.Kind == KindNear && o.Leaving {
					continue
				}
				if v, ok := w.nodes[o.Node].valueFor(c.Key); ok && has && v == value {
					same++
				}
			}
		}
		return same, all
	}
	switch c.Kind {
	case KindIn:
		return has && slices.Contains(c.Values, value)
	case KindNotIn:
		return !has || !slices.Contains(c.Values, value)
	case KindAtMost:
		same, _ := count(t.Job)
		return has && same < c.Count
	case KindNear:
		same, all := count(c.Job)
		return same > 0 || c.Job == t.Job && all == 0
	case KindApart:
		same, _ := count(c.Job)
		return same == 0
	case KindBalanced:
		return has && w.evenAt(t, c, value)
	case KindExclusive:
		return len(w.on(n.ID)) == 0
	}
	panic(fmt.Sprintf("the referee does not know %v", c))
}

// evenAt says that one more task at the value keeps the job even over the
// values of nodes that take tasks and satisfy the task's plain constraints.
func (w *world) evenAt(t Task, c Constraint, value string) bool {
	counts := map[string]int{}
	for _, n := range w.nodes {
		if v, ok := n.valueFor(c.Key); ok && w.open(t, n) {
			counts[v] += 0
		}
	}
	known := len(counts)
	for _, o := range w.tasks {
		if o.Job == t.Job && o.Node != "" {
			if v, ok := w.nodes[o.Node].valueFor(c.Key); ok {
				if _, open := counts[v]; open || v == value {
					counts[v]++
				}
			}
		}
	}
	low := 0
	if known > 0 && known >= c.Count {
		low = slices.Min(slices.Collect(maps.Values(counts)))
	}
	return counts[value] <= low
}

func (w *world) open(t Task, n Node) bool {
	if n.State != Ready && n.State != Avoid || t.Demand.GPUModel != "" && n.Capacity.GPUModel != t.Demand.GPUModel {
		return false
	}
	for _, taint := range n.Taints {
		if !taint.Soft && !slices.ContainsFunc(t.Tolerates, func(o Toleration) bool {
			return o.Key == taint.Key && (o.Value == "" || o.Value == taint.Value)
		}) {
			return false
		}
	}
	for _, c := range t.Require {
		if v, has := n.valueFor(c.Key); c.Key != KeyNode &&
			(c.Kind == KindIn && !(has && slices.Contains(c.Values, v)) || c.Kind == KindNotIn && has && slices.Contains(c.Values, v)) {
			return false
		}
	}
	return true
}
