package place

// slots is how the slots of one ResourceSet on one node are used. Only the
// units used under each name are kept: which slot holds which unit does not
// matter, so the state depends on the tasks alone and not on their order.
type slots struct {
	name  string
	units int64            // a slot
	idle  int64            // slots without a name
	used  map[string]int64 // units by name
}

// fit says whether the units can be had under the name, and the score of
// that: .5/(L+1) when they start an idle slot, (used+asked+1)/(L+1) when they
// go on filling one, with L units a slot. Source of the scores: Fenzo's
// PreferentialNamedConsumableResource.
func (s *slots) fit(name string, units int64) (score float64, ok bool) {
	used := s.used[name]
	if s.needed(used+units)-s.needed(used) > s.idle {
		return 0, false
	}
	if part := used % s.units; part > 0 && part+units <= s.units {
		return float64(part+units+1) / float64(s.units+1), true
	}
	return .5 / float64(s.units+1), true
}

// needed is how many slots hold so many units.
func (s *slots) needed(units int64) int64 { return (units + s.units - 1) / s.units }

// use takes the units, or gives them back when negative. Taking more than
// there is (tasks found on a node that shrank) leaves idle negative.
func (s *slots) use(name string, units int64) {
	before := s.used[name]
	after := before + units
	s.idle -= s.needed(after) - s.needed(before)
	if after == 0 {
		delete(s.used, name)
		return
	}
	if s.used == nil {
		s.used = map[string]int64{}
	}
	s.used[name] = after
}

func (n *node) slotsOf(set string) *slots {
	for i := range n.slots {
		if n.slots[i].name == set {
			return &n.slots[i]
		}
	}
	return nil
}

// fitSets is the mean score over all requests, and the first set without
// room, "" when all have.
func (n *node) fitSets(asked []SetRequest) (score float64, missing string) {
	for _, a := range asked {
		s := n.slotsOf(a.Set)
		if s == nil {
			return 0, a.Set
		}
		v, ok := s.fit(a.Value, a.Units)
		if !ok {
			return 0, a.Set
		}
		score += v / float64(len(asked))
	}
	return score, ""
}

// resetNamed computes the free scalars and slots from the tasks on the node.
func (f *Fleet) resetNamed(n *node, in *Node) {
	n.scalars, n.slots = nil, nil
	for name, x := range in.Capacity.Scalars {
		if n.scalars == nil {
			n.scalars = map[string]int64{}
		}
		n.scalars[name] = max(0, x-in.Reserved.Scalars[name])
	}
	for _, s := range in.Sets {
		n.slots = append(n.slots, slots{name: s.Name, units: s.Units, idle: int64(s.Slots)})
	}
	for t := n.first; t != none; t = f.tasks[t].nextOnNode {
		n.useNamed(f.rulesOf(t), 1)
	}
}

// useNamed takes (sign 1) or gives back (sign -1) scalars and slots.
func (n *node) useNamed(r *rules, sign int64) {
	for _, s := range r.scalars {
		if n.scalars == nil {
			n.scalars = map[string]int64{}
		}
		n.scalars[s.name] -= sign * s.amount
	}
	for _, a := range r.sets {
		if s := n.slotsOf(a.Set); s != nil {
			s.use(a.Value, sign*a.Units)
		}
	}
}
