package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/server/paas"
)

// How slowly silent nodes are given up. Source: Kubernetes evicts one node per 10 s and none while 55 % or more are silent
// together, because then it is rather we who cannot hear.
const (
	lostEvery   = 10 * time.Second
	silentShare = 0.55
)

// How long a task may stay in a state. Sources: Titus' task timeouts (launched, start initiated, kill initiated twice).
// The executor asks its engine again by itself all the time, so that the second time-out of stopping needs no message.
const (
	placedLimit   = 300 * time.Second
	startingLimit = 300 * time.Second
	batchLimit    = 720 * time.Second
	stoppingLimit = 2 * 600 * time.Second
)

// watchNodes gives up silent nodes and welcomes back those that speak again.
func (d *Decider) watchNodes() {
	silent := 0
	for _, n := range d.nodes {
		if d.now.Sub(n.SeenAt) >= paas.NodeLostAfter {
			silent++
		}
	}
	hold := float64(silent) >= silentShare*float64(len(d.nodes))
	for _, id := range slices.Sorted(maps.Keys(d.nodes)) {
		n := d.nodes[id]
		quiet := d.now.Sub(n.SeenAt)
		switch {
		case quiet < paas.NodeSuspectAfter:
			d.wake(n.SeenAt.Add(paas.NodeSuspectAfter))
		case quiet < paas.NodeLostAfter:
			d.wake(n.SeenAt.Add(paas.NodeLostAfter))
		}
		switch {
		case n.State == paas.NodeJoining && quiet < paas.NodeLostAfter:
			d.plan.Nodes = append(d.plan.Nodes, paas.NodeMove{Node: id, State: paas.NodeReady, Why: "It joined."})
		case n.State == paas.NodeLost && quiet < paas.NodeLostAfter:
			d.plan.Nodes = append(d.plan.Nodes, paas.NodeMove{Node: id, State: paas.NodeReady, Why: "It answers again."})
		case n.State == paas.NodeLost || quiet < paas.NodeLostAfter || hold:
		case d.now.Sub(d.lost) < lostEvery:
			d.wake(d.lost.Add(lostEvery))
		default:
			d.lost = d.now
			d.plan.Nodes = append(d.plan.Nodes, paas.NodeMove{Node: id, State: paas.NodeLost,
				Why: fmt.Sprintf("It has been silent for %s.", quiet.Round(time.Second))})
			d.endTasksOn(id, fmt.Sprintf("Its node %s stopped answering.", n.Name))
		}
	}
}

// strand ends the tasks that are still on nodes that are lost or gone.
func (d *Decider) strand() {
	for _, id := range slices.Sorted(maps.Keys(d.onNode)) {
		switch n, there := d.nodes[id]; {
		case id == 0: // not placed yet
		case !there:
			d.endTasksOn(id, "Its node was removed.")
		case n.State == paas.NodeLost && d.now.Sub(n.SeenAt) >= paas.NodeLostAfter:
			d.endTasksOn(id, fmt.Sprintf("Its node %s stopped answering.", n.Name))
		}
	}
}

func (d *Decider) endTasksOn(node int64, detail string) {
	for _, id := range d.onNode[node].sorted() {
		d.finish(id, paas.ReasonNodeLost, detail)
	}
}

// overdue ends tasks that a state has held for too long, and notes when the next comes to its limit.
func (d *Decider) overdue() {
	var late []int64
	for id := range d.freshTasks {
		if t := d.tasks[id]; t != nil && !deadline(*t).IsZero() {
			d.timed[id] = true
		} else {
			delete(d.timed, id)
		}
	}
	for id := range d.timed {
		switch limit := deadline(*d.tasks[id]); {
		case limit.After(d.now):
			d.wake(limit)
		case d.tasks[id].State != paas.TaskAccepted:
			late = append(late, id)
		}
	}
	slices.Sort(late)
	for _, id := range late {
		t := d.tasks[id]
		detail := fmt.Sprintf("It was %s for more than %s.", t.State, stateLimit(*t))
		if t.State == paas.TaskRunning {
			detail = fmt.Sprintf("It still ran %s after it was told to stop.", stateLimit(*t))
		}
		d.finish(id, paas.ReasonStuck, detail)
	}
}

// deadline is when time decides about a task: when it may be placed, or when its state has lasted too long. Zero is never.
func deadline(t paas.Task) time.Time {
	limit := stateLimit(t)
	switch {
	case t.State == paas.TaskAccepted:
		return t.NotBefore
	case t.Stop && t.State == paas.TaskRunning:
		return t.StopAt.Add(limit)
	case limit == 0:
		return time.Time{}
	}
	return t.Since.Add(limit)
}

// stateLimit is how long a task may stay as it is; 0 is for ever.
func stateLimit(t paas.Task) time.Duration {
	switch {
	case t.State == paas.TaskPlaced:
		return placedLimit
	case t.State == paas.TaskStarting && t.Spec.Once:
		return batchLimit
	case t.State == paas.TaskStarting:
		return startingLimit
	case t.State == paas.TaskStopping, t.Stop && t.State == paas.TaskRunning:
		return stoppingLimit
	default:
		return 0
	}
}

// nodeState is what placement makes of a node: one that has been silent for a while gets no new tasks.
func (d *Decider) nodeState(n paas.Node) place.NodeState {
	switch n.State {
	case paas.NodeJoining:
		return place.Joining
	case paas.NodeDraining:
		return place.Draining
	case paas.NodeReady:
		if d.now.Sub(n.SeenAt) < paas.NodeSuspectAfter {
			return place.Ready
		}
		return place.Suspect
	default:
		return place.Lost
	}
}
