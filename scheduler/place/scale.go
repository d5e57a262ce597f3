package place

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scale decides how groups of nodes should change as of now. What to add is
// found by really placing the waiting tasks on imagined nodes: first on nodes
// already on their way, then on draining ones, then on new ones of the
// cheapest group that takes them. The fleet is the same afterwards.
func (f *Fleet) Scale(now time.Time, groups []Group) (ScalePlan, error) {
	for i := range groups {
		if err := groups[i].check(); err != nil {
			return ScalePlan{}, err
		}
		if slices.ContainsFunc(groups[:i], func(g Group) bool { return g.ID == groups[i].ID }) {
			return ScalePlan{}, invalid("Group.ID", "%q twice", groups[i].ID)
		}
	}
	s := scaler{f: f, now: now}
	for i := range groups {
		number, _ := f.groupNames.add(groups[i].ID)
		s.groups = append(s.groups, &groupState{Group: groups[i], number: number})
	}
	// The cheapest for what it carries comes first.
	slices.SortFunc(s.groups, func(a, b *groupState) int {
		return cmp.Or(cmp.Compare(a.perCore(), b.perCore()), strings.Compare(a.ID, b.ID))
	})
	s.survey()
	f.refreshHealth(now)
	s.place()
	s.shortfall()
	s.floors()
	s.excess()
	s.undo()
	return s.plan, nil
}

type scaler struct {
	f      *Fleet
	now    time.Time
	groups []*groupState
	plan   ScalePlan

	imagined []string // nodes
	opened   []int32  // draining nodes imagined ready
	placed   []int32  // tasks
	serial   int
}

// groupState is a group as the scaler counts it.
type groupState struct {
	Group
	number  int32          // in Fleet.groupNames
	members []int32        // nodes that are there
	inZone  map[string]int // nodes there, on their way or planned, by zone
	size    int
	planned map[string][]string // imagined new nodes, by zone
}

func (g *groupState) perCore() float64 {
	return g.Price / float64(max(1, g.Template.Capacity.CPU))
}

func (s *scaler) survey() {
	for _, g := range s.groups {
		g.inZone, g.planned = map[string]int{}, map[string][]string{}
		for _, z := range g.Zones {
			g.inZone[z] = 0
		}
	}
	for i := range s.f.nodes {
		n := &s.f.nodes[i]
		if !n.live {
			continue
		}
		for _, g := range s.groups {
			if g.number == n.group {
				g.members = append(g.members, int32(i))
				if s.f.classes[n.class].state != Lost && !n.removable {
					g.size++
					g.inZone[s.f.zone(int32(i))]++
				}
			}
		}
	}
	for _, g := range s.groups {
		slices.SortFunc(g.members, func(a, b int32) int { return strings.Compare(s.f.nodeID(a), s.f.nodeID(b)) })
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
func (s *scaler) imagine(g *groupState, zone string) string {
	n := g.Template
	for taken := true; taken; s.serial++ {
		n.ID = fmt.Sprintf("imagined/%s/%s/%06d", g.ID, zone, s.serial)
		taken = s.f.nodeNames.find(n.ID) != none
	}
	n.Zone, n.Group, n.State, n.Removable = zone, g.ID, Ready, false
	if err := s.f.SetNode(n); err != nil {
		panic(err) // the template was checked
	}
	s.imagined = append(s.imagined, n.ID)
	return n.ID
}

// place puts waiting tasks on what is there, and says whether any was placed.
func (s *scaler) place() bool {
	r := round{f: s.f, now: nanos(s.now), only: true, mute: true, last: none}
	r.run()
	for _, a := range r.plan.Assignments {
		s.placed = append(s.placed, s.f.taskNames.find(a.Task))
	}
	return len(r.plan.Assignments) > 0
}

// shortfall makes room for what still waits.
func (s *scaler) shortfall() {
	for _, g := range s.groups {
		for _, i := range g.members {
			if n := &s.f.nodes[i]; n.removable && s.f.classes[n.class].state == Draining && len(s.f.waiting) > 0 {
				s.tryReturn(g, i)
			}
		}
	}
	flex := s.hideFlex()
	for _, g := range s.groups {
		if !g.Spot {
			s.grow(g)
		}
	}
	for _, i := range flex {
		s.f.wait(i)
	}
	for _, g := range s.groups {
		s.grow(g)
	}
}

// hideFlex takes the flex tasks out of the waiting list for a while, so that
// on-demand nodes are added only for critical ones.
func (s *scaler) hideFlex() (hidden []int32) {
	for _, i := range slices.Clone(s.f.waiting) {
		if s.f.tasks[i].tier == Flex {
			s.f.unwait(i)
			hidden = append(hidden, i)
		}
	}
	return hidden
}

// tryReturn imagines a draining node ready, and keeps it if that helps.
func (s *scaler) tryReturn(g *groupState, i int32) {
	s.f.setState(i, Ready, false)
	if s.place() {
		g.size++
		g.inZone[s.f.zone(i)]++
		s.opened = append(s.opened, i)
		s.plan.Return = append(s.plan.Return, NodeChange{g.ID, s.f.nodeID(i), "waiting tasks fit on it"})
		return
	}
	s.f.setState(i, Draining, true)
}

// grow adds nodes to a group as long as each lets more tasks be placed. It
// starts with as many as the sums of what waits could fill, and takes back
// those that stay empty.
func (s *scaler) grow(g *groupState) {
	for g.size < g.Max && len(s.f.waiting) > 0 {
		batch := min(g.Max-g.size, max(1, s.estimate(g)))
		var added []string
		for range batch {
			z := g.leastZone()
			added = append(added, s.add(g, z))
		}
		helped := s.place()
		if !helped && batch == 1 {
			helped = s.otherZones(g, added[0])
		}
		for _, id := range added {
			if i := s.f.nodeNames.find(id); i != none && s.f.nodes[i].tasks == 0 {
				s.takeBack(g, id)
			}
		}
		if !helped {
			return
		}
	}
}

// otherZones tries a node that helped nowhere in the other zones.
func (s *scaler) otherZones(g *groupState, tried string) bool {
	at := s.f.zone(s.f.nodeNames.find(tried))
	s.takeBack(g, tried)
	for _, z := range g.Zones {
		if z == at {
			continue
		}
		id := s.add(g, z)
		if s.place() {
			return true
		}
		s.takeBack(g, id)
	}
	return false
}

// estimate is how many nodes of the group the waiting demand could fill.
func (s *scaler) estimate(g *groupState) int {
	var sum vec
	have := g.Template.allocatable()
	for _, i := range s.f.waiting {
		if d := &s.f.specs[s.f.tasks[i].spec].demand; have.holds(d) {
			sum.add(d)
		}
	}
	nodes := int64(0)
	for d := range sum {
		if have[d] > 0 {
			nodes = max(nodes, sum[d]/have[d])
		}
	}
	return int(min(nodes, 100_000))
}

// leastZone is the zone with the fewest nodes of the group, ties by name.
func (g *groupState) leastZone() string {
	best := g.Zones[0]
	for _, z := range g.Zones[1:] {
		if g.inZone[z] < g.inZone[best] || g.inZone[z] == g.inZone[best] && z < best {
			best = z
		}
	}
	return best
}

func (s *scaler) add(g *groupState, zone string) string {
	id := s.imagine(g, zone)
	g.size++
	g.inZone[zone]++
	g.planned[zone] = append(g.planned[zone], id)
	return id
}

func (s *scaler) takeBack(g *groupState, id string) {
	zone := s.f.zone(s.f.nodeNames.find(id))
	if err := s.f.RemoveNode(id); err != nil {
		panic(err) // it is empty
	}
	g.size--
	g.inZone[zone]--
	g.planned[zone] = slices.DeleteFunc(g.planned[zone], func(x string) bool { return x == id })
	s.imagined = slices.DeleteFunc(s.imagined, func(x string) bool { return x == id })
}

// undo makes the fleet what it was.
func (s *scaler) undo() {
	f := s.f
	for _, i := range s.placed {
		f.detach(i)
		f.wait(i)
	}
	for _, id := range s.imagined {
		if err := f.RemoveNode(id); err != nil {
			panic(err) // everything placed on it has just left
		}
	}
	for _, i := range s.opened {
		f.setState(i, Draining, true)
	}
	f.ctx.drop()
}
