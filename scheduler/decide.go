package scheduler

import (
	"fmt"
	"strconv"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/server/paas"
)

// Decider turns snapshots into plans. It keeps the placement library's picture of the fleet between passes and tells it
// only what changed. The zero value is ready; a fresh one decides the same, only slower.
type Decider struct {
	fleet *place.Fleet
	nodes map[int64]known // what the fleet was last told of each node
	tasks map[int64]int64 // and of each task: its row's version
	lost  time.Time       // when a node was last given up
	due   time.Time       // when the next delayed restart is due; zero when none waits
}

// known is what placement depends on of a node.
type known struct {
	state              paas.State
	capacity, reserved paas.Resources
}

// Decide makes the plan of one pass. It is deterministic and reads no clock.
func (d *Decider) Decide(s paas.FleetSnapshot, now time.Time) (paas.FleetPlan, error) {
	if d.fleet == nil {
		d.fleet = place.New(place.Options{})
		d.nodes, d.tasks = map[int64]known{}, map[int64]int64{}
	}
	plan := paas.FleetPlan{Wait: map[int64]paas.WaitingReason{}}
	d.watchNodes(s, now, &plan)
	replicas(s, now, &plan)
	overdue(s, now, &plan)
	if err := d.tell(s, plan, now); err != nil {
		return paas.FleetPlan{}, err
	}
	return plan, d.place(s, now, &plan)
}

// tell brings the placement library's picture up to date.
func (d *Decider) tell(s paas.FleetSnapshot, plan paas.FleetPlan, now time.Time) error {
	d.due = time.Time{}
	gone := map[int64]bool{} // tasks that this very plan ends
	for _, f := range plan.Finish {
		gone[f.Task] = true
	}
	alive := make(map[int64]bool, len(s.Tasks))
	nodes := make(map[int64]bool, len(s.Nodes))
	for _, n := range s.Nodes {
		nodes[n.ID] = true
		is := known{n.State, n.Capacity, n.Reserved}
		if d.nodes[n.ID] == is {
			continue
		}
		if err := d.fleet.SetNode(toNode(n)); err != nil {
			return fmt.Errorf("node %s: %w", n.Name, err)
		}
		d.nodes[n.ID] = is
	}
	for _, t := range s.Tasks {
		if gone[t.ID] {
			continue
		}
		if t.State == paas.TaskAccepted && t.NotBefore.After(now) {
			if d.due.IsZero() || t.NotBefore.Before(d.due) {
				d.due = t.NotBefore
			}
		}
		alive[t.ID] = true
		if version, told := d.tasks[t.ID]; told && version == t.Version {
			continue
		}
		if err := d.fleet.SetTask(toTask(t)); err != nil {
			return fmt.Errorf("task %d: %w", t.ID, err)
		}
		d.tasks[t.ID] = t.Version
	}
	for id := range d.tasks {
		if !alive[id] {
			d.fleet.RemoveTask(key(id))
			delete(d.tasks, id)
		}
	}
	for id := range d.nodes {
		if !nodes[id] {
			if err := d.fleet.RemoveNode(key(id)); err != nil {
				return fmt.Errorf("node %d: %w", id, err)
			}
			delete(d.nodes, id)
		}
	}
	return nil
}

// place asks the library and writes its answers into the plan.
func (d *Decider) place(s paas.FleetSnapshot, now time.Time, plan *paas.FleetPlan) error {
	decided, err := d.fleet.Schedule(now)
	if err != nil {
		return err
	}
	for _, a := range decided.Assignments {
		task, node := number(a.Task), number(a.Node)
		plan.Place = append(plan.Place, paas.Placement{Task: task, Node: node})
		delete(d.tasks, task) // its row changes: hear it again
	}
	for _, p := range decided.Preemptions {
		plan.Stop = append(plan.Stop, number(p.Task))
		delete(d.tasks, number(p.Task))
	}
	waiting := make(map[int64]*paas.WaitingReason, len(s.Tasks))
	for _, t := range s.Tasks {
		waiting[t.ID] = t.Waiting
	}
	for _, w := range decided.Waiting {
		task := number(w.Task)
		reason := paas.WaitingReason{Sentence: w.Reason.String(), Position: w.Position, RuledOut: ruledOut(w.Reason)}
		if old := waiting[task]; old == nil || old.Sentence != reason.Sentence || old.Position != reason.Position {
			plan.Wait[task] = reason // only what changed is written
		}
	}
	return nil
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

func toNode(n paas.Node) place.Node {
	states := map[paas.State]place.NodeState{
		paas.NodeReady: place.Ready, paas.NodeJoining: place.Joining, paas.NodeDraining: place.Draining, paas.NodeLost: place.Lost,
	}
	return place.Node{
		ID: key(n.ID), State: states[n.State], Attributes: n.Labels,
		Capacity: toResources(n.Capacity), Reserved: toResources(n.Reserved),
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

// number undoes key; the library gives back only what it was given.
func number(key string) int64 {
	id, _ := strconv.ParseInt(key, 10, 64)
	return id
}
