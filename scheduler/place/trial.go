package place

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// Trial is a fleet on which changes are tried: nodes are imagined, closed or
// set to another state, waiting tasks placed and placed ones moved. Each is in
// force for whatever is tried next, and Back and End take all of it back.
// Until End, the fleet is not to be used in any other way.
type Trial struct {
	f    *Fleet
	now  time.Time
	undo []func() // the newest last

	imagined map[string]bool // nodes
}

// Try begins a trial as of now.
func (f *Fleet) Try(now time.Time) *Trial {
	f.refreshHealth(now)
	return &Trial{f: f, now: now, imagined: map[string]bool{}}
}

// Mark is where Back can go back to.
func (t *Trial) Mark() int { return len(t.undo) }

// Back takes back everything since the mark.
func (t *Trial) Back(mark int) {
	for n := len(t.undo); n > mark; n-- {
		t.undo[n-1]()
	}
	t.undo = t.undo[:mark]
	t.f.ctx.drop()
}

// End takes everything back: the fleet is what it was.
func (t *Trial) End() { t.Back(0) }

// NodeStatus is what a fleet knows of a node besides what tasks can ask for.
type NodeStatus struct {
	ID, Zone, Group       string
	State                 NodeState
	Removable             bool
	IdleSince, StateSince time.Time
	Health                float64 // 0 to 1
	Tasks                 int     // those leaving too
	Used                  float64 // the share of the node that they hold, 0 to 1
}

// Node is the status of a node.
func (t *Trial) Node(id string) (NodeStatus, bool) {
	i := t.f.nodeNames.find(id)
	if i == none {
		return NodeStatus{}, false
	}
	return t.f.status(i), true
}

// Nodes are all nodes, the imagined ones too, in no order.
func (t *Trial) Nodes() iter.Seq[NodeStatus] {
	return func(yield func(NodeStatus) bool) {
		for i := range t.f.nodes {
			if t.f.nodes[i].live && !yield(t.f.status(int32(i))) {
				return
			}
		}
	}
}

func (f *Fleet) status(i int32) NodeStatus {
	n := &f.nodes[i]
	c := &f.classes[n.class]
	s := NodeStatus{
		ID: f.nodeID(i), Zone: c.zone, State: c.state, Removable: n.removable, Health: n.health, Tasks: int(n.tasks),
		IdleSince: moment(n.idleSince), StateSince: moment(n.stateSince),
		Used: float64(n.cap[cpu]-n.free[cpu])*n.perCPU + float64(n.cap[memory]-n.free[memory])*n.perMem,
	}
	if n.group != none {
		s.Group = f.groupNames.ids[n.group]
	}
	return s
}

// Imagine adds a node, whose id must be new. An *InputError names the field
// that is wrong.
func (t *Trial) Imagine(n Node) error {
	if t.f.nodeNames.find(n.ID) != none {
		return invalid("Node.ID", "%q is known already", n.ID)
	}
	if err := t.f.SetNode(n); err != nil {
		return err
	}
	t.imagined[n.ID] = true
	t.undo = append(t.undo, func() {
		if err := t.Forget(n.ID); err != nil {
			panic(err) // a bug of this package: what was placed there later has been taken back
		}
	})
	return nil
}

// Forget removes an imagined node again before its time. It refuses while
// tasks are on it. A node that was not imagined stays.
func (t *Trial) Forget(id string) error {
	if !t.imagined[id] {
		return nil
	}
	if err := t.f.RemoveNode(id); err != nil {
		return err
	}
	delete(t.imagined, id)
	return nil
}

// SetState gives a node another state. A node that is not known is left alone.
func (t *Trial) SetState(id string, s NodeState) {
	f := t.f
	i := f.nodeNames.find(id)
	if i == none {
		return
	}
	before := f.classes[f.nodes[i].class].state
	f.setState(i, s)
	t.undo = append(t.undo, func() {
		if i := f.nodeNames.find(id); i != none { // not forgotten since
			f.setState(i, before)
		}
	})
}

// Close keeps all tasks off a node; those on it stay. A node that is not known,
// or closed already, is left alone.
func (t *Trial) Close(id string) {
	f := t.f
	i := f.nodeNames.find(id)
	if i == none || f.nodes[i].closed {
		return
	}
	f.unindex(i)
	f.nodes[i].closed = true
	t.undo = append(t.undo, func() {
		if i := f.nodeNames.find(id); i != none { // not forgotten since
			f.nodes[i].closed = false
			f.index(i)
		}
	})
}

// Place puts waiting tasks of the tiers up to the given one on nodes, as
// Schedule would but displacing none, and says how many.
func (t *Trial) Place(upTo Tier) int {
	f := t.f
	var hidden []int32
	for _, i := range slices.Clone(f.waiting) {
		if f.tasks[i].tier > upTo {
			f.unwait(i)
			hidden = append(hidden, i)
		}
	}
	r := round{f: f, now: nanos(t.now), only: true, mute: true, last: none}
	plan := r.run()
	for _, i := range hidden {
		f.wait(i)
	}
	t.undo = append(t.undo, func() {
		for _, a := range plan.Assignments {
			i := f.taskNames.find(a.Task)
			f.detach(i)
			f.wait(i)
		}
	})
	return len(plan.Assignments)
}

// Waiting counts the tasks of the tiers up to the given one that have no node.
func (t *Trial) Waiting(upTo Tier) (n int) {
	for _, i := range t.f.waiting {
		if t.f.tasks[i].tier <= upTo {
			n++
		}
	}
	return n
}

// Estimate is how many nodes like n the waiting tasks of the tiers up to the
// given one could fill, going by the sums of what they ask for.
func (t *Trial) Estimate(n Node, upTo Tier) int {
	var sum vec
	have := n.allocatable()
	for _, i := range t.f.waiting {
		x := &t.f.tasks[i]
		if d := &t.f.specs[x.spec].demand; x.tier <= upTo && have.holds(d) {
			sum.add(d)
		}
	}
	nodes := int64(0)
	for d := range sum {
		if have[d] > 0 {
			nodes = max(nodes, sum[d]/have[d])
		}
	}
	return int(nodes)
}

// Tasks are the tasks on a node that are not leaving, those first that are the
// hardest to place elsewhere: critical ones, and of them the largest.
func (t *Trial) Tasks(node string) []string {
	f := t.f
	at := f.nodeNames.find(node)
	if at == none {
		return nil
	}
	var on []int32
	for i := f.nodes[at].first; i != none; i = f.tasks[i].nextOnNode {
		if !f.tasks[i].leaving {
			on = append(on, i)
		}
	}
	slices.SortFunc(on, func(a, b int32) int {
		x, y := &f.tasks[a], &f.tasks[b]
		d, e := &f.specs[x.spec].demand, &f.specs[y.spec].demand
		return cmp.Or(cmp.Compare(x.tier, y.tier), cmp.Compare(e[cpu], d[cpu]), cmp.Compare(e[memory], d[memory]), strings.Compare(f.taskID(a), f.taskID(b)))
	})
	ids := make([]string, len(on))
	for n, i := range on {
		ids[n] = f.taskID(i)
	}
	return ids
}

// Moved is a task that was moved to another node.
type Moved struct {
	Job, From, To string
	// AtOnce is how many of the job's tasks may move at the same time.
	AtOnce int
}

// Move puts a task that has a node on the best open one, or says why it has to
// stay. Close its own node first, or that may be the best.
func (t *Trial) Move(task string) (Moved, *Reason) {
	f := t.f
	i := f.taskNames.find(task)
	if i == none || f.tasks[i].node == none || f.tasks[i].leaving {
		return Moved{}, f.stays(Unmovable, "", "It runs on no node, or is leaving it.")
	}
	x := &f.tasks[i]
	if x.pinned {
		return Moved{}, f.stays(Unmovable, "", "It is pinned to its node.")
	}
	job := f.jobNames.ids[x.job]
	atOnce := int(f.jobs[x.job].placed)
	if l := f.jobs[x.job].limits; l != nil {
		if atOnce = l.MaxDisrupted; atOnce == 0 {
			return Moved{}, f.stays(Budget, job, "The disruption budget of job "+job+" allows no move.")
		}
	}
	from := x.node
	f.detach(i)
	f.ctx.drop()
	f.enter(x.job, f.specs[x.spec].rules)
	q := f.newSearch(&f.specs[x.spec], x.tier)
	q.run()
	if q.at == none {
		why := f.reason(i, verdict{code: NoFit})
		f.attach(i, from)
		f.ctx.drop()
		return Moved{}, why
	}
	f.attach(i, q.at)
	t.undo = append(t.undo, func() {
		f.detach(i)
		f.attach(i, from)
	})
	return Moved{Job: job, From: f.nodeID(from), To: f.nodeID(q.at), AtOnce: atOnce}, nil
}

func (f *Fleet) stays(code Code, held, why string) *Reason {
	return &Reason{Code: code, Nodes: f.nodeNames.len(), Held: held, sentence: why}
}

func moment(nanos int64) time.Time {
	if nanos == never {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}
