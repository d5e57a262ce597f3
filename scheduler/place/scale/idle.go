package scale

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// floors adds the nodes that tasks need, and up to the group's floors: to Min
// at once, to the ceiling of idle nodes when there are fewer than the floor
// and the group has not just changed.
func (s *scaler) floors() {
	for _, g := range s.groups {
		for _, z := range sortedKeys(g.planned) {
			if n := g.planned[z]; n > 0 {
				s.plan.Add = append(s.plan.Add, Addition{g.ID, z, n, "waiting tasks need them"})
			}
		}
		more, why := max(0, g.Min-g.size), "the group is below its minimum"
		if idle := len(s.idle(g)) + more; idle < g.MinIdle && s.settled(g) {
			more += min(g.MaxIdle-idle, g.Max-g.size-more)
			why = fmt.Sprintf("%s idle, where %d to %d should be", nodes(idle), g.MinIdle, g.MaxIdle)
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

func nodes(n int) string {
	if n == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", n)
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

func (s *scaler) settled(g *group) bool {
	return g.Changed.IsZero() || s.now.Sub(g.Changed) >= g.Cooldown
}

// idle are the nodes of a group that take tasks and have none, those on their
// way too.
func (s *scaler) idle(g *group) (idle []place.NodeStatus) {
	for n := range s.Nodes() {
		if n.Group == g.ID && n.State == place.Ready && n.Tasks == 0 {
			idle = append(idle, n)
		}
	}
	return idle
}

// excess drains idle nodes above the ceiling and removes what has drained.
// From a group that is growing, nothing is taken.
func (s *scaler) excess() {
	for _, g := range s.groups {
		for _, id := range g.members {
			if n, _ := s.Node(id); n.Removable && n.State == place.Draining && n.Tasks == 0 && s.now.Sub(n.StateSince) >= g.Cooldown {
				s.plan.Remove = append(s.plan.Remove, Change{g.ID, id, "it has drained"})
			}
		}
		if !s.settled(g) || slices.ContainsFunc(s.plan.Add, func(a Addition) bool { return a.Group == g.ID }) {
			continue
		}
		idle := s.idle(g)
		able := slices.DeleteFunc(slices.Clone(idle), func(n place.NodeStatus) bool {
			_, there := slices.BinarySearch(g.members, n.ID)
			return !there || n.IdleSince.IsZero() || s.now.Sub(n.IdleSince) < g.IdleFor
		})
		for range min(len(idle)-g.MaxIdle, g.size-g.Min, len(able)) {
			i := g.leastWanted(able)
			g.size--
			g.inZone[able[i].Zone]--
			s.plan.Drain = append(s.plan.Drain, Change{g.ID, able[i].ID, fmt.Sprintf("idle, and the group keeps %d idle at most", g.MaxIdle)})
			able = slices.Delete(able, i, i+1)
		}
	}
}

// leastWanted is the next node to drain: in the fullest zone, the least
// healthy, idle the longest, by id.
func (g *group) leastWanted(able []place.NodeStatus) int {
	best := 0
	for i, n := range able {
		b := able[best]
		if cmp.Or(cmp.Compare(g.inZone[b.Zone], g.inZone[n.Zone]), cmp.Compare(n.Health, b.Health),
			n.IdleSince.Compare(b.IdleSince), cmp.Compare(n.ID, b.ID)) < 0 {
			best = i
		}
	}
	return best
}
