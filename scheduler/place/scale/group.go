// Package scale decides how many nodes the groups of a fleet should have: what
// to add by really placing the waiting tasks on imagined nodes, what to return
// to work, to drain and to give back. It is as pure as package place.
package scale

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// Group is like nodes that can be added and removed.
type Group struct {
	ID string
	// Template is what a new node will be; its ID and Zone are not used.
	Template place.Node
	Zones    []string // where nodes can be added; at least one
	Min, Max int      // nodes

	// MinIdle and MaxIdle are how many nodes without a task to keep: below
	// the floor it grows, above the ceiling it shrinks.
	MinIdle, MaxIdle int
	// IdleFor is how long a node must have been idle before it is drained.
	IdleFor time.Duration
	// Cooldown is how long after Changed nothing but waiting tasks changes
	// the group, and how long a node drains before it is removed.
	Cooldown time.Duration
	Changed  time.Time // when it last grew or shrank

	// Joining is nodes asked for that are not known yet, by zone.
	Joining map[string]int
	// Spot nodes can be taken away at any time: critical tasks do not make
	// the group grow while an on-demand group can.
	Spot  bool
	Price float64 // of a node and hour, in any one currency
}

func (g *Group) check() error {
	field := "Group(" + g.ID + ")"
	switch {
	case g.ID == "":
		return refuse("Group.ID", "must not be empty")
	case len(g.Zones) == 0:
		return refuse(field+".Zones", "must name at least one zone")
	case g.Min < 0 || g.Max < g.Min || g.Max > 100_000:
		return refuse(field+".Max", "must be between Min (%d) and 100000, not %d", g.Min, g.Max)
	case g.MinIdle < 0 || g.MaxIdle < g.MinIdle:
		return refuse(field+".MaxIdle", "must not be below MinIdle (%d), not %d", g.MinIdle, g.MaxIdle)
	case !(g.Price >= 0):
		return refuse(field+".Price", "must not be negative, not %v", g.Price)
	case g.Cooldown < 0 || g.IdleFor < 0:
		return refuse(field, "times must not be negative")
	}
	for _, z := range sortedKeys(g.Joining) {
		if g.Joining[z] < 0 {
			return refuse(field+".Joining["+z+"]", "must not be negative")
		}
	}
	t := g.Template
	t.ID = "template"
	return t.Check()
}

func refuse(field, detail string, args ...any) error {
	return &place.InputError{Field: field, Detail: fmt.Sprintf(detail, args...)}
}

// Plan is what to change about the groups.
type Plan struct {
	Add []Addition
	// Return are draining nodes to make ready again: cheaper than new ones.
	Return []Change
	// Drain are nodes to set to Draining and Removable.
	Drain []Change
	// Remove are drained, empty nodes to give back.
	Remove []Change
}

// Addition is nodes to add to a group in one zone.
type Addition struct {
	Group, Zone string
	Nodes       int
	Why         string
}

// Change is one node and why it changes.
type Change struct{ Group, Node, Why string }
