package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/anchor"
	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

// churn fills a mixed fleet, then lets size tasks end in each call and as many
// of the same sizes arrive in another order.
type churn struct {
	nodes, tasks, size, calls int
}

func (c churn) measure(runs int) (row, error) {
	out := row{Nodes: c.nodes, Tasks: c.tasks}
	var mine, busy, limit, limitBusy, allocs, p99, p99CPU []float64
	for range runs {
		if err := c.once(&out, &mine, &busy, &allocs, &p99, &p99CPU); err != nil {
			return row{}, err
		}
		wall, ran := c.limit()
		n := float64(c.size * c.calls)
		limit, limitBusy = append(limit, n/wall.Seconds()), append(limitBusy, n/ran.Seconds())
	}
	out.TasksPerS, out.LimitPerS, out.Allocs, out.P99 = median(mine), median(limit), median(allocs), median(p99)
	out.P99CPU = median(p99CPU)
	out.CPUPerS, out.LimitCPUPerS = median(busy), median(limitBusy)
	return out, nil
}

func (c churn) once(out *row, mine, busy, allocs, p99, p99CPU *[]float64) error {
	nodes, live := workload.Nodes(workload.Hetero, c.nodes, 1), workload.Tasks(workload.Hetero, c.tasks, 1)
	ns, ts := workload.Fleet(nodes, live)
	f := place.New(place.Options{Nodes: len(ns), Tasks: len(ts), Jobs: len(ts)})
	if err := fill(f, ns, ts); err != nil {
		return err
	}
	plan, err := f.Schedule(noon)
	if err != nil {
		return err
	}
	at := placed(plan)
	r := workload.Rand(7)
	took, ranFor := make([]time.Duration, c.calls), make([]time.Duration, c.calls)
	var before, after runtime.MemStats
	arrived := 0
	var total, totalRan time.Duration
	who, gone := make([]int, c.size), make([]string, c.size)
	next, was := make([]place.Task, c.size), make([]workload.Task, c.size)
	ids := make([]string, c.size*c.calls)
	for i := range ids {
		ids[i] = fmt.Sprint("c", i)
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	for call := range took {
		for j := range who {
			who[j] = r.Intn(len(live))
			for j > 0 && slices.Contains(who[:j], who[j]) {
				who[j] = r.Intn(len(live))
			}
		}
		for j, i := range who {
			gone[j] = live[i].ID
			next[j] = ts[who[(j+97)%c.size]]
			next[j].ID = ids[arrived+j]
		}
		clock := startClock()
		for _, id := range gone {
			f.RemoveTask(id)
		}
		for j := range next {
			if err := f.SetTask(next[j]); err != nil {
				return err
			}
		}
		plan, err := f.Schedule(noon)
		took[call], ranFor[call] = clock.read()
		if err != nil {
			return err
		}
		total, totalRan = total+took[call], totalRan+ranFor[call]
		arrived += c.size
		c.swap(live, ts, who, gone, next, was, at)
		for _, a := range plan.Assignments {
			at[a.Task] = a.Node
		}
	}
	runtime.ReadMemStats(&after)
	out.placements = at
	q := workload.Judge(nodes, live, at)
	out.Placed, out.NodesUsed, out.Fill = q.Placed, q.NodesUsed, q.Fill
	out.Violations += q.Violations
	slices.Sort(took)
	slices.Sort(ranFor)
	*mine = append(*mine, float64(arrived)/total.Seconds())
	*busy = append(*busy, float64(arrived)/totalRan.Seconds())
	*allocs = append(*allocs, float64(after.Mallocs-before.Mallocs)/float64(arrived))
	*p99 = append(*p99, float64(took[len(took)*99/100].Nanoseconds())/1e3)
	*p99CPU = append(*p99CPU, float64(ranFor[len(took)*99/100].Nanoseconds())/1e3)
	return nil
}

// swap puts the arrivals in the places of those that ended.
func (c churn) swap(live []workload.Task, ts []place.Task, who []int, gone []string, next []place.Task, was []workload.Task, at map[string]string) {
	for j, i := range who {
		was[j] = live[i]
	}
	for j, i := range who {
		delete(at, gone[j])
		live[i] = was[(j+97)%c.size]
		live[i].ID = next[j].ID
		ts[i] = next[j]
	}
}

// limit is how long the anchor takes for the same calls.
func (c churn) limit() (total, totalRan time.Duration) {
	nodes, live := workload.Nodes(workload.Hetero, c.nodes, 1), workload.Tasks(workload.Hetero, c.tasks, 1)
	index, at := anchor.NewIndex(nodes), make([]int32, len(live))
	index.Place(anchor.NewDemand(live), at)
	r := workload.Rand(7)
	out := make([]int32, c.size)
	for range c.calls {
		var who []int
		for len(who) < c.size {
			if i := r.Intn(len(live)); at[i] >= 0 && !slices.Contains(who, i) {
				who = append(who, i)
			}
		}
		arriving := make([]workload.Task, c.size)
		for j := range who {
			arriving[j] = live[who[(j+97)%c.size]]
		}
		demand := anchor.NewDemand(arriving)
		clock := startClock()
		for _, i := range who {
			index.Release(at[i], int32(live[i].CPU), int32(live[i].Mem))
		}
		index.Place(demand, out)
		took, ran := clock.read()
		total, totalRan = total+took, totalRan+ran
		for j, i := range who {
			live[i], at[i] = arriving[j], out[j]
		}
	}
	return total, totalRan
}
