package place

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Ranked is one node as a candidate for a task.
type Ranked struct {
	Node  string
	Score float64
	Parts []Part
}

// Part is one part of a score: what it is worth (the weights of a task's
// parts sum to 1) and how the node did, 0 to 1.
type Part struct {
	Name          string
	Weight, Score float64
}

// Explain ranks the nodes that could take the task right now, best first, at
// most limit of them: for a placed task as if it were not placed yet, and for
// a waiting one without quotas or the queue. Nodes to be avoided come last,
// whatever their score.
func (f *Fleet) Explain(taskID string, limit int) ([]Ranked, error) {
	i := f.taskNames.find(taskID)
	if i == none {
		return nil, invalid("taskID", "is not a known task: %q", taskID)
	}
	t := &f.tasks[i]
	if at := t.node; at != none {
		leaving := t.leaving
		f.detach(i)
		defer func() {
			f.attach(i, at)
			if leaving {
				f.leave(i)
			}
		}()
	}
	f.ctx.drop()
	defer f.ctx.drop()
	f.enter(t.job, f.specs[t.spec].rules)
	return f.rank(t, limit), nil
}

func (f *Fleet) rank(t *task, limit int) []Ranked {
	s := &f.specs[t.spec]
	q := f.newSearch(s, t.tier)
	q.flat = false
	type row struct {
		at    int32
		avoid bool
		s     scores
		total float64
	}
	var rows []row
	for _, a := range f.narrow(q.r) {
		for at := range f.nodes {
			n := &f.nodes[at]
			if !n.live || n.class != a.class || !f.admits(n, s) {
				continue
			}
			if _, refused := f.nodeRefuses(int32(at), s); !refused {
				p := q.parts(int32(at))
				a.base = q.base(&a)
				rows = append(rows, row{int32(at), a.avoid, q.with(&a, p), a.base + q.own(int32(at))})
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.avoid != b.avoid {
			if b.avoid {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.total, a.total), strings.Compare(f.nodeID(a.at), f.nodeID(b.at)))
	})
	var out []Ranked
	for _, x := range rows[:min(len(rows), max(0, limit))] {
		e := Ranked{Node: f.nodeID(x.at), Score: x.total}
		for p := range q.k {
			if q.k[p] > 0 {
				e.Parts = append(e.Parts, Part{partNames[p], q.k[p], x.s[p]})
			}
		}
		out = append(out, e)
	}
	return out
}

// WhatIf says what Schedule would do with the tasks if they came now and
// nothing else waited. The fleet is the same afterwards. Their IDs must be
// new. Preemption is not tried.
func (f *Fleet) WhatIf(now time.Time, tasks ...Task) (Plan, error) {
	before := f.waiting
	f.waiting = nil
	defer func() { f.waiting = before }()
	var err error
	added := 0
	for i := range tasks {
		t := tasks[i]
		t.Node = ""
		if f.taskNames.find(t.ID) != none {
			err = invalid("Task.ID", "%q is known already", t.ID)
			break
		}
		if err = f.SetTask(t); err != nil {
			break
		}
		added++
	}
	var plan Plan
	if err == nil {
		f.refreshHealth(now)
		r := round{f: f, now: nanos(now), only: true, last: none}
		plan = r.run()
	}
	for _, t := range tasks[:added] {
		f.RemoveTask(t.ID)
	}
	return plan, err
}

// with adds what the class decides to what the node decides.
func (q *search) with(a *candidate, s scores) scores {
	s[partShape], s[partZones] = q.shape(a), a.zones
	s[partPrefer] += a.prefer
	return s
}
