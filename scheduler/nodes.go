package scheduler

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// When a silent node is given up. Sources: SwarmKit misses three heartbeats of 5 s; Nomad sees a lost client in about
// 20 s; Kubernetes evicts one node per 10 s and none while 55 % or more are silent together, because then it is rather
// we who cannot hear.
const (
	lostAfter   = 20 * time.Second
	lostEvery   = 10 * time.Second
	silentShare = 0.55
)

// How long a task may stay in a state. Sources: Titus' task timeouts (launched, start initiated, kill initiated).
const (
	placedLimit   = 300 * time.Second
	startingLimit = 300 * time.Second
	batchLimit    = 720 * time.Second
	stoppingLimit = 2 * 600 * time.Second
)

// watchNodes gives up silent nodes and welcomes back those that speak again.
func (d *Decider) watchNodes(s paas.FleetSnapshot, now time.Time, plan *paas.FleetPlan) {
	silent := 0
	for _, n := range s.Nodes {
		if now.Sub(n.SeenAt) >= lostAfter {
			silent++
		}
	}
	hold := float64(silent) >= silentShare*float64(len(s.Nodes))
	for _, n := range s.Nodes {
		quiet := now.Sub(n.SeenAt)
		switch {
		case n.State == paas.NodeJoining && quiet < lostAfter:
			plan.Nodes = append(plan.Nodes, paas.NodeMove{Node: n.ID, State: paas.NodeReady, Why: "It joined."})
		case n.State == paas.NodeLost && quiet < lostAfter:
			plan.Nodes = append(plan.Nodes, paas.NodeMove{Node: n.ID, State: paas.NodeReady, Why: "It answers again."})
		case n.State != paas.NodeLost && quiet >= lostAfter && !hold && now.Sub(d.lost) >= lostEvery:
			d.lost = now
			plan.Nodes = append(plan.Nodes, paas.NodeMove{Node: n.ID, State: paas.NodeLost,
				Why: fmt.Sprintf("It has been silent for %s.", quiet.Round(time.Second))})
			for _, t := range s.Tasks {
				if t.NodeID == n.ID && t.State != paas.TaskAccepted {
					plan.Finish = append(plan.Finish, paas.Finish{Task: t.ID, Reason: paas.ReasonNodeLost,
						Detail: fmt.Sprintf("Its node %s stopped answering.", n.Name)})
				}
			}
		}
	}
}

// overdue ends tasks that a state has held for too long.
func overdue(s paas.FleetSnapshot, now time.Time, plan *paas.FleetPlan) {
	ended := map[int64]bool{}
	for _, f := range plan.Finish {
		ended[f.Task] = true
	}
	for _, t := range s.Tasks {
		limit := stateLimit(t)
		if limit == 0 || ended[t.ID] || t.Since.IsZero() || now.Sub(t.Since) < limit {
			continue
		}
		plan.Finish = append(plan.Finish, paas.Finish{Task: t.ID, Reason: paas.ReasonStuck,
			Detail: fmt.Sprintf("It was %s for more than %s.", t.State, limit)})
	}
}

func stateLimit(t paas.Task) time.Duration {
	switch {
	case t.State == paas.TaskPlaced:
		return placedLimit
	case t.State == paas.TaskStarting && t.Spec.Once:
		return batchLimit
	case t.State == paas.TaskStarting:
		return startingLimit + t.Spec.StartTimeout
	case t.State == paas.TaskStopping:
		return stoppingLimit
	default:
		return 0
	}
}
