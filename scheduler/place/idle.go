package place

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// floors adds the nodes that tasks need, and up to the group's floors: to Min
// at once, to the ceiling of idle nodes when there are fewer than the floor
// and the group has not just changed.
func (s *scaler) floors() {
	for _, g := range s.groups {
		needed := 0
		for _, z := range sortedKeys(g.planned) {
			if n := len(g.planned[z]); n > 0 {
				needed += n
				s.plan.Add = append(s.plan.Add, Addition{g.ID, z, n, "waiting tasks need them"})
			}
		}
		more, why := max(0, g.Min-g.size), "the group is below its minimum"
		if idle := s.idle(g) + more; idle < g.MinIdle && s.settled(g) {
			more += min(g.MaxIdle-idle, g.Max-g.size-more)
			why = fmt.Sprintf("%s idle, where %d to %d should be", plural(int64(idle), "node"), g.MinIdle, g.MaxIdle)
		}
		counts := map[string]int{}
		for range max(0, more) {
			z := g.leastZone()
			g.inZone[z]++
			g.size++
			counts[z]++
		}
		for _, z := range sortedKeys(counts) {
			s.plan.Add = append(s.plan.Add, Addition{g.ID, z, counts[z], why})
		}
	}
}

func (s *scaler) settled(g *groupState) bool {
	return g.Changed.IsZero() || s.now.Sub(g.Changed) >= g.Cooldown
}

// since is how long ago something was, very long for never.
func (s *scaler) since(t int64) time.Duration {
	if t == never {
		return math.MaxInt64
	}
	return time.Duration(s.now.UnixNano() - t)
}

// idle counts the nodes of a group without a task, those on their way too.
func (s *scaler) idle(g *groupState) (n int) {
	for i := range s.f.nodes {
		if x := &s.f.nodes[i]; x.live && x.group == g.number && s.f.classes[x.class].state == Ready && x.tasks == 0 {
			n++
		}
	}
	return n
}

// excess drains idle nodes above the ceiling and removes what has drained.
// From a group that is growing, nothing is taken.
func (s *scaler) excess() {
	for _, g := range s.groups {
		for _, i := range g.members {
			n := &s.f.nodes[i]
			if n.removable && s.f.classes[n.class].state == Draining && n.tasks == 0 && s.since(n.stateSince) >= g.Cooldown && !slices.Contains(s.opened, i) {
				s.plan.Remove = append(s.plan.Remove, NodeChange{g.ID, s.f.nodeID(i), "it has drained"})
			}
		}
		if !s.settled(g) || slices.ContainsFunc(s.plan.Add, func(a Addition) bool { return a.Group == g.ID }) {
			continue
		}
		spare := min(s.idle(g)-g.MaxIdle, g.size-g.Min)
		for range max(0, spare) {
			i := s.leastWanted(g)
			if i == none {
				break
			}
			g.size--
			g.inZone[s.f.zone(i)]--
			s.plan.Drain = append(s.plan.Drain, NodeChange{g.ID, s.f.nodeID(i), fmt.Sprintf("idle, and the group keeps %d idle at most", g.MaxIdle)})
		}
	}
}

// leastWanted is the next node to drain: idle for long enough, in the fullest
// zone, the least healthy, idle the longest, by id.
func (s *scaler) leastWanted(g *groupState) int32 {
	var able []int32
	for _, i := range g.members {
		n := &s.f.nodes[i]
		if s.f.classes[n.class].state == Ready && n.tasks == 0 && n.idleSince != never && s.since(n.idleSince) >= g.IdleFor &&
			!slices.ContainsFunc(s.plan.Drain, func(c NodeChange) bool { return c.Node == s.f.nodeID(i) }) {
			able = append(able, i)
		}
	}
	if len(able) == 0 {
		return none
	}
	return slices.MinFunc(able, func(a, b int32) int {
		x, y := &s.f.nodes[a], &s.f.nodes[b]
		return cmp.Or(cmp.Compare(g.inZone[s.f.zone(b)], g.inZone[s.f.zone(a)]), cmp.Compare(x.health, y.health),
			cmp.Compare(x.idleSince, y.idleSince), strings.Compare(s.f.nodeID(a), s.f.nodeID(b)))
	})
}
