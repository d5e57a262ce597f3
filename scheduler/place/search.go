package place

import (
	"math/bits"
	"slices"
)

// The parts of a score.
const (
	partFit = iota
	partPrefer
	partSets
	partImage
	partHealth
	partAffinity
	partZones
	parts
)

var partNames = [parts]string{"fit", "preferences", "resource sets", "image", "health", "tier affinity", "zone balance"}

type scores [parts]float64

// total is the weighted sum. Terms are never negative and always added in
// this order, so a total of upper limits is an upper limit, rounding included.
func (k *scores) total(s *scores) float64 {
	t := 0.0
	for i := range k {
		t += k[i] * s[i]
	}
	return t
}

// partWeights are the weights of the parts that apply to a task, summing to 1.
func (f *Fleet) partWeights(r *rules) (k scores) {
	w := &f.weights
	k[partFit] = w.Pack + w.Spread
	if len(r.prefer) > 0 {
		k[partPrefer] = w.Prefer
	}
	if len(r.sets) > 0 {
		k[partSets] = w.Sets
	}
	if r.image != none {
		k[partImage] = w.Image
	}
	if f.failing > 0 {
		k[partHealth] = w.Health
	}
	k[partAffinity] = w.Affinity
	k[partZones] = w.Zones
	sum := 0.0
	for _, x := range k {
		sum += x
	}
	if sum > 0 {
		for i := range k {
			k[i] /= sum
		}
	}
	return k
}

// fit is the packing and spreading part for a node left with the share free:
// packing scores 1-free, spreading .01+.99·free, so that an exactly full node
// stays a legal one.
func (w *Weights) fit(free float64) float64 {
	sum := w.Pack + w.Spread
	if sum == 0 {
		return 0
	}
	return (w.Pack*(1-free) + w.Spread*(.01+.99*free)) / sum
}

func (w *Weights) spreads() bool { return w.Spread*.99 > w.Pack }

// search looks for the best node for one task.
type search struct {
	f    *Fleet
	s    *spec
	r    *rules
	tier Tier
	k    scores
	flat bool // only the fit tells nodes of a class apart

	at    int32
	score float64
}

// best returns the node with the highest score, ties by id, or none. The
// context must be that of the task's job and rules.
func (f *Fleet) best(specIndex int32, tier Tier) (at int32, score float64) {
	s := &f.specs[specIndex]
	q := search{f: f, s: s, r: &f.rules[s.rules], tier: tier, at: none, score: -1}
	q.k = f.partWeights(q.r)
	q.flat = f.ctx.plain && q.k[partImage] == 0 && q.k[partHealth] == 0 && q.k[partAffinity] == 0
	candidates := f.narrow(q.r)
	reserve := false
	for _, a := range candidates {
		if a.avoid {
			reserve = true
			continue
		}
		q.class(a)
	}
	if reserve && q.at == none {
		for _, a := range candidates {
			if a.avoid {
				q.class(a)
			}
		}
	}
	return q.at, q.score
}

// class searches one class: rows from the demand upward (or from the top down
// when emptier is better), in a row from the demanded memory upward, until
// what is left cannot beat the best found.
func (q *search) class(a candidate) {
	c := &q.f.classes[a.class]
	d := &q.s.demand
	lowest := c.row(d[cpu])
	rows := c.used >> lowest << lowest
	limit := scores{partPrefer: a.prefer, partSets: 1, partImage: 1, partHealth: 1, partAffinity: 1, partZones: a.zones}
	if !q.flat {
		limit[partPrefer] += q.nodePreferences()
	}
	w := &q.f.weights
	if w.spreads() {
		for ; rows != 0; rows &^= 1 << (bits.Len64(rows) - 1) {
			r := bits.Len64(rows) - 1
			row := c.rows[r]
			if row[len(row)-1].mem < d[memory] {
				continue
			}
			for i := c.first(r, d[memory]); i < len(row); i++ {
				q.consider(row[i], a)
			}
		}
		return
	}
	for ; rows != 0; rows &= rows - 1 {
		r := bits.TrailingZeros64(rows)
		left := float64(max(0, int64(r)*c.step-d[cpu])) * c.perCPU
		limit[partFit] = w.fit(left)
		if q.k.total(&limit) < q.score {
			return
		}
		row := c.rows[r]
		if row[len(row)-1].mem < d[memory] {
			continue
		}
		for i := c.first(r, d[memory]); i < len(row); i++ {
			e := row[i]
			limit[partFit] = w.fit(left + float64(e.mem-d[memory])*c.perMem)
			if q.k.total(&limit) < q.score {
				break
			}
			if q.consider(e, a) && q.flat {
				// Equal nodes follow in the order of their ids.
				for i+1 < len(row) && row[i+1].mem == e.mem && row[i+1].cpu == e.cpu {
					i++
				}
			}
		}
	}
}

// nodePreferences is the most that preferences decided by node can add.
func (q *search) nodePreferences() float64 {
	most := 0.0
	for i := range q.r.prefer {
		p := &q.r.prefer[i]
		if !p.static() && !(p.relative() && p.Key != KeyNode) {
			most += p.Weight / q.r.weight
		}
	}
	return most
}

// consider scores a node if it can take the task, and keeps it if it is best.
func (q *search) consider(e entry, a candidate) bool {
	n := &q.f.nodes[e.node]
	if !q.f.admits(n, q.s) {
		return false
	}
	if !q.f.ctx.plain && q.f.nodeRefusal(e.node, q.s) != "" {
		return false
	}
	s := q.score1(e.node, a)
	total := q.k.total(&s)
	if total > q.score || total == q.score && (q.at == none || n.ID < q.f.nodes[q.at].ID) {
		q.at, q.score = e.node, total
	}
	return true
}

// admits says whether a node has the amounts and is open to more tasks.
func (f *Fleet) admits(n *node, s *spec) bool {
	return n.free.holds(&s.demand) && n.exclusive == 0 && (n.MaxTasks == 0 || int(n.tasks) < n.MaxTasks)
}

// score1 is every part of one node's score.
func (q *search) score1(at int32, a candidate) (s scores) {
	n := &q.f.nodes[at]
	d := &q.s.demand
	s[partFit] = q.f.weights.fit(float64(n.free[cpu]-d[cpu])*n.perCPU + float64(n.free[memory]-d[memory])*n.perMem)
	s[partPrefer], s[partZones] = a.prefer, a.zones
	if q.flat {
		return s
	}
	s[partPrefer] += q.f.nodeLikes(at, q.r)
	if len(q.r.sets) > 0 {
		s[partSets], _ = n.fitSets(q.r.sets)
	}
	if q.r.image != none {
		s[partImage] = .01
		if _, ok := slices.BinarySearch(n.images, q.r.image); ok {
			s[partImage] = 1
		}
	}
	s[partHealth] = n.health
	s[partAffinity] = affinity(n.byTier[q.tier], n.tasks)
	return s
}

// affinity keeps tiers on nodes of their own: an empty node .7, one with none
// of the tier .01, else the share of its tasks that are of the tier. Source:
// Titus's job type fitness.
func affinity(same, all int32) float64 {
	switch {
	case all == 0:
		return .7
	case same == 0:
		return .01
	}
	return float64(same) / float64(all)
}

// nodeLikes adds up the preferences that a node decides by itself.
func (f *Fleet) nodeLikes(at int32, r *rules) (sum float64) {
	if len(r.prefer) == 0 {
		return 0
	}
	n := &f.nodes[at]
	for i := range r.prefer {
		p := &r.prefer[i]
		switch {
		case p.Kind == KindExclusive:
			if n.tasks == 0 {
				sum += p.Weight / r.weight
			}
		case p.Key == KeyNode && !p.relative():
			if p.holds(n.ID, true) {
				sum += p.Weight / r.weight
			}
		}
	}
	for i := range f.ctx.tallies {
		if t := &f.ctx.tallies[i]; t.byNode && t.weight > 0 {
			sum += t.weight * t.likes(t.nodes[at], true)
		}
	}
	return sum
}

// nodeRefusal is the constraint or named resource that rules out a node of a
// candidate class by itself, "" when none does.
func (f *Fleet) nodeRefusal(at int32, s *spec) string {
	n, r := &f.nodes[at], &f.rules[s.rules]
	for i := range r.require {
		c := &r.require[i]
		switch {
		case c.Kind == KindExclusive && n.tasks > 0:
			return c.String()
		case c.Key == KeyNode && !c.relative() && !c.holds(n.ID, true):
			return c.String()
		}
	}
	for i := range f.ctx.tallies {
		if t := &f.ctx.tallies[i]; t.byNode && t.weight == 0 && !t.zones && !t.allows(t.nodes[at], true, 0) {
			return t.c.String()
		}
	}
	if slices.Contains(f.ctx.barredNode, at) {
		return "kept free of the job by another"
	}
	for _, x := range r.scalars {
		if n.scalars[x.name] < x.amount {
			return "scalar " + x.name
		}
	}
	if len(r.sets) > 0 {
		if _, missing := n.fitSets(r.sets); missing != "" {
			return "set " + missing
		}
	}
	return ""
}
