package place

import (
	"cmp"
	"slices"
)

// explain turns what was held into Waiting, with the figures as they are at
// the end of the round. Equal tasks of one job share a Reason.
func (r *round) explain() {
	f := r.f
	if len(r.held) == 0 {
		return
	}
	type key struct {
		code Code
		held string
		spec int32
		job  int32
	}
	seen := map[key]*Reason{}
	for n, h := range r.held {
		t := &f.tasks[h.task]
		k := key{h.why.code, h.why.held, t.spec, none}
		if f.specs[t.spec].rules != none && (f.rulesOf(h.task).relative || len(f.shunners) > 0) {
			k.job = t.job
		}
		reason := seen[k]
		if reason == nil {
			reason = f.reason(h.task, h.why)
			seen[k] = reason
		}
		r.plan.Waiting = append(r.plan.Waiting, Waiting{Task: f.taskID(h.task), Position: n + 1, Reason: reason})
	}
	f.ctx.drop()
}

// survey is what looking at every node for one spec finds.
type survey struct {
	counts  []Count
	fitting int32 // nodes that satisfy everything but amounts
	most    vec   // the most of each resource free on any of those
	best    int32 // the nearest of those
	short   float64
	idle    bool // one of those would do if it were empty

	asked   []int     // the resources that the spec asks for
	lacking [dims]int // nodes that a resource ruled out
	per     [dims]float64
}

func (s *survey) rule(cause string, resource bool) {
	for i := range s.counts {
		if s.counts[i].Cause == cause {
			s.counts[i].Nodes++
			return
		}
	}
	s.counts = append(s.counts, Count{cause, 1, resource})
}

// survey looks at every node; the context must be the task's.
func (f *Fleet) survey(t *task) survey {
	s := &f.specs[t.spec]
	r := &f.rules[s.rules]
	out := survey{best: none, asked: make([]int, 0, dims)}
	for d, x := range s.demand {
		if x > 0 {
			out.asked = append(out.asked, d)
			out.per[d] = 1 / float64(x)
		}
	}
	candidates := slices.Clone(f.narrow(r))
	classRefusal := make([]string, len(f.classes))
	for i := range f.classes {
		if c := &f.classes[i]; c.live {
			classRefusal[i] = f.refusal(c, r)
			if classRefusal[i] == "" && !slices.ContainsFunc(candidates, func(a candidate) bool { return a.class == int32(i) }) {
				classRefusal[i] = f.relativeRefusal(int32(i))
			}
		}
	}
	for i := range f.nodes {
		n := &f.nodes[i]
		if !n.live {
			continue
		}
		if why := classRefusal[n.class]; why != "" {
			out.rule(why, false)
			continue
		}
		f.amounts(&out, int32(i), s)
	}
	for d, n := range out.lacking {
		if n > 0 {
			out.counts = append(out.counts, Count{dimNames[d], n, true})
		}
	}
	slices.SortStableFunc(out.counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Nodes, a.Nodes), cmp.Compare(a.Cause, b.Cause))
	})
	return out
}

// relativeRefusal is the relative constraint that rules out a class.
func (f *Fleet) relativeRefusal(class int32) string {
	for i := range f.ctx.tallies {
		t := &f.ctx.tallies[i]
		if t.byNode || t.zones || t.weight > 0 {
			continue
		}
		v, n := t.of[class], int32(0)
		if v != none {
			n = t.counts[v]
		}
		if !t.allows(n, v != none, t.least()) {
			return t.c.String()
		}
	}
	return barred
}

// amounts looks at one node whose class is fine.
func (f *Fleet) amounts(out *survey, at int32, s *spec) {
	n := &f.nodes[at]
	switch {
	case n.exclusive > 0:
		out.rule("taken for itself by another task", false)
		return
	case n.tasks >= n.most:
		out.rule("most tasks a node", false)
		return
	case !f.ctx.plain:
		if why, refused := f.nodeRefuses(at, s); refused {
			out.rule(why.String(), why.prefix != "")
			return
		}
	}
	out.fitting++
	out.idle = out.idle || f.classes[n.class].couldHold(&s.demand) && n.cap.holds(&s.demand)
	short, lacking := 0.0, -1
	for _, d := range out.asked {
		free := n.free[d]
		out.most[d] = max(out.most[d], free)
		if lack := s.demand[d] - free; lack > 0 {
			if lacking < 0 {
				lacking = d
			}
			short += float64(lack) * out.per[d]
		}
	}
	if lacking >= 0 {
		out.lacking[lacking]++
	}
	if out.best == none || short < out.short || short == out.short && f.nodeID(at) < f.nodeID(out.best) {
		out.best, out.short = at, short
	}
}
