package workload

import (
	"fmt"
	"slices"
)

// Quality judges a placement.
type Quality struct {
	Placed, NodesUsed int
	// LowerBound is a number of nodes that no placement of the placed tasks
	// goes below: the largest nodes first, by CPU or memory, whichever asks
	// for more.
	LowerBound int
	// Fill is the placed demand over the capacity of the nodes in use, for
	// the fuller of CPU and memory.
	Fill float64
	// Violations counts broken capacities and constraints; First says one.
	Violations int
	First      string
}

// Judge checks every capacity and constraint, trusting nothing, and measures
// the packing. placed maps a task's id to a node's.
func Judge(nodes []Node, tasks []Task, placed map[string]string) Quality {
	j := judge{byID: map[string]*usage{}, unique: map[[2]string]bool{}, zones: map[string]map[string]int{}}
	for _, n := range nodes {
		j.byID[n.ID] = &usage{node: n}
	}
	for _, t := range tasks {
		if at, ok := placed[t.ID]; ok {
			j.place(t, at)
		}
	}
	for service, counts := range j.zones {
		low, high := min(counts["a"], counts["b"], counts["c"]), max(counts["a"], counts["b"], counts["c"])
		j.check(high-low <= 1, "%s is not balanced: %v", service, counts)
	}
	var have Node
	for _, u := range j.byID {
		n := u.node
		j.check(u.cpu <= n.CPU && u.mem <= n.Mem && u.disk <= n.Disk && u.gpu <= n.GPU, "%s is over its capacity", n.ID)
		if u.tasks > 0 {
			j.q.NodesUsed++
			have.CPU, have.Mem = have.CPU+n.CPU, have.Mem+n.Mem
		}
	}
	if have.CPU > 0 {
		j.q.Fill = max(float64(j.cpu)/float64(have.CPU), float64(j.mem)/float64(have.Mem))
	}
	j.q.LowerBound = max(fewest(nodes, j.cpu, func(n Node) int { return n.CPU }), fewest(nodes, j.mem, func(n Node) int { return n.Mem }))
	return j.q
}

type usage struct {
	node                       Node
	tasks, cpu, mem, disk, gpu int
}

type judge struct {
	q        Quality
	cpu, mem int
	byID     map[string]*usage
	unique   map[[2]string]bool
	zones    map[string]map[string]int
}

func (j *judge) check(ok bool, format string, args ...any) {
	if ok {
		return
	}
	if j.q.Violations == 0 {
		j.q.First = fmt.Sprintf(format, args...)
	}
	j.q.Violations++
}

func (j *judge) place(t Task, at string) {
	u := j.byID[at]
	if u == nil {
		j.check(false, "%s is on %s, which does not exist", t.ID, at)
		return
	}
	j.q.Placed++
	j.cpu, j.mem = j.cpu+t.CPU, j.mem+t.Mem
	u.tasks++
	u.cpu, u.mem, u.disk, u.gpu = u.cpu+t.CPU, u.mem+t.Mem, u.disk+t.Disk, u.gpu+t.GPU
	j.check(t.Zone == "" || t.Zone == u.node.Zone, "%s wants zone %s and is in %s", t.ID, t.Zone, u.node.Zone)
	j.check(t.Family == "" || t.Family == u.node.Family, "%s wants family %s and is on %s", t.ID, t.Family, u.node.Family)
	if t.Unique {
		key := [2]string{t.Service, at}
		j.check(!j.unique[key], "%s is the second of %s on %s", t.ID, t.Service, at)
		j.unique[key] = true
	}
	if t.Balance {
		if j.zones[t.Service] == nil {
			j.zones[t.Service] = map[string]int{}
		}
		j.zones[t.Service][u.node.Zone]++
	}
}

// fewest is how many nodes hold the demand, the largest taken first.
func fewest(nodes []Node, want int, of func(Node) int) int {
	sizes := make([]int, len(nodes))
	for i, n := range nodes {
		sizes[i] = of(n)
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	n := 0
	for ; n < len(sizes) && want > 0; n++ {
		want -= sizes[n]
	}
	return n
}
