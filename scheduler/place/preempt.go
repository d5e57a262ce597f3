package place

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// makeRoom looks for room that a task which fits nowhere can have once others
// have left: first where tasks are leaving already, else, for a critical task,
// by displacing flex ones. Room found is claimed for the rest of the round.
func (r *round) makeRoom(i int32) verdict {
	f := r.f
	t := &f.tasks[i]
	s := &f.specs[t.spec]
	if s.noRoom == f.round && f.indifferent() {
		return verdict{code: NoFit}
	}
	if r.only || f.leaving == 0 && (f.flex == 0 || t.tier != Critical || f.opt.NoPreemption) {
		return verdict{code: NoFit}
	}
	if at := r.roomLater(s); at != none {
		r.claim(i, at)
		return verdict{code: WaitsForLeaving, held: f.nodeID(at)}
	}
	if t.tier != Critical || f.opt.NoPreemption || f.flex == 0 {
		return verdict{code: NoFit}
	}
	at, victims := r.cheapest(s, true)
	if at == none {
		if _, spared := r.cheapest(s, false); spared != nil {
			return verdict{code: Budget, held: f.sparedJob(spared)}
		}
		s.noRoom = f.round
		return verdict{code: NoFit}
	}
	for _, v := range victims {
		f.leave(v)
		r.plan.Preemptions = append(r.plan.Preemptions, Preemption{Task: f.taskID(v), Node: f.nodeID(at), For: f.taskID(i)})
	}
	r.claim(i, at)
	return verdict{code: WaitsForLeaving, held: f.nodeID(at)}
}

// claim seats a waiting task on a node for the rest of the round, so that
// nothing decided later, amounts and constraints alike, takes its place.
func (r *round) claim(i, at int32) {
	f := r.f
	f.attach(i, at)
	f.note(at, true)
	f.tasks[i].claimed = true
	f.promise(at).claimed.add(&f.specs[f.tasks[i].spec].demand)
	r.settle(at)
	r.claims = append(r.claims, i)
}

// promise is, while a round runs, what tasks that wait for others to leave a
// node will take of it, and how much of that is what the others still hold.
type promise struct{ claimed, credit vec }

func (f *Fleet) promise(at int32) *promise {
	p := f.promises[at]
	if p == nil {
		p = &promise{}
		f.promises[at] = p
	}
	return p
}

// settle credits a node with what leaving tasks will give back to those that
// claim it: the rest of what they claim is held back from what is free now.
func (r *round) settle(at int32) {
	n, p := &r.f.nodes[at], r.f.promise(at)
	was, back := n.free, r.f.comesBack(n)
	n.free.sub(&p.credit)
	for d := range p.credit {
		p.credit[d] = min(p.claimed[d], back[d])
	}
	n.free.add(&p.credit)
	r.f.reindex(at, &was)
	r.last = none
}

// release lets all claims but the first keep wait again.
func (r *round) release(keep int) {
	f := r.f
	for _, i := range r.claims[keep:] {
		at := f.tasks[i].node
		f.promise(at).claimed.sub(&f.specs[f.tasks[i].spec].demand)
		r.settle(at)
		f.detach(i)
		f.tasks[i].claimed = false
	}
	r.claims = r.claims[:keep]
	f.ctx.drop()
}

// comesBack is what leaving tasks will give back to a node.
func (f *Fleet) comesBack(n *node) (v vec) {
	if n.leaving == 0 {
		return v
	}
	for i := n.first; i != none; i = f.tasks[i].nextOnNode {
		if f.tasks[i].leaving {
			v.add(&f.specs[f.tasks[i].spec].demand)
		}
	}
	return v
}

// later is what a node has free once all leaving tasks have left and all
// claims are met, and how many more tasks it takes then (negative: any number).
func (f *Fleet) later(at int32) (free vec, tasks int) {
	n := &f.nodes[at]
	free = n.free
	if p := f.promises[at]; p != nil {
		free.sub(&p.credit)
	}
	back := f.comesBack(n)
	free.add(&back)
	tasks = -1
	if n.most < math.MaxInt32 {
		tasks = max(0, int(n.most-(n.tasks-n.leaving)))
	}
	return free, tasks
}

// eligible calls yield for every node that only amounts can keep the task
// from, those to be avoided last, until yield returns false. The context must
// be the task's.
func (f *Fleet) eligible(s *spec, yield func(at int32) bool) {
	candidates := f.narrow(&f.rules[s.rules])
	state := make([]int8, len(f.classes))
	for _, a := range candidates {
		state[a.class] = 1
		if a.avoid {
			state[a.class] = 2
		}
	}
	for pass := int8(1); pass <= 2; pass++ {
		for at := range f.nodes {
			n := &f.nodes[at]
			if !n.live || state[n.class] != pass || n.exclusive > 0 {
				continue
			}
			if _, refused := f.nodeRefuses(int32(at), s); !refused && !yield(int32(at)) {
				return
			}
		}
	}
}

// roomLater is the node, by id, that has room for a spec once leaving tasks
// have left; none when there is none.
func (r *round) roomLater(s *spec) int32 {
	f := r.f
	best := none
	if f.leaving == 0 {
		return best
	}
	f.eligible(s, func(at int32) bool {
		n := &f.nodes[at]
		if n.leaving == 0 {
			return true
		}
		if free, tasks := f.later(at); tasks != 0 && free.holds(&s.demand) && (best == none || f.nodeID(at) < f.nodeID(best)) {
			best = at
		}
		return true
	})
	return best
}

// price of a set of victims: fewer tasks first, then lower priorities in sum,
// then less CPU and memory given up (as shares of the fleet, in millionths).
type price struct {
	tasks    int
	priority int64
	share    int64
}

func (p price) compare(o price) int {
	return cmp.Or(cmp.Compare(p.tasks, o.tasks), cmp.Compare(p.priority, o.priority), cmp.Compare(p.share, o.share))
}

// sparedJob is the first job, by id, whose budget protects one of the tasks.
func (f *Fleet) sparedJob(tasks []int32) string {
	id := ""
	for _, i := range tasks {
		if l := f.jobs[f.tasks[i].job].limits; l != nil && (id == "" || l.ID < id) {
			id = l.ID
		}
	}
	return id
}

// cheapest finds the node and the cheapest tasks to displace there, within
// the disruption budgets of their jobs if budgets is set; ties by node id.
func (r *round) cheapest(s *spec, budgets bool) (best int32, victims []int32) {
	f := r.f
	best = none
	var least price
	f.eligible(s, func(at int32) bool {
		n := &f.nodes[at]
		free, tasks := f.later(at)
		most := free
		most.add(&n.flexSum)
		if !most.holds(&s.demand) {
			return true
		}
		c := cover{f: f, rules: &f.rules[s.rules], need: s.demand, free: free, slot: tasks == 0, budgets: budgets}
		p, set := c.run(n)
		if set == nil {
			return true
		}
		if d := p.compare(least); best == none || d < 0 || d == 0 && strings.Compare(f.nodeID(at), f.nodeID(best)) < 0 {
			best, least, victims = at, p, set
		}
		return true
	})
	return best, victims
}

// cover searches the cheapest set of tasks on one node that makes room:
// branch and bound over the tasks, largest first. Beyond effort steps the
// best set found so far is taken; it still has no task too many.
type cover struct {
	rules   *rules // of the task that needs room
	f       *Fleet
	need    vec
	free    vec
	slot    bool // at least one task must go for the sake of MaxTasks
	budgets bool
	tasks   []int32
	suffix  []vec // what tasks[k:] would free together
	chosen  []int32
	best    []int32
	price   price
	steps   int
}

const effort = 20000

func (c *cover) run(n *node) (price, []int32) {
	f := c.f
	for i := n.first; i != none; i = f.tasks[i].nextOnNode {
		if f.tasks[i].displaceable() && !c.rules.near(f.jobNames.ids[f.tasks[i].job]) {
			c.tasks = append(c.tasks, i)
		}
	}
	slices.SortFunc(c.tasks, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.cost(b).share, c.cost(a).share), cmp.Compare(f.tasks[a].priority, f.tasks[b].priority),
			strings.Compare(f.taskID(a), f.taskID(b)))
	})
	c.suffix = make([]vec, len(c.tasks)+1)
	for k := len(c.tasks) - 1; k >= 0; k-- {
		c.suffix[k] = c.suffix[k+1]
		c.suffix[k].add(&f.specs[f.tasks[c.tasks[k]].spec].demand)
	}
	c.search(0, c.free, price{})
	return c.price, c.best
}

// near says that the rules insist on being near a job: its tasks are no use
// as victims.
func (r *rules) near(job string) bool {
	return slices.ContainsFunc(r.require, func(c Constraint) bool { return c.Kind == KindNear && c.Job == job })
}

func (c *cover) cost(i int32) price {
	t := &c.f.tasks[i]
	d := &c.f.specs[t.spec].demand
	p := price{tasks: 1, priority: t.priority}
	for _, k := range []int{cpu, memory} {
		if c.f.capsum[k] > 0 {
			p.share += int64(float64(d[k]) / float64(c.f.capsum[k]) * 1e6)
		}
	}
	return p
}

// search decides about tasks[k:], with free and paid so far.
func (c *cover) search(k int, free vec, paid price) {
	if c.steps++; c.steps > effort && c.best != nil {
		return
	}
	if free.holds(&c.need) && (!c.slot || len(c.chosen) > 0) {
		if (c.best == nil || paid.compare(c.price) < 0) && c.minimal() {
			c.best, c.price = slices.Clone(c.chosen), paid
		}
		return
	}
	if k == len(c.tasks) || c.best != nil && paid.tasks+1 > c.price.tasks {
		return
	}
	rest := free
	rest.add(&c.suffix[k])
	if !rest.holds(&c.need) {
		return
	}
	i := c.tasks[k]
	if c.withinBudget(i) {
		with, p := free, c.cost(i)
		with.add(&c.f.specs[c.f.tasks[i].spec].demand)
		c.chosen = append(c.chosen, i)
		c.search(k+1, with, price{paid.tasks + 1, paid.priority + p.priority, paid.share + p.share})
		c.chosen = c.chosen[:len(c.chosen)-1]
	}
	c.search(k+1, free, paid)
}

// minimal says that every chosen task is needed.
func (c *cover) minimal() bool {
	for skip := range c.chosen {
		free := c.free
		for k, i := range c.chosen {
			if k != skip {
				free.add(&c.f.specs[c.f.tasks[i].spec].demand)
			}
		}
		if free.holds(&c.need) && !(c.slot && len(c.chosen) == 1) {
			return false
		}
	}
	return true
}

// withinBudget says that the job of a task can spare one more.
func (c *cover) withinBudget(i int32) bool {
	j := c.f.tasks[i].job
	limits := c.f.jobs[j].limits
	if limits == nil || !c.budgets {
		return true
	}
	gone := int(c.f.jobs[j].leaving)
	for _, o := range c.chosen {
		if c.f.tasks[o].job == j {
			gone++
		}
	}
	return gone < limits.MaxDisrupted
}
