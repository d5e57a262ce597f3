package scheduler

import (
	"maps"
	"math"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

// picture is the fleet as the records had it at one moment. It is read whole once and then kept up to date by what
// changed.
type picture struct {
	nodes  map[int64]paas.Node
	groups map[int64]*group
	tasks  map[int64]*paas.Task // living ones
	onNode map[int64]set        // by their node, 0 for none

	// What changed since the last decision.
	freshGroups set
	freshTasks  set
}

// set is some ids.
type set map[int64]bool

// sorted lists a set in the order of ids, so that decisions do not depend on the order of maps.
func (s set) sorted() []int64 { return slices.Sorted(maps.Keys(s)) }

// group is a server group with its tasks.
type group struct {
	paas.ServerGroup
	whole bool // the last task of each slot is known
	tasks []int64
	slots map[int]slot
}

// slot is the newest task that a slot had.
type slot struct {
	newest int64
	last   *paas.Task // that task, when it is over
}

// begin replaces the picture.
func (p *picture) begin(s paas.FleetSnapshot) {
	*p = picture{
		nodes: make(map[int64]paas.Node, len(s.Nodes)), groups: make(map[int64]*group, len(s.Groups)),
		tasks: make(map[int64]*paas.Task, len(s.Tasks)), onNode: map[int64]set{}, freshGroups: set{}, freshTasks: set{},
	}
	for _, n := range s.Nodes {
		p.nodes[n.ID] = n
	}
	for _, g := range s.Groups {
		p.groups[g.ID] = &group{ServerGroup: g, slots: map[int]slot{}, whole: g.RetiredAt.IsZero()}
		p.freshGroups[g.ID] = true
	}
	for _, t := range s.Tasks {
		p.learnTask(t)
	}
	for _, t := range s.Finished {
		p.learnTask(t)
	}
}

// learn takes in what changed.
func (p *picture) learn(c paas.FleetChanges) {
	for _, n := range c.Nodes {
		if p.nodes[n.ID] = n; n.State == paas.NodeRemoved {
			delete(p.nodes, n.ID)
		}
	}
	for _, row := range c.Groups {
		g := p.groups[row.ID]
		if g == nil {
			g = &group{slots: map[int]slot{}}
			p.groups[row.ID] = g
		}
		g.ServerGroup = row
		if row.RetiredAt.IsZero() {
			g.whole = true // the last tasks come along
		}
		p.freshGroups[row.ID] = true
	}
	for _, t := range c.Tasks {
		p.learnTask(t)
	}
	for _, t := range c.Finished {
		p.learnTask(t)
	}
	for _, row := range c.Groups {
		p.forget(row.ID)
	}
}

// forget drops a group that is not wanted and has no tasks any more.
func (p *picture) forget(id int64) {
	if g := p.groups[id]; g != nil && !g.RetiredAt.IsZero() && len(g.tasks) == 0 {
		delete(p.groups, id)
		delete(p.freshGroups, id)
	}
}

// learnTask takes in one row of a task.
func (p *picture) learnTask(t paas.Task) {
	g := p.groups[t.GroupID]
	if g == nil {
		return // over, and of a group that was dropped
	}
	over, old := t.State == paas.TaskFinished, p.tasks[t.ID]
	if old != nil && old.Version > t.Version {
		return
	}
	s := g.slots[t.Slot]
	if t.ID > s.newest {
		s = slot{newest: t.ID}
	}
	if t.ID == s.newest && over {
		s.last = &t
	}
	g.slots[t.Slot] = s
	p.freshTasks[t.ID], p.freshGroups[g.ID] = true, true
	if old != nil && (over || old.NodeID != t.NodeID) {
		p.leave(*old)
	}
	if !over {
		if p.onNode[t.NodeID] == nil {
			p.onNode[t.NodeID] = set{}
		}
		p.onNode[t.NodeID][t.ID] = true
	}
	at, there := slices.BinarySearch(g.tasks, t.ID)
	switch {
	case over:
		delete(p.tasks, t.ID)
		if there {
			g.tasks = slices.Delete(g.tasks, at, at+1)
		}
	case there:
		p.tasks[t.ID] = &t
	default:
		p.tasks[t.ID] = &t
		g.tasks = slices.Insert(g.tasks, at, t.ID)
	}
}

// leave takes a task off its node's list.
func (p *picture) leave(t paas.Task) {
	if on := p.onNode[t.NodeID]; on != nil {
		if delete(on, t.ID); len(on) == 0 {
			delete(p.onNode, t.NodeID)
		}
	}
}

// mark adds up what the picture shows of a part.
func (p *picture) mark(part paas.FleetPart) (m paas.FleetMark) {
	for node, tasks := range p.onNode {
		if !part.Has(node) {
			continue
		}
		for id := range tasks {
			m.Add(id, p.tasks[id].Version)
		}
	}
	if !part.First() {
		return m
	}
	m.Nodes = int64(len(p.nodes))
	for _, g := range p.groups {
		if g.RetiredAt.IsZero() {
			m.Groups++
			m.Wanted += int64(g.Wanted)
		}
	}
	return m
}

// part is the i-th of n parts of the fleet with about as many nodes each, i from 0. It is empty when there are fewer nodes.
func (p *picture) part(i, n int) paas.FleetPart {
	nodes := slices.Sorted(maps.Keys(p.nodes))
	bound := func(i int) int64 {
		switch last := i * len(nodes) / n; {
		case i == n:
			return math.MaxInt64
		case last == 0:
			return 0
		default:
			return nodes[last-1]
		}
	}
	return paas.FleetPart{After: bound(i), To: bound(i + 1)}
}
