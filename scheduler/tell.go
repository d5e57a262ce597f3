package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/server/paas"
)

// tell brings the placement library's fleet up to date with the picture and with the plan so far.
func (d *Decider) tell() error {
	for id := range d.told {
		if _, there := d.nodes[id]; !there {
			for task := range d.onNode[id] {
				d.fleet.RemoveTask(key(task))
			}
			if err := d.fleet.RemoveNode(key(id)); err != nil {
				return fmt.Errorf("node %d: %w", id, err)
			}
			delete(d.told, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.nodes)) {
		n := d.nodes[id]
		is := known{d.nodeState(n), n.Capacity, n.Reserved}
		if was, told := d.told[id]; told && was == is {
			continue
		}
		if err := d.fleet.SetNode(toNode(n, is.state)); err != nil {
			return fmt.Errorf("node %s: %w", n.Name, err)
		}
		d.told[id] = is
	}
	for id := range d.ending {
		d.freshTasks[id] = true
	}
	for _, id := range d.freshTasks.sorted() {
		t := d.tasks[id]
		if t == nil || d.ending[id] || !d.housed(*t) {
			d.fleet.RemoveTask(key(id))
			continue
		}
		if err := d.fleet.SetTask(toTask(*t)); err != nil {
			return fmt.Errorf("task %d: %w", id, err)
		}
	}
	for _, t := range d.plan.Create {
		p := toTask(t)
		p.ID = newKey(t)
		if err := d.fleet.SetTask(p); err != nil {
			return fmt.Errorf("new task %s: %w", p.ID, err)
		}
	}
	return nil
}

// housed reports whether a task's node, when it has one, is there.
func (d *Decider) housed(t paas.Task) bool {
	_, there := d.nodes[t.NodeID]
	return there || t.NodeID == 0
}

// place asks the library and writes its answers into the plan. It returns the tasks about which the fleet now believes
// what only the next rows can tell.
func (d *Decider) place() (retell set, err error) {
	decided, err := d.fleet.Schedule(d.now)
	if err != nil {
		return nil, fmt.Errorf("place: %w", err)
	}
	created := make(map[string]*paas.Task, len(d.plan.Create))
	for i := range d.plan.Create {
		t := &d.plan.Create[i]
		created[newKey(*t)] = t
		d.fleet.RemoveTask(newKey(*t)) // it comes back as a row
	}
	retell = d.ending
	for _, a := range decided.Assignments {
		if t := created[a.Task]; t != nil {
			t.NodeID = number(a.Node)
			continue
		}
		retell[number(a.Task)] = true
		if !d.full() {
			d.plan.Place = append(d.plan.Place, paas.Placement{Task: number(a.Task), Node: number(a.Node)})
		}
	}
	for _, p := range decided.Preemptions {
		d.plan.Stop = append(d.plan.Stop, number(p.Task))
		retell[number(p.Task)] = true
	}
	for _, w := range decided.Waiting {
		reason := paas.WaitingReason{Sentence: w.Reason.String(), Position: w.Position, RuledOut: ruledOut(w.Reason)}
		if t := created[w.Task]; t != nil {
			t.Waiting = &reason
		} else if id := number(w.Task); differs(d.tasks[id].Waiting, reason) && !d.full() {
			d.plan.Wait[id] = reason
		}
	}
	return retell, nil
}

// differs reports whether a reason has to be written anew. With a long queue every start changes the place of all behind
// it, so that a place is brought up to date only when it is off by an eighth.
func differs(old *paas.WaitingReason, is paas.WaitingReason) bool {
	if old == nil || old.Sentence != is.Sentence {
		return true
	}
	off := max(old.Position-is.Position, is.Position-old.Position)
	return off > is.Position/8
}

func ruledOut(r *place.Reason) map[string]int {
	if len(r.Counts) == 0 {
		return nil
	}
	counts := make(map[string]int, len(r.Counts))
	for _, c := range r.Counts {
		counts[c.Cause] = c.Nodes
	}
	return counts
}

func toNode(n paas.Node, state place.NodeState) place.Node {
	return place.Node{
		ID: key(n.ID), State: state, Attributes: n.Labels, Capacity: toResources(n.Capacity), Reserved: toResources(n.Reserved),
	}
}

func toTask(t paas.Task) place.Task {
	p := place.Task{
		ID: key(t.ID), Job: key(t.GroupID), Team: key(t.TeamID), Demand: toResources(t.Resources), Image: t.Image,
		ReadyAt: t.CreatedAt, Leaving: t.Stop || t.State == paas.TaskStopping,
	}
	if t.NotBefore.After(p.ReadyAt) {
		p.ReadyAt = t.NotBefore
	}
	if t.State != paas.TaskAccepted {
		p.Node = key(t.NodeID)
	}
	return p
}

func toResources(r paas.Resources) place.Resources {
	return place.Resources{CPU: r.CPUMillis, Memory: r.MemoryBytes, Disk: r.DiskBytes}
}

func key(id int64) string { return strconv.FormatInt(id, 10) }

// newKey names a task that has no row yet.
func newKey(t paas.Task) string { return fmt.Sprintf("new %d.%d", t.GroupID, t.Slot) }

// number undoes key; the library gives back only what it was given.
func number(key string) int64 {
	id, _ := strconv.ParseInt(key, 10, 64)
	return id
}
