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
