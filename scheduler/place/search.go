package place

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// The parts of a score.
const (
	partFit = iota
	partShape
	partPrefer
	partSets
	partImage
	partHealth
	partAffinity
	partZones
	parts
)

var partNames = [parts]string{"fit", "shape", "preferences", "resource sets", "image", "health", "tier affinity", "zone balance"}

type scores [parts]float64

// partWeights are the weights of the parts that apply to a task, summing to 1.
func (f *Fleet) partWeights(r *rules, failing bool) (k scores) {
	w := &f.weights
	k[partFit], k[partShape] = w.Pack+w.Spread, w.Shape
	if len(r.prefer) > 0 {
		k[partPrefer] = w.Prefer
	}
	if len(r.sets) > 0 {
		k[partSets] = w.Sets
	}
	if r.image != none {
		k[partImage] = w.Image
	}
	if failing {
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

// fitness is the packing and spreading part of a score as a straight line over
// the share of the node that stays free. Packing scores 1-free, spreading
// .01+.99·free, so that an exactly full node stays a legal one.
type fitness struct{ full, slope float64 }

func (w *Weights) fitness() fitness {
	sum := w.Pack + w.Spread
	if sum == 0 {
		return fitness{}
	}
	return fitness{full: (w.Pack + .01*w.Spread) / sum, slope: (w.Pack - .99*w.Spread) / sum}
}

func (x fitness) at(free float64) float64 { return x.full - x.slope*free }

// spreads says that emptier nodes are better.
func (x fitness) spreads() bool { return x.slope < 0 }

// search looks for the best node for one task.
type search struct {
	f     *Fleet
	s     *spec
	r     *rules
	tier  Tier
	k     scores
	fit   fitness
	flat  bool    // only the fit tells nodes of a class apart
	likes float64 // the most that preferences decided by the node can add
	extra float64 // the most that node parts other than the fit can add
	// holders are the nodes with the task's image where those are few.
	holders []int32

	at     int32
	score  float64
	atBase float64 // what the class decided of score

	considered int
}

// run finds the node with the highest score, ties by id, or none. The context
// must be that of the task's job and rules.
//
// A score is the sum of what the class decides and what the node adds to
// that. Both are sums of terms that are never negative, added in a fixed
// order, so a bound made of upper limits is an upper limit, rounding included,
// and leaving out what cannot beat the best found changes no answer.
func (q *search) run() {
	candidates := q.f.narrow(q.r)
	if q.among(candidates, false); q.at == none {
		q.among(candidates, true)
	}
}

func (f *Fleet) newSearch(s *spec, tier Tier) search {
	q := search{f: f, s: s, r: &f.rules[s.rules], tier: tier, at: none, score: -1}
	q.k, q.fit = q.r.weights[min(f.failing, 1)], f.fitness
	q.flat = f.ctx.plain && q.k[partImage] == 0 && q.k[partHealth] == 0 && q.k[partAffinity] == 0
	if !q.flat {
		q.likes = q.nodePreferences()
		image := 1.0
		if q.r.image != none && len(f.holders[q.r.image]) <= fewHolders {
			q.holders, image = f.holders[q.r.image], noImage
		}
		q.extra = q.k[partPrefer]*q.likes + q.k[partSets] + q.k[partImage]*image + q.k[partHealth] + q.k[partAffinity]
	}
	return q
}

// fewHolders is how many nodes with a task's image are looked at one by one
// before all others, which then need not be thought to have it. Where more
// have it, one of them is found soon.
const fewHolders = 64

// among searches the classes that are, or are not, to be avoided: the most
// promising first, so that the others are mostly left out at once.
func (q *search) among(candidates []candidate, avoid bool) {
	first, most := -1, -1.0
	for i := range candidates {
		if a := &candidates[i]; a.avoid == avoid && q.f.classes[a.class].used != 0 {
			a.base = q.base(a)
			if a.base > most {
				first, most = i, a.base
			}
		}
	}
	if first < 0 {
		return
	}
	for _, at := range q.holders {
		if n := &q.f.nodes[at]; n.indexed && q.f.admits(n, q.s) {
			i, ok := slices.BinarySearchFunc(candidates, n.class, func(a candidate, class int32) int { return cmp.Compare(a.class, class) })
			if ok && candidates[i].avoid == avoid {
				q.consider(at, &candidates[i])
			}
		}
	}
	q.class(&candidates[first])
	for i := range candidates {
		if a := &candidates[i]; i != first && a.avoid == avoid && q.f.classes[a.class].used != 0 {
			q.class(a)
		}
	}
}

// base is what the class decides of the score.
func (q *search) base(a *candidate) float64 {
	return q.k[partShape]*q.shape(a) + q.k[partPrefer]*a.prefer + q.k[partZones]*a.zones
}

// shape is how close the class's memory per core is to the task's: 1 when
// equal, an eighth less for each factor of two between them.
func (q *search) shape(a *candidate) float64 {
	return max(0, 1-math.Abs(q.s.ratio-q.f.classes[a.class].ratio)/8)
}

// ratio is the base-2 logarithm of memory per CPU.
func ratio(cpus, mem int64) float64 {
	return math.Log2(float64(max(1, mem))) - math.Log2(float64(max(1, cpus)))
}

// class searches one class: rows from the demand upward (or, when emptier is
// better, all of them), in a row from the demanded memory upward, until what
// is left cannot beat the best found.
func (q *search) class(a *candidate) {
	c := &q.f.classes[a.class]
	d := &q.s.demand
	climbs := !q.fit.spreads()
	if climbs && q.limit(a, 0) < q.score {
		return
	}
	lowest := c.row(d[cpu])
	for rows := c.used >> lowest << lowest; rows != 0; rows &= rows - 1 {
		r := bits.TrailingZeros64(rows)
		left := float64(max(0, int64(r)*c.step-d[cpu])) * c.perCPU
		if climbs && q.limit(a, left) < q.score {
			return
		}
		if c.rows.most[r] < d[memory] {
			continue
		}
		row := c.rows.of[r]
		for i := c.first(r, d[memory]); i < len(row); i++ {
			e := row[i]
			if climbs && q.limit(a, left+float64(e.mem-d[memory])*c.perMem) < q.score {
				break
			}
			if e.cpu >= d[cpu] && q.consider(e.node, a) && q.flat {
				// Equal nodes follow in the order of their ids, often to the end.
				if last := row[len(row)-1]; last.mem == e.mem && last.cpu == e.cpu {
					break
				}
				for row[i+1].mem == e.mem && row[i+1].cpu == e.cpu {
					i++
				}
			}
		}
	}
}

// limit is the most a node of the class can score when at least so much of it
// stays free.
func (q *search) limit(a *candidate, left float64) float64 {
	return a.base + (q.k[partFit]*q.fit.at(left) + q.extra)
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
func (q *search) consider(at int32, a *candidate) bool {
	n := &q.f.nodes[at]
	q.considered++
	if !q.f.admits(n, q.s) {
		return false
	}
	if !q.f.ctx.plain {
		if _, refused := q.f.nodeRefuses(at, q.s); refused {
			return false
		}
	}
	total := a.base + q.own(at)
	if total > q.score || total == q.score && (q.at == none || q.f.nodeID(at) < q.f.nodeID(q.at)) {
		q.at, q.score, q.atBase = at, total, a.base
	}
	return true
}

// admits says whether a node has the amounts and is open to more tasks.
func (f *Fleet) admits(n *node, s *spec) bool {
	return n.free.holds(&s.demand) && n.exclusive == 0 && n.tasks < n.most
}

// own is what the node itself adds to the score.
func (q *search) own(at int32) float64 {
	if q.flat {
		return q.k[partFit] * q.fitOf(at)
	}
	n := &q.f.nodes[at]
	extra := 0.0
	if q.likes > 0 {
		extra += q.k[partPrefer] * q.f.nodeLikes(at, q.r)
	}
	if q.k[partSets] > 0 {
		v, _ := q.f.stockOf(n).fit(q.r.sets)
		extra += q.k[partSets] * v
	}
	if q.k[partImage] > 0 {
		extra += q.k[partImage] * q.f.stockOf(n).hasImage(q.r.image)
	}
	extra += q.k[partHealth] * n.health
	if q.k[partAffinity] > 0 {
		extra += q.k[partAffinity] * affinity(n.byTier[q.tier], n.tasks)
	}
	return q.k[partFit]*q.fitOf(at) + extra
}

func (q *search) fitOf(at int32) float64 {
	n, d := &q.f.nodes[at], &q.s.demand
	return q.fit.at(float64(n.free[cpu]-d[cpu])*n.perCPU + float64(n.free[memory]-d[memory])*n.perMem)
}

// parts are the parts of the score that the node itself decides.
func (q *search) parts(at int32) (s scores) {
	n := &q.f.nodes[at]
	s[partFit] = q.fitOf(at)
	s[partPrefer] = q.f.nodeLikes(at, q.r)
	if len(q.r.sets) > 0 {
		s[partSets], _ = q.f.stockOf(n).fit(q.r.sets)
	}
	if q.r.image != none {
		s[partImage] = q.f.stockOf(n).hasImage(q.r.image)
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
			if p.holds(f.nodeID(at), true) {
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

// cause is what rules out a node: a constraint, or a prefix and a name. It is
// put into words only for a reason.
type cause struct {
	c            *Constraint
	prefix, name string
}

func (c cause) String() string {
	if c.c != nil {
		return c.c.String()
	}
	return c.prefix + c.name
}

// The prefixes of causes that are named resources.
const (
	scalarPrefix = "scalar "
	setPrefix    = "set "
)

// nodeRefuses says whether a constraint or named resource rules out a node of
// a candidate class by itself, and which.
func (f *Fleet) nodeRefuses(at int32, s *spec) (why cause, refused bool) {
	n, r := &f.nodes[at], &f.rules[s.rules]
	for i := range r.require {
		c := &r.require[i]
		switch {
		case c.Kind == KindExclusive && n.tasks > 0:
			return cause{c: c}, true
		case c.Key == KeyNode && !c.relative() && !c.holds(f.nodeID(at), true):
			return cause{c: c}, true
		}
	}
	for i := range f.ctx.tallies {
		if t := &f.ctx.tallies[i]; t.byNode && t.weight == 0 && !t.zones && !t.allows(t.nodes[at], true, 0) {
			return cause{c: t.c}, true
		}
	}
	if slices.Contains(f.ctx.barredNode, at) {
		return cause{name: barred}, true
	}
	for _, x := range r.scalars {
		if f.stockOf(n).scalars[x.name] < x.amount {
			return cause{prefix: scalarPrefix, name: x.name}, true
		}
	}
	if len(r.sets) > 0 {
		if _, missing := f.stockOf(n).fit(r.sets); missing != "" {
			return cause{prefix: setPrefix, name: missing}, true
		}
	}
	return cause{}, false
}

// barred is the cause of a node or class that another job's task keeps.
const barred = "kept free of the job by another"
