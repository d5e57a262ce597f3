package scheduler

import "github.com/slipway-paas/slipway/server/paas"

// Anew is a decider that begins with a snapshot and has the same clock and the same memory of given up nodes.
func (d *Decider) Anew(s paas.FleetSnapshot) *Decider {
	fresh := &Decider{now: d.now, lost: d.lost}
	fresh.Begin(s)
	return fresh
}
