package place

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MovePlan is tasks to move, in order. A move starts the task at To, waits
// until it runs, then stops it at From. Moves of one wave may go on at once
// within every job's disruption budget; a wave starts when the one before it
// has ended.
type MovePlan struct {
	Moves []Move
	// Stuck are tasks that cannot move, and why.
	Stuck []Waiting
	// Freed are the nodes that are empty afterwards.
	Freed []string
}

// Move is one task's way from node to node.
type Move struct {
	Task, From, To string
	Wave           int // from 1
}

// DrainPlan says how to empty a node. Nothing is changed: it is a preview,
// and the next one after some moves continues it.
func (f *Fleet) DrainPlan(now time.Time, nodeID string) (MovePlan, error) {
	at := f.nodeNames.find(nodeID)
	if at == none {
		return MovePlan{}, invalid("nodeID", "is not a known node: %q", nodeID)
	}
	f.refreshHealth(now)
	m := mover{f: f, waves: map[int32]int{}, received: map[int32]int{}}
	m.shut(at)
	m.empty(at)
	if len(m.plan.Stuck) == 0 {
		m.plan.Freed = []string{nodeID}
	}
	m.putBack(0)
	m.reopen()
	return m.plan, nil
}

// DefragPlan empties nodes onto others that are in use already, the easiest
// first (the fewest tasks, then the least full), with at most limit moves. A
// node that cannot be emptied whole is left as it is.
func (f *Fleet) DefragPlan(now time.Time, limit int) MovePlan {
	f.refreshHealth(now)
	m := mover{f: f, waves: map[int32]int{}, received: map[int32]int{}}
	var order []int32
	for i := range f.nodes {
		if n := &f.nodes[i]; n.indexed {
			if n.tasks == 0 {
				m.shut(int32(i)) // opening an idle node would free nothing
			} else {
				order = append(order, int32(i))
			}
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &f.nodes[a], &f.nodes[b]
		return cmp.Or(cmp.Compare(x.tasks, y.tasks), cmp.Compare(x.used(), y.used()), strings.Compare(f.nodeID(a), f.nodeID(b)))
	})
	for _, at := range order {
		n := &f.nodes[at]
		done := len(m.plan.Moves)
		if m.received[at] > 0 || done+int(n.tasks) > limit {
			continue
		}
		m.shut(at)
		m.empty(at)
		if len(m.plan.Stuck) == 0 {
			m.plan.Freed = append(m.plan.Freed, f.nodeID(at))
			continue // and it stays shut
		}
		m.takeBack(done)
		m.plan.Stuck = nil
		m.open(at)
	}
	m.putBack(0)
	m.reopen()
	return m.plan
}

// used is the share of the node that its tasks hold.
func (n *node) used() float64 {
	return float64(n.cap[cpu]-n.free[cpu])*n.perCPU + float64(n.cap[memory]-n.free[memory])*n.perMem
}

// mover tries moves out on the fleet and takes them back.
type mover struct {
	f        *Fleet
	plan     MovePlan
	moved    []moved
	shutNode []int32
	received map[int32]int // moves planned, a target
	waves    map[int32]int // moves planned, a job
}

type moved struct {
	task, from, to int32
}

// shut keeps a node out of searches.
func (m *mover) shut(at int32) {
	m.f.unindex(at)
	m.f.nodes[at].closed = true
	m.shutNode = append(m.shutNode, at)
}

func (m *mover) open(at int32) {
	m.f.nodes[at].closed = false
	m.f.index(at)
	m.shutNode = slices.DeleteFunc(m.shutNode, func(x int32) bool { return x == at })
}

func (m *mover) reopen() {
	for _, at := range slices.Clone(m.shutNode) {
		m.open(at)
	}
	m.f.ctx.drop()
}

// empty moves every task of a node, critical ones first, the largest first,
// because those are the hardest to place.
func (m *mover) empty(at int32) {
	f := m.f
	var tasks []int32
	for i := f.nodes[at].first; i != none; i = f.tasks[i].nextOnNode {
		if !f.tasks[i].leaving {
			tasks = append(tasks, i)
		}
	}
	slices.SortFunc(tasks, func(a, b int32) int {
		x, y := &f.tasks[a], &f.tasks[b]
		d, e := &f.specs[x.spec].demand, &f.specs[y.spec].demand
		return cmp.Or(cmp.Compare(x.tier, y.tier), cmp.Compare(e[cpu], d[cpu]), cmp.Compare(e[memory], d[memory]), strings.Compare(f.taskID(a), f.taskID(b)))
	})
	for _, i := range tasks {
		if why := m.move(i); why != nil {
			m.plan.Stuck = append(m.plan.Stuck, Waiting{Task: f.taskID(i), Position: len(m.plan.Stuck) + 1, Reason: why})
		}
	}
}

// move finds a task another node, or says why there is none.
func (m *mover) move(i int32) *Reason {
	f := m.f
	t := &f.tasks[i]
	if t.pinned {
		return &Reason{Code: Unmovable, Nodes: f.nodeNames.len(), sentence: "It is pinned to its node."}
	}
	atOnce := int(f.jobs[t.job].placed)
	if l := f.jobs[t.job].limits; l != nil {
		if atOnce = l.MaxDisrupted; atOnce == 0 {
			return &Reason{Code: Budget, Nodes: f.nodeNames.len(), Held: l.ID, sentence: "The disruption budget of job " + l.ID + " allows no move."}
		}
	}
	from := t.node
	f.detach(i)
	f.ctx.drop()
	f.enter(t.job, f.specs[t.spec].rules)
	q := f.newSearch(&f.specs[t.spec], t.tier)
	q.run()
	if q.at == none {
		why := f.reason(i, verdict{code: NoFit})
		f.attach(i, from)
		f.ctx.drop()
		return why
	}
	f.attach(i, q.at)
	m.received[q.at]++
	m.moved = append(m.moved, moved{i, from, q.at})
	m.plan.Moves = append(m.plan.Moves, Move{f.taskID(i), f.nodeID(from), f.nodeID(q.at), 1 + m.waves[t.job]/max(1, atOnce)})
	m.waves[t.job]++
	return nil
}

// takeBack forgets all moves but the first n.
func (m *mover) takeBack(n int) {
	for _, x := range m.moved[n:] {
		m.waves[m.f.tasks[x.task].job]--
		m.received[x.to]--
	}
	m.putBack(n)
	m.plan.Moves = m.plan.Moves[:n]
}

// putBack puts the tasks of all moves but the first n where they were.
func (m *mover) putBack(n int) {
	for k := len(m.moved) - 1; k >= n; k-- {
		m.f.detach(m.moved[k].task)
		m.f.attach(m.moved[k].task, m.moved[k].from)
	}
	m.moved = m.moved[:n]
	m.f.ctx.drop()
}
