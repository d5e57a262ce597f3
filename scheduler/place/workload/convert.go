package workload

import "github.com/slipway-paas/slipway/scheduler/place"

const mib = 1 << 20

// Place is the machine as the planner takes it.
func (n Node) Place() place.Node {
	return place.Node{
		ID: n.ID, Zone: n.Zone, Type: n.Family,
		Capacity: place.Resources{CPU: int64(n.CPU), Memory: int64(n.Mem) * mib, Disk: int64(n.Disk) * mib, GPUs: int64(n.GPU)},
	}
}

// Place is the task as the planner takes it.
func (t Task) Place() place.Task {
	out := place.Task{
		ID: t.ID, Job: t.Service,
		Demand: place.Resources{CPU: int64(t.CPU), Memory: int64(t.Mem) * mib, Disk: int64(t.Disk) * mib, GPUs: int64(t.GPU)},
	}
	if t.Zone != "" {
		out.Require = append(out.Require, place.In(place.KeyZone, t.Zone))
	}
	if t.Family != "" {
		out.Require = append(out.Require, place.In(place.KeyType, t.Family))
	}
	if t.Unique {
		out.Require = append(out.Require, place.UniqueNode())
	}
	if t.Balance {
		out.Require = append(out.Require, place.Balanced(place.KeyZone, 3))
	}
	return out
}

// Fleet is nodes and tasks as the planner takes them.
func Fleet(nodes []Node, tasks []Task) ([]place.Node, []place.Task) {
	ns, ts := make([]place.Node, len(nodes)), make([]place.Task, len(tasks))
	for i, n := range nodes {
		ns[i] = n.Place()
	}
	for i, t := range tasks {
		ts[i] = t.Place()
	}
	return ns, ts
}
