package control

import (
	"context"
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

// Plan is what a click on Deploy would do.
func (c *Control) Plan(ctx context.Context, actor paas.Actor, name string) (DeployPlan, error) {
	return answer(ctx, c, func(tx Tx) (p DeployPlan, err error) {
		a, err := app(tx, actor, name)
		if err != nil {
			return p, err
		}
		if p.Current, err = release(tx, a.LiveID); err != nil {
			return p, err
		}
		if p.Changes, err = undeployed(tx, a, p.Current); err != nil {
			return p, err
		}
		pending, err := tx.Pending(a.ID)
		if err != nil {
			return p, err
		}
		p.Queue = len(pending)
		nodes, err := tx.Nodes()
		if err != nil {
			return p, err
		}
		used, err := tx.NodeUse()
		if err != nil {
			return p, err
		}
		p.FitsNow, p.Fits = fits(nodes, used, demands(a, p.Current))
		switch {
		case p.Current == nil:
			p.Downtime = "Nothing is live yet."
		case a.Stopped:
			p.Downtime = "The app is stopped."
		case !p.FitsNow:
			p.Downtime = "The new version does not fit beside the old one now: it waits, and the old one keeps serving."
		default:
			p.ZeroDowntime = true
		}
		return p, nil
	})
}

// demand is how many tasks of one process type are wanted, and what each needs.
type demand struct {
	process string
	tasks   int
	each    paas.Resources
}

// demands is what the next release will probably want: the process types of the live one, with the present settings.
func demands(a paas.App, live *paas.Release) (list []demand) {
	processes := []paas.Process{{Name: paas.WebProcess}}
	var memory int64
	if live != nil {
		processes, memory = live.Plan.Processes, live.Plan.Run.MemoryBytes
	}
	for _, p := range processes {
		n, said := a.Settings.Scale[p.Name]
		if !said {
			n = 1
		}
		each := a.Settings.Resources[p.Name].Or(paas.Resources{MemoryBytes: memory}).Or(paas.DefaultResources)
		list = append(list, demand{process: p.Name, tasks: n, each: each})
	}
	return list
}

// fits fills the free room of the ready nodes with what is wanted, each task where most memory is free, and says how
// it went. It is the sentence before the click; the scheduler decides by its own rules.
func fits(nodes []paas.Node, used map[int64]paas.Resources, wanted []demand) (ok bool, sentence string) {
	var free []paas.Resources
	for _, n := range nodes {
		if n.State == paas.NodeReady {
			free = append(free, minus(minus(n.Capacity, n.Reserved), used[n.ID]))
		}
	}
	if len(free) == 0 {
		return false, "There is no ready node."
	}
	fitting := 0
	for _, f := range free {
		if all(wanted, func(d demand) bool { return d.tasks == 0 || contains(f, d.each) }) {
			fitting++
		}
	}
	for _, d := range wanted {
		for range d.tasks {
			best := -1
			for i, f := range free {
				if contains(f, d.each) && (best < 0 || f.MemoryBytes > free[best].MemoryBytes) {
					best = i
				}
			}
			if best < 0 {
				return false, fmt.Sprintf("%s needs %s and %s for each of %s; that is not free on %d ready nodes.",
					d.process, paas.Cores(d.each.CPUMillis), paas.Bytes(d.each.MemoryBytes), tasks(d.tasks), len(free))
			}
			free[best] = minus(free[best], d.each)
		}
	}
	if fitting == 0 {
		return true, fmt.Sprintf("Fits, spread over %d nodes.", len(free))
	}
	return true, fmt.Sprintf("Fits on %d of %d nodes.", fitting, len(nodes))
}

func minus(a, b paas.Resources) paas.Resources {
	return paas.Resources{CPUMillis: a.CPUMillis - b.CPUMillis, MemoryBytes: a.MemoryBytes - b.MemoryBytes, DiskBytes: a.DiskBytes - b.DiskBytes}
}

func contains(free, want paas.Resources) bool {
	return free.CPUMillis >= want.CPUMillis && free.MemoryBytes >= want.MemoryBytes && free.DiskBytes >= want.DiskBytes
}

func all(wanted []demand, holds func(demand) bool) bool {
	for _, d := range wanted {
		if !holds(d) {
			return false
		}
	}
	return true
}
