package place

import "slices"

// context is what constraints on tasks already placed come to for one job
// under one set of rules: how many tasks each node, zone or attribute value
// has. It is computed once for a run of equal replicas and kept up to date as
// they are placed.
type context struct {
	job, rules int32 // none when it holds nothing
	tallies    []tally
	plain      bool // nothing here restricts or scores a node by itself

	barredNode  []int32 // nodes kept away by tasks of other jobs
	barredClass []bool  // classes likewise; empty when none
	candidates  []candidate
}

// tally counts placed tasks for one constraint.
type tally struct {
	c      *Constraint
	weight float64 // its share of all preferences; 0 when hard
	zones  bool    // the implied balance of Weights.Zones
	own    bool    // counts the job's own tasks
	byNode bool
	nodes  []int32 // byNode: tasks a node; those in seen have any
	seen   []int32
	*keyed         // else the values of the key
	counts []int32 // tasks a value
	coming []int32 // of those, the ones that wait for others to leave
	total  int32
}

// keyed is the values of a key as rules see them.
type keyed struct {
	of    []int32 // a class's value, none without
	open  []bool  // values that a candidate class has
	known int     // how many are open
	zero  []int32 // no task of any value
}

func (x *context) drop() { x.job, x.rules = none, none }

// shun registers or forgets a placed task that keeps other jobs away.
func (f *Fleet) shun(i int32, sign int) {
	for _, c := range f.rulesOf(i).require {
		if c.Kind != KindApart {
			continue
		}
		list := f.shunners[c.Job]
		if sign > 0 {
			f.shunners[c.Job] = append(list, i)
			continue
		}
		at := slices.Index(list, i)
		list[at] = list[len(list)-1]
		if list = list[:len(list)-1]; len(list) == 0 {
			delete(f.shunners, c.Job)
		} else {
			f.shunners[c.Job] = list
		}
	}
}

// enter makes the context that of a job under rules.
func (f *Fleet) enter(jobIndex, rulesIndex int32) {
	x := &f.ctx
	if x.job == jobIndex && x.rules == rulesIndex {
		return
	}
	r, j := &f.rules[rulesIndex], &f.jobs[jobIndex]
	f.compile(r)
	same := x.rules == rulesIndex && f.indifferent()
	x.job, x.rules = jobIndex, rulesIndex
	if same {
		return // nothing here looks at jobs
	}
	x.tallies = x.tallies[:0]
	x.barredNode, x.barredClass = x.barredNode[:0], x.barredClass[:0]
	x.plain = len(r.scalars) == 0 && len(r.sets) == 0 && !r.exclusive
	for i := range r.require {
		c := &r.require[i]
		if c.Key == KeyNode {
			x.plain = false
		}
		if c.relative() {
			f.tally(c, i, 0, j, r)
		}
	}
	for i := range r.prefer {
		c := &r.prefer[i].Constraint
		if c.Key == KeyNode || c.Kind == KindExclusive {
			x.plain = false
		}
		if c.relative() {
			f.tally(c, len(r.require)+i, r.prefer[i].Weight/r.weight, j, r)
		}
	}
	if f.weights.Zones > 0 {
		f.tally(&f.evenZones, len(r.require)+len(r.prefer), 0, j, r).zones = true
	}
	if len(f.shunners) > 0 {
		id := f.jobNames.ids[jobIndex]
		for _, s := range f.shunners[id] {
			f.bar(s, id)
		}
	}
	if len(x.barredNode) > 0 {
		x.plain = false
	}
}

// indifferent says that the context is the same for every job under its rules
// and whatever was placed.
func (f *Fleet) indifferent() bool {
	x := &f.ctx
	return x.plain && len(x.tallies) == 0 && len(f.shunners) == 0
}

// bar keeps the context's job away from where task s is.
func (f *Fleet) bar(s int32, jobID string) {
	x := &f.ctx
	at := f.tasks[s].node
	for _, c := range f.rulesOf(s).require {
		if c.Kind != KindApart || c.Job != jobID {
			continue
		}
		if c.Key == KeyNode {
			x.barredNode = append(x.barredNode, at)
			continue
		}
		v, ok := f.classes[f.nodes[at].class].value(c.Key)
		if !ok {
			continue
		}
		if len(x.barredClass) == 0 {
			x.barredClass = append(x.barredClass, make([]bool, len(f.classes))...)
		}
		for k := range f.classes {
			if w, ok := f.classes[k].value(c.Key); ok && w == v {
				x.barredClass[k] = true
			}
		}
	}
}

// tally adds the count for one constraint, the slot-th of the rules, to the
// context.
func (f *Fleet) tally(c *Constraint, slot int, weight float64, j *job, r *rules) *tally {
	x := &f.ctx
	if len(x.tallies) < cap(x.tallies) {
		x.tallies = x.tallies[:len(x.tallies)+1] // with the room it had
	} else {
		x.tallies = append(x.tallies, tally{})
	}
	t := &x.tallies[len(x.tallies)-1]
	other := j
	if c.Job != "" {
		other = nil
		if i := f.jobNames.find(c.Job); i != none {
			other = &f.jobs[i]
		}
	}
	*t = tally{c: c, weight: weight, own: other == j, byNode: c.Key == KeyNode, nodes: t.nodes, seen: t.seen, counts: t.counts[:0], coming: t.coming[:0]}
	if t.byNode {
		for _, at := range t.seen {
			t.nodes[at] = 0
		}
		t.seen = t.seen[:0]
		if n := len(f.nodes) - len(t.nodes); n > 0 {
			t.nodes = append(t.nodes, make([]int32, n)...)
		}
	} else {
		t.keyed = f.values(c.Key, slot, r)
		t.counts, t.coming = append(t.counts, t.zero...), append(t.coming, t.zero...)
	}
	if other != nil {
		for i := other.first; i != none; i = f.tasks[i].nextInJob {
			t.count(f, f.tasks[i].node, f.tasks[i].claimed || f.tasks[i].leaving && t.c.Kind == KindNear)
		}
	}
	return t
}

// values is the values of a key, found once for rules and a set of classes.
func (f *Fleet) values(key string, slot int, r *rules) *keyed {
	for len(r.keyed) <= slot {
		r.keyed = append(r.keyed, nil)
	}
	if r.keyed[slot] != nil {
		return r.keyed[slot]
	}
	k := &keyed{of: make([]int32, len(f.classes))}
	var names []string
	for i := range f.classes {
		k.of[i] = none
		if v, ok := f.classes[i].value(key); ok && f.classes[i].live {
			at := slices.Index(names, v)
			if at < 0 {
				at = len(names)
				names = append(names, v)
			}
			k.of[i] = int32(at)
		}
	}
	k.open, k.zero = make([]bool, len(names)), make([]int32, len(names))
	for _, a := range r.allowed {
		if v := k.of[a.class]; v != none && !k.open[v] {
			k.open[v] = true
			k.known++
		}
	}
	r.keyed[slot] = k
	return k
}

// count adds a task on a node. One that only claims its place keeps others
// away from it, but nobody can be near it yet, nor near one that is leaving.
func (t *tally) count(f *Fleet, at int32, claimed bool) {
	t.total++
	if claimed && t.c.Kind == KindNear {
		return
	}
	if t.byNode {
		t.nodes[at]++
		t.seen = append(t.seen, at)
		return
	}
	if v := t.of[f.nodes[at].class]; v != none {
		t.counts[v]++
		if claimed {
			t.coming[v]++
		}
	}
}

// note keeps the context right when one of its job's tasks was just placed,
// or claimed its place.
func (f *Fleet) note(at int32, claimed bool) {
	for i := range f.ctx.tallies {
		if t := &f.ctx.tallies[i]; t.own {
			t.count(f, at, claimed)
		}
	}
}

// least is the smallest count over the values that can take tasks, of tasks
// that are really there: 0 while fewer values are known than expected.
func (t *tally) least() int32 {
	if t.c.Kind != KindBalanced || t.known < t.c.Count {
		return 0
	}
	low := int32(-1)
	for v, n := range t.counts {
		if n -= t.coming[v]; t.open[v] && (low < 0 || n < low) {
			low = n
		}
	}
	return max(0, low)
}

// allows evaluates a hard constraint for a count, with has saying whether
// there is a value at all.
func (t *tally) allows(n int32, has bool, least int32) bool {
	switch t.c.Kind {
	case KindAtMost:
		return has && int(n) < t.c.Count
	case KindBalanced:
		return has && n <= least
	case KindNear:
		return has && n > 0 || t.own && t.total == 0
	case KindApart:
		return !has || n == 0
	}
	return true
}

// likes is the soft form, 0 to 1. For a balance it is (avg-n)/avg below the
// average that one more task makes, else .01: Titus's zone balance, repaired.
func (t *tally) likes(n int32, has bool) float64 {
	if t.c.Kind != KindBalanced {
		if t.allows(n, has, 0) {
			return 1
		}
		return 0
	}
	if !has {
		return 0
	}
	return balance(n, t.total, max(t.c.Count, t.known))
}

func balance(n, total int32, groups int) float64 {
	g := int32(max(groups, 1))
	avg := (total + g) / g // ceil((total+1)/g)
	if n < avg {
		return float64(avg-n) / float64(avg)
	}
	return .01
}

// narrow returns the candidate classes, with the relative constraints that a
// class decides applied.
func (f *Fleet) narrow(r *rules) []candidate {
	x := &f.ctx
	if len(x.tallies) == 0 && len(x.barredClass) == 0 {
		return r.allowed
	}
	x.candidates = append(x.candidates[:0], r.allowed...)
	for i := range x.tallies {
		t := &x.tallies[i]
		if t.byNode {
			continue
		}
		least := t.least()
		keep := x.candidates[:0]
		for _, a := range x.candidates {
			v := t.of[a.class]
			n := int32(0)
			if v != none {
				n = t.counts[v]
			}
			switch {
			case t.zones:
				a.zones = t.likes(n, v != none)
			case t.weight > 0:
				a.prefer += t.weight * t.likes(n, v != none)
			case !t.allows(n, v != none, least):
				continue
			}
			keep = append(keep, a)
		}
		x.candidates = keep
	}
	if len(x.barredClass) > 0 {
		x.candidates = slices.DeleteFunc(x.candidates, func(a candidate) bool { return x.barredClass[a.class] })
	}
	return x.candidates
}
