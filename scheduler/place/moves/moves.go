// Package moves plans how running tasks move to other nodes: to empty one node,
// or to need fewer nodes altogether. A plan is a preview and changes nothing;
// the next one, after some moves, continues it.
package moves

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// Plan is tasks to move, in order. A move starts the task at To, waits until
// it runs, then stops it at From. Moves of one wave may go on at once within
// every job's disruption budget; a wave starts when the one before it has
// ended.
type Plan struct {
	Moves []Move
	// Stuck are tasks that cannot move, and why.
	Stuck []place.Waiting
	// Freed are the nodes that are empty afterwards.
	Freed []string
}

// Move is one task's way from node to node.
type Move struct {
	Task, From, To string
	Wave           int // from 1
}

// Drain says how to empty a node. The fleet is the same afterwards.
func Drain(f *place.Fleet, now time.Time, node string) (Plan, error) {
	m := newMover(f, now)
	defer m.End()
	if _, ok := m.Node(node); !ok {
		return Plan{}, &place.InputError{Field: "node", Detail: fmt.Sprintf("is not a known node: %q", node)}
	}
	m.empty(node)
	if len(m.plan.Stuck) == 0 {
		m.plan.Freed = []string{node}
	}
	return m.plan, nil
}

// Defragment empties nodes onto others that are in use already, the easiest
// first (the fewest tasks, then the least full), with at most limit moves. A
// node that cannot be emptied whole is left as it is. The fleet is the same
// afterwards.
func Defragment(f *place.Fleet, now time.Time, limit int) Plan {
	m := newMover(f, now)
	defer m.End()
	var inUse []place.NodeStatus
	for n := range m.Nodes() {
		switch {
		case n.State != place.Ready && n.State != place.Avoid:
		case n.Tasks == 0:
			m.Close(n.ID) // opening an idle node would free nothing
		default:
			inUse = append(inUse, n)
		}
	}
	slices.SortFunc(inUse, func(a, b place.NodeStatus) int {
		return cmp.Or(cmp.Compare(a.Tasks, b.Tasks), cmp.Compare(a.Used, b.Used), cmp.Compare(a.ID, b.ID))
	})
	for _, n := range inUse {
		moved, mark := len(m.plan.Moves), m.Mark()
		if m.received[n.ID] > 0 || moved+n.Tasks > limit {
			continue
		}
		m.empty(n.ID)
		if len(m.plan.Stuck) == 0 {
			m.plan.Freed = append(m.plan.Freed, n.ID)
			continue // and it stays closed
		}
		m.plan.Stuck = nil
		m.forget(moved)
		m.Back(mark)
	}
	return m.plan
}

// mover tries moves.
type mover struct {
	*place.Trial
	plan     Plan
	jobs     []string       // of plan.Moves
	waves    map[string]int // moves planned, a job
	received map[string]int // moves planned, a target
}

func newMover(f *place.Fleet, now time.Time) *mover {
	return &mover{Trial: f.Try(now), waves: map[string]int{}, received: map[string]int{}}
}

// empty closes a node and moves its tasks, those first that are hardest to
// place.
func (m *mover) empty(node string) {
	m.Close(node)
	for _, task := range m.Tasks(node) {
		to, why := m.Move(task)
		if why != nil {
			m.plan.Stuck = append(m.plan.Stuck, place.Waiting{Task: task, Position: len(m.plan.Stuck) + 1, Reason: why})
			continue
		}
		m.plan.Moves = append(m.plan.Moves, Move{task, to.From, to.To, 1 + m.waves[to.Job]/max(1, to.AtOnce)})
		m.jobs = append(m.jobs, to.Job)
		m.waves[to.Job]++
		m.received[to.To]++
	}
}

// forget leaves all moves but the first n out of the plan.
func (m *mover) forget(n int) {
	for i, x := range m.plan.Moves[n:] {
		m.waves[m.jobs[n+i]]--
		m.received[x.To]--
	}
	m.plan.Moves, m.jobs = m.plan.Moves[:n], m.jobs[:n]
}
