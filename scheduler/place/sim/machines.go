package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/moves"
	"github.com/slipway-paas/slipway/scheduler/place/scale"
)

func (w *world) group(id string) *scale.Group {
	i := slices.IndexFunc(w.groups, func(g scale.Group) bool { return g.ID == id })
	return &w.groups[i]
}

// machines lets nodes join, fail, be reclaimed, be lost with their zone and
// come back.
func (w *world) machines(at time.Duration) error {
	keep := w.booting[:0]
	for _, b := range w.booting {
		if w.zoneDown(b.zone, at) {
			continue // the provider refuses it
		}
		if b.ready.After(w.now) {
			keep = append(keep, b)
			continue
		}
		if err := w.join(b); err != nil {
			return err
		}
	}
	w.booting = keep
	for range w.events(w.s.NodeFailuresPerHour * tick.Hours()) {
		if err := w.fail(func(*machine) bool { return true }); err != nil {
			return err
		}
	}
	for range w.events(w.s.SpotReclaimsPerHour * tick.Hours()) {
		if err := w.fail(func(m *machine) bool { return w.group(m.Group).Spot }); err != nil {
			return err
		}
	}
	if w.s.LoseZone != "" && at == w.s.LoseAt {
		for _, id := range slices.Sorted(maps.Keys(w.nodes)) {
			if w.nodes[id].Zone == w.s.LoseZone {
				if err := w.lose(id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *world) zoneDown(zone string, at time.Duration) bool {
	return zone == w.s.LoseZone && at >= w.s.LoseAt && at < w.s.LoseAt+w.s.LoseFor
}

func (w *world) join(b boot) error {
	w.serial++
	n := w.group(b.group).Template
	n.ID, n.Zone, n.Group = fmt.Sprintf("%s-%s-%05d", b.group, b.zone, w.serial), b.zone, b.group
	n.IdleSince, n.StateSince = w.now, w.now
	w.nodes[n.ID] = &machine{Node: n, tasks: map[string]*job{}}
	return w.fleet.SetNode(n)
}

// fail loses one of the nodes that match.
func (w *world) fail(match func(*machine) bool) error {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(w.nodes)), func(id string) bool { return !match(w.nodes[id]) })
	if len(ids) == 0 {
		return nil
	}
	return w.lose(ids[w.rand.Intn(len(ids))])
}

// lose takes a node away for good; its tasks wait again.
func (w *world) lose(id string) error {
	m := w.nodes[id]
	for _, t := range slices.Sorted(maps.Keys(m.tasks)) {
		if err := w.requeue(m.tasks[t]); err != nil {
			return err
		}
	}
	delete(w.nodes, id)
	return w.fleet.RemoveNode(id)
}

// scale asks for and carries out a scale plan. What is known of a node is
// told first.
func (w *world) scale() error {
	for _, id := range slices.Sorted(maps.Keys(w.nodes)) {
		if err := w.fleet.SetNode(w.nodes[id].Node); err != nil {
			return err
		}
	}
	for i := range w.groups {
		w.groups[i].Joining = map[string]int{}
		w.groups[i].Zones = slices.DeleteFunc(slices.Clone(w.s.Groups[i].Zones), func(z string) bool { return w.zoneDown(z, w.now.Sub(start)) })
		for _, b := range w.booting {
			if b.group == w.groups[i].ID {
				w.groups[i].Joining[b.zone]++
			}
		}
	}
	plan, err := scale.Decide(w.fleet, w.now, w.groups)
	if err != nil {
		return err
	}
	for _, a := range plan.Add {
		for range a.Nodes {
			w.booting = append(w.booting, boot{a.Group, a.Zone, w.now.Add(w.s.Boot)})
		}
		w.group(a.Group).Changed = w.now
	}
	for _, c := range plan.Return {
		if err := w.become(c.Node, place.Ready, false); err != nil {
			return err
		}
	}
	for _, c := range plan.Drain {
		if err := w.become(c.Node, place.Draining, true); err != nil {
			return err
		}
		w.group(c.Group).Changed = w.now
	}
	for _, c := range plan.Remove {
		if len(w.nodes[c.Node].tasks) > 0 {
			return fmt.Errorf("%s is removed with tasks", c.Node)
		}
		if err := w.lose(c.Node); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) become(id string, s place.NodeState, removable bool) error {
	m := w.nodes[id]
	m.State, m.Removable, m.StateSince = s, removable, w.now
	return w.fleet.SetNode(m.Node)
}

// defrag moves tasks so that nodes become empty.
func (w *world) defrag() error {
	for _, v := range moves.Defragment(w.fleet, w.now, 10).Moves {
		t := w.tasks[v.Task]
		w.off(t)
		if err := w.on(t, w.nodes[v.To]); err != nil {
			return err
		}
		if err := w.fleet.SetTask(t.Task); err != nil {
			return err
		}
		w.report.Moved++
	}
	return nil
}

// look takes a sample.
func (w *world) look(at time.Duration) Sample {
	x := Sample{At: at, Nodes: len(w.nodes), CostPerHour: w.costPerHour(), MovesSoFar: w.report.Moved, PreemptedSoFar: w.report.Preempted, RestartedSoFar: w.report.Restarted}
	for _, t := range w.tasks {
		if t.Node == "" {
			x.Waiting[t.Tier]++
		} else {
			x.Running++
		}
	}
	var used, have place.Resources
	whole := int64(0)
	for _, m := range w.nodes {
		used.CPU, used.Memory = used.CPU+m.used.CPU, used.Memory+m.used.Memory
		have.CPU, have.Memory = have.CPU+m.Capacity.CPU, have.Memory+m.Capacity.Memory
		whole += pieces(m.Capacity.CPU-m.used.CPU, m.Capacity.Memory-m.used.Memory)
	}
	if have.CPU > 0 {
		x.CPU, x.Memory = float64(used.CPU)/float64(have.CPU), float64(used.Memory)/float64(have.Memory)
	}
	if ideal := pieces(have.CPU-used.CPU, have.Memory-used.Memory); ideal > 0 {
		x.Fragmentation = 1 - float64(whole)/float64(ideal)
	}
	return x
}

// pieces is how many tasks of 2 cores and 8 GiB go into so much.
func pieces(cpu, memory int64) int64 { return min(cpu/2000, memory/(8*gib)) }

// costPerHour adds up by group, so that the sum is the same in every run.
func (w *world) costPerHour() (sum float64) {
	for i := range w.groups {
		n := 0
		for _, m := range w.nodes {
			if m.Group == w.groups[i].ID {
				n++
			}
		}
		sum += float64(n) * w.groups[i].Price
	}
	return sum
}
