package scale

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// Decide says how groups of nodes should change as of now. What to add is
// found by really placing the waiting tasks on imagined nodes: first on nodes
// already on their way, then on draining ones, then on new ones of the
// cheapest group that takes them. The fleet is the same afterwards. An
// *place.InputError names the field of a group that is wrong.
func Decide(f *place.Fleet, now time.Time, groups []Group) (Plan, error) {
	s := scaler{now: now}
	for i := range groups {
		if err := groups[i].check(); err != nil {
			return Plan{}, err
		}
		if slices.ContainsFunc(groups[:i], func(g Group) bool { return g.ID == groups[i].ID }) {
			return Plan{}, refuse("Group.ID", "%q twice", groups[i].ID)
		}
		s.groups = append(s.groups, &group{Group: groups[i], inZone: map[string]int{}, planned: map[string]int{}})
	}
	// The cheapest for what it carries comes first.
	slices.SortFunc(s.groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.perCore(), b.perCore()), cmp.Compare(a.ID, b.ID))
	})
	s.Trial = f.Try(now)
	defer s.End()
	s.survey()
	s.Place(place.Flex)
	s.shortfall()
	s.floors()
	s.excess()
	return s.plan, nil
}

// scaler tries nodes.
type scaler struct {
	*place.Trial
	now    time.Time
	groups []*group
	plan   Plan
	serial int
}

// group is a Group as the scaler counts it.
type group struct {
	Group
	members []string       // nodes that are there, by id
	inZone  map[string]int // nodes there, on their way or planned, by zone
	size    int
	planned map[string]int // of these the planned ones
}

// spare is a node that is imagined new in a group.
type spare struct{ id, zone string }

func (g *group) perCore() float64 {
	return g.Price / float64(max(1, g.Template.Capacity.CPU))
}

func (s *scaler) survey() {
	byID := map[string]*group{}
	for _, g := range s.groups {
		byID[g.ID] = g
	}
	for n := range s.Nodes() {
		if g := byID[n.Group]; g != nil {
			g.members = append(g.members, n.ID)
			if n.State != place.Lost && !n.Removable {
				g.size++
				g.inZone[n.Zone]++
			}
		}
	}
	for _, g := range s.groups {
		slices.Sort(g.members)
		for _, z := range sortedKeys(g.Joining) {
			for range g.Joining[z] {
				g.size++
				g.inZone[z]++
				s.imagine(g, z)
			}
		}
	}
}

// imagine puts an empty node of the group into the fleet.
func (s *scaler) imagine(g *group, zone string) string {
	n := g.Template
	for taken := true; taken; s.serial++ {
		n.ID = fmt.Sprintf("imagined/%s/%s/%06d", g.ID, zone, s.serial)
		_, taken = s.Node(n.ID)
	}
	n.Zone, n.Group, n.State, n.Removable = zone, g.ID, place.Ready, false
	if err := s.Imagine(n); err != nil {
		panic(err) // the template was checked, and the id is new
	}
	return n.ID
}

// shortfall makes room for what still waits. On-demand nodes alone are added
// for critical tasks before any node is for flex ones.
func (s *scaler) shortfall() {
	for _, g := range s.groups {
		for _, id := range g.members {
			if n, _ := s.Node(id); n.Removable && n.State == place.Draining && s.Waiting(place.Flex) > 0 {
				s.tryReturn(g, n)
			}
		}
	}
	for _, g := range s.groups {
		if !g.Spot {
			s.grow(g, place.Critical)
		}
	}
	for _, g := range s.groups {
		s.grow(g, place.Flex)
	}
}

// tryReturn imagines a draining node ready, and keeps it if that helps.
func (s *scaler) tryReturn(g *group, n place.NodeStatus) {
	mark := s.Mark()
	s.SetState(n.ID, place.Ready)
	if s.Place(place.Flex) == 0 {
		s.Back(mark)
		return
	}
	g.size++
	g.inZone[n.Zone]++
	s.plan.Return = append(s.plan.Return, Change{g.ID, n.ID, "waiting tasks fit on it"})
}

// grow adds nodes to a group as long as each lets more tasks of the tiers up
// to the given one be placed. It starts with as many as the sums of what waits
// could fill, and takes back those that stay empty.
func (s *scaler) grow(g *group, upTo place.Tier) {
	for g.size < g.Max && s.Waiting(upTo) > 0 {
		batch := min(g.Max-g.size, max(1, s.Estimate(g.Template, upTo)))
		var added []spare
		for range batch {
			added = append(added, s.add(g, g.leastZone()))
		}
		helped := s.Place(upTo) > 0
		if !helped && batch == 1 {
			helped = s.otherZones(g, added[0], upTo)
		}
		for _, x := range added {
			if n, ok := s.Node(x.id); ok && n.Tasks == 0 {
				s.takeBack(g, x)
			}
		}
		if !helped {
			return
		}
	}
}

// otherZones tries a node that helped nowhere in the other zones.
func (s *scaler) otherZones(g *group, tried spare, upTo place.Tier) bool {
	s.takeBack(g, tried)
	for _, z := range g.Zones {
		if z == tried.zone {
			continue
		}
		x := s.add(g, z)
		if s.Place(upTo) > 0 {
			return true
		}
		s.takeBack(g, x)
	}
	return false
}

// leastZone is the zone with the fewest nodes of the group, ties by name.
func (g *group) leastZone() string {
	return slices.MinFunc(g.Zones, func(a, b string) int { return cmp.Or(cmp.Compare(g.inZone[a], g.inZone[b]), cmp.Compare(a, b)) })
}

func (s *scaler) add(g *group, zone string) spare {
	id := s.imagine(g, zone)
	g.size++
	g.inZone[zone]++
	g.planned[zone]++
	return spare{id, zone}
}

func (s *scaler) takeBack(g *group, x spare) {
	if err := s.Forget(x.id); err != nil {
		panic(err) // it is empty
	}
	g.size--
	g.inZone[x.zone]--
	g.planned[x.zone]--
}
