package place

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naive plans a small world by looking at everything, straight from the
// documentation: whose turn it is, and the best score over all nodes. It
// shares nothing with the planner but the rounding of a class's size.
type naive struct {
	*world
	weights Weights
}

// plan makes its own plan and fails when p differs. Among nodes that are
// equally good but for rounding it follows p.
func (n *naive) plan(t *rapid.T, p Plan) {
	next := 0
	place := func(id string) bool {
		x := n.tasks[id]
		best, at := n.best(x)
		if len(best) == 0 {
			return false
		}
		if next == len(p.Assignments) {
			t.Fatalf("%s fits on %v and the plan ends", id, best)
		}
		a := p.Assignments[next]
		next++
		if a.Task != id || !slices.Contains(best, a.Node) || math.Abs(a.Score-at) > 1e-9 {
			t.Fatalf("assignment %d is %+v, want %s on %v with %v", next, a, id, best, at)
		}
		n.apply(Plan{Assignments: []Assignment{a}})
		return true
	}
	var held []string
	for _, tier := range []Tier{Critical, Flex} {
		lines := map[string][]string{}
		for id, x := range n.tasks {
			if x.Node == "" && x.Tier == tier {
				lines[x.Team] = append(lines[x.Team], id)
			}
		}
		for _, l := range lines {
			slices.SortFunc(l, n.order)
		}
		for len(lines) > 0 {
			teams := slices.Sorted(maps.Keys(lines))
			team := slices.MinFunc(teams, func(a, b string) int { return cmp.Compare(n.share(a, tier), n.share(b, tier)) })
			id := lines[team][0]
			if lines[team] = lines[team][1:]; len(lines[team]) == 0 {
				delete(lines, team)
			}
			if !place(id) {
				held = append(held, id)
			}
		}
	}
	for again := true; again; {
		again = false
		held = slices.DeleteFunc(held, func(id string) bool {
			if (hasKind(n.tasks[id], KindNear) || hasKind(n.tasks[id], KindBalanced)) && place(id) {
				again = true
				return true
			}
			return false
		})
	}
	if next != len(p.Assignments) {
		t.Fatalf("the plan goes on with %+v", p.Assignments[next])
	}
}

func (n *naive) order(a, b string) int {
	x, y := n.tasks[a], n.tasks[b]
	return cmp.Or(cmp.Compare(y.Priority, x.Priority), x.ReadyAt.Compare(y.ReadyAt), cmp.Compare(n.roomy(x), n.roomy(y)),
		cmp.Compare(y.Demand.CPU, x.Demand.CPU), cmp.Compare(y.Demand.Memory, x.Demand.Memory), strings.Compare(a, b))
}

// roomy counts the nodes that are large enough, to the precision of a class,
// and satisfy what depends on nothing else.
func (n *naive) roomy(x Task) (count int) {
	for _, node := range n.nodes {
		if n.open(x, node) && about(max(0, node.Capacity.CPU-node.Reserved.CPU)) >= x.Demand.CPU && about(node.Capacity.Memory) >= x.Demand.Memory && node.Capacity.GPUs >= x.Demand.GPUs {
			count++
		}
	}
	return count
}

// share is a team's dominant share over its guaranteed one.
func (n *naive) share(team string, tier Tier) float64 {
	var have, used, guaranteed [3]float64
	for _, node := range n.nodes {
		if node.State == Ready || node.State == Avoid {
			have[0] += math.Max(0, float64(node.Capacity.CPU-node.Reserved.CPU))
			have[1] += float64(node.Capacity.Memory)
			have[2] += float64(node.Capacity.GPUs)
		}
	}
	for _, x := range n.tasks {
		if x.Node != "" && x.Team == team && x.Tier == tier {
			used[0] += float64(x.Demand.CPU)
			used[1] += float64(x.Demand.Memory)
			used[2] += float64(x.Demand.GPUs)
		}
	}
	guaranteed[0] = float64(n.teams[team].Guarantee.CPU)
	share, promised := 0.0, 0.0
	for d := range have {
		if have[d] > 0 {
			share, promised = math.Max(share, used[d]/have[d]), math.Max(promised, guaranteed[d]/have[d])
		}
	}
	if promised == 0 {
		promised = .001
	}
	return share / promised
}

// best is the nodes with the highest score, ready ones before others.
func (n *naive) best(x Task) (best []string, at float64) {
	for _, last := range []bool{false, true} {
		for _, id := range slices.Sorted(maps.Keys(n.nodes)) {
			if n.lastResort(x, n.nodes[id]) != last || n.refuses(x, id) != "" {
				continue
			}
			switch s := n.score(x, n.nodes[id]); {
			case s > at+1e-9 || len(best) == 0:
				best, at = []string{id}, s
			case s > at-1e-9:
				best = append(best, id)
			}
		}
		if len(best) > 0 {
			return best, at
		}
	}
	return nil, 0
}

func (n *naive) lastResort(x Task, node Node) bool {
	return node.State == Avoid || slices.ContainsFunc(node.Taints, func(t Taint) bool {
		return t.Soft && !slices.ContainsFunc(x.Tolerates, func(o Toleration) bool { return o.Key == t.Key && (o.Value == "" || o.Value == t.Value) })
	})
}

// score is of worlds without preferences, sets, images and failures: fit and
// shape are all there is.
func (n *naive) score(x Task, node Node) float64 {
	var used Resources
	for _, o := range append(n.on(node.ID), x) {
		used.CPU += o.Demand.CPU
		used.Memory += o.Demand.Memory
	}
	cpus, mem := math.Max(0, float64(node.Capacity.CPU-node.Reserved.CPU)), float64(node.Capacity.Memory)
	free, kinds := 0.0, 0.0
	if cpus > 0 {
		free, kinds = free+1-float64(used.CPU)/cpus, kinds+1
	}
	if mem > 0 {
		free, kinds = free+1-float64(used.Memory)/mem, kinds+1
	}
	free /= math.Max(1, kinds)
	w := n.weights
	fit := (w.Pack*(1-free) + w.Spread*(.01+.99*free)) / (w.Pack + w.Spread)
	perCore := func(c, m int64) float64 { return math.Log2(float64(max(1, m)) / float64(max(1, c))) }
	shape := 1 - math.Abs(perCore(x.Demand.CPU, x.Demand.Memory)-perCore(about(int64(cpus)), about(int64(mem))))/8
	return ((w.Pack+w.Spread)*fit + w.Shape*math.Max(0, shape)) / (w.Pack + w.Spread + w.Shape)
}

func TestThePlanIsTheNaivePlanners(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.jobs = map[string]Job{}
		if tm, ok := w.teams["red"]; ok {
			tm.Quota, tm.MaxTasks = Resources{}, 0
			w.teams["red"] = tm
		}
		for id, x := range w.tasks {
			x.Prefer, x.Image, x.Sets, x.Gang, x.GangSize = nil, "", nil, "", 0
			w.tasks[id] = x
		}
		for id, n := range w.nodes {
			n.Failures = nil
			w.nodes[id] = n
		}
		opt := Options{NoPreemption: true, Weights: rapid.SampledFrom([]Weights{{Pack: 1}, {Spread: 1}, {Pack: .2, Shape: .8}}).Draw(t, "weights")}
		f, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		n := &naive{w, opt.Weights}
		n.plan(t, p)
	})
}
