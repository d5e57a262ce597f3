package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

// footprint is the memory a fleet holds when all its tasks are placed, the
// caller's own nodes and tasks not counted.
type footprint struct{ nodes, tasks int }

func (p footprint) measure(runs int) (row, error) {
	nodes, tasks := workload.Nodes(workload.Hetero, p.nodes, 1), workload.Tasks(workload.Hetero, p.tasks, 1)
	for i := range tasks {
		tasks[i].CPU, tasks[i].Mem = tasks[i].CPU/2, tasks[i].Mem/2 // 20 tasks a node must fit
	}
	b := batch{kind: workload.Hetero, nodes: p.nodes, tasks: p.tasks}
	out := row{Nodes: p.nodes, Tasks: p.tasks}
	var mine, limit, allocs, took, heap []float64
	for range runs {
		if err := p.once(nodes, tasks, &out, &mine, &allocs, &took, &heap); err != nil {
			return row{}, err
		}
		wall, _ := b.limit(nodes, tasks)
		limit = append(limit, float64(p.tasks)/wall.Seconds())
	}
	out.TasksPerS, out.LimitPerS, out.Allocs, out.P99, out.HeapMB = median(mine), median(limit), median(allocs), slices.Max(took), median(heap)
	return out, nil
}

func (p footprint) once(nodes []workload.Node, tasks []workload.Task, out *row, mine, allocs, took, heap *[]float64) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := place.New(place.Options{Nodes: p.nodes, Tasks: p.tasks, Jobs: p.tasks})
	start := time.Now()
	for _, n := range nodes {
		if err := f.SetNode(n.Place()); err != nil {
			return err
		}
	}
	for _, t := range tasks {
		if err := f.SetTask(t.Place()); err != nil {
			return err
		}
	}
	plan, err := f.Schedule(noon)
	wall := time.Since(start)
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	mallocs := after.Mallocs - before.Mallocs
	runtime.GC()
	runtime.ReadMemStats(&after)
	out.placements = placed(plan)
	q := workload.Judge(nodes, tasks, out.placements)
	runtime.KeepAlive(f)
	out.Placed, out.NodesUsed, out.Fill = q.Placed, q.NodesUsed, q.Fill
	out.Violations += q.Violations
	*mine, *took = append(*mine, float64(p.tasks)/wall.Seconds()), append(*took, float64(wall.Microseconds()))
	*allocs = append(*allocs, float64(mallocs)/float64(max(1, q.Placed)))
	*heap = append(*heap, float64(after.HeapAlloc-before.HeapAlloc)/1e6)
	return nil
}
