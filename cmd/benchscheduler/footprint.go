package main

import (
	"runtime"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

// footprint is the memory a fleet holds when all its tasks are placed, the
// caller's own nodes and tasks not counted.
type footprint struct{ nodes, tasks int }

func (p footprint) measure(int) (row, error) {
	nodes, tasks := workload.Nodes(workload.Hetero, p.nodes, 1), workload.Tasks(workload.Hetero, p.tasks, 1)
	for i := range tasks {
		tasks[i].CPU, tasks[i].Mem = tasks[i].CPU/2, tasks[i].Mem/2 // 20 tasks a node must fit
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := place.New(place.Options{Nodes: p.nodes, Tasks: p.tasks, Jobs: p.tasks})
	start := time.Now()
	for _, n := range nodes {
		if err := f.SetNode(n.Place()); err != nil {
			return row{}, err
		}
	}
	for _, t := range tasks {
		if err := f.SetTask(t.Place()); err != nil {
			return row{}, err
		}
	}
	plan, err := f.Schedule(noon)
	took := time.Since(start)
	if err != nil {
		return row{}, err
	}
	runtime.ReadMemStats(&after)
	mallocs := after.Mallocs - before.Mallocs
	runtime.GC()
	runtime.ReadMemStats(&after)
	q := workload.Judge(nodes, tasks, placed(plan))
	runtime.KeepAlive(f)
	return row{
		Nodes: p.nodes, Tasks: p.tasks, Placed: q.Placed, Violations: q.Violations, Fill: q.Fill, NodesUsed: q.NodesUsed,
		TasksPerS: float64(p.tasks) / took.Seconds(), Allocs: float64(mallocs) / float64(max(1, q.Placed)),
		P99: float64(took.Microseconds()), HeapMB: float64(after.HeapAlloc-before.HeapAlloc) / 1e6,
	}, nil
}
