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

type bench struct {
	name    string
	measure func(runs int) (row, error)
}

func benches() []bench {
	return []bench{
		{"homogeneous", batch{kind: workload.Homo, nodes: 1000, tasks: 10000}.measure},
		{"heterogeneous", batch{kind: workload.Hetero, nodes: 1000, tasks: 10000}.measure},
		{"heterogeneous sparse", batch{kind: workload.Hetero, nodes: 5000, tasks: 10000}.measure},
		{"heterogeneous few tasks", batch{kind: workload.Hetero, nodes: 1000, tasks: 1000}.measure},
		{"heterogeneous dense", batch{kind: workload.Hetero, nodes: 5000, tasks: 50000}.measure},
		{"constraints", batch{kind: workload.Constr, nodes: 1000, tasks: 10000}.measure},
		{"constraints, everything on", batch{kind: workload.Constr, nodes: 1000, tasks: 10000, change: everything, teams: eightTeams()}.measure},
		{"hopeless", batch{kind: workload.Hetero, nodes: 1000, tasks: 10000, change: hopeless}.measure},
		{"churn, 200 a call", churn{nodes: 1000, tasks: 10000, size: 200, calls: 300}.measure},
		{"churn, 1 a call", churn{nodes: 5000, tasks: 10000, size: 1, calls: 5000}.measure},
		{"memory", footprint{nodes: 10000, tasks: 200000}.measure},
	}
}

// noon is when everything is planned.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// batch places all tasks in one call, from nothing.
type batch struct {
	kind         workload.Kind
	nodes, tasks int
	change       func(nodes []place.Node, tasks []place.Task) // of the snapshot
	teams        []place.Team
}

func (b batch) measure(runs int) (row, error) {
	nodes, tasks := workload.Nodes(b.kind, b.nodes, 1), workload.Tasks(b.kind, b.tasks, 1)
	ns, ts := workload.Fleet(nodes, tasks)
	if b.change != nil {
		b.change(ns, ts)
	}
	var mine, cpu, alone, limit, limitCPU, allocs []float64
	out := row{Nodes: b.nodes, Tasks: b.tasks}
	for run := range runs + 1 {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		clock := startClock()
		plan, last, err := b.plan(ns, ts)
		took, busy := clock.read()
		runtime.ReadMemStats(&after)
		if err != nil {
			return row{}, err
		}
		out.placements = placed(plan)
		q := workload.Judge(nodes, tasks, out.placements)
		out.Placed, out.NodesUsed, out.Fill = q.Placed, q.NodesUsed, q.Fill
		out.Violations += q.Violations
		perS := float64(b.tasks) / took.Seconds()
		if run == 0 {
			out.FirstPerS = perS
			continue
		}
		out.P99 = max(out.P99, float64(took.Microseconds()))
		out.ReasonBytes = reasonBytes(plan)
		mine, cpu = append(mine, perS), append(cpu, float64(b.tasks)/busy.Seconds())
		alone = append(alone, float64(b.tasks)/last.Seconds())
		allocs = append(allocs, float64(after.Mallocs-before.Mallocs)/float64(max(1, q.Placed)))
		took, busy = b.limit(nodes, tasks)
		limit, limitCPU = append(limit, float64(b.tasks)/took.Seconds()), append(limitCPU, float64(b.tasks)/busy.Seconds())
	}
	out.TasksPerS, out.LimitPerS, out.Allocs = median(mine), median(limit), median(allocs)
	out.CPUPerS, out.LimitCPUPerS, out.ScheduleCPUPerS = median(cpu), median(limitCPU), median(alone)
	return out, nil
}

// plan goes from the snapshot to the placements; last is the thread time of
// Schedule alone.
func (b batch) plan(nodes []place.Node, tasks []place.Task) (plan place.Plan, last time.Duration, err error) {
	f := place.New(place.Options{Nodes: len(nodes), Tasks: len(tasks), Jobs: len(tasks)})
	for _, t := range b.teams {
		if err := f.SetTeam(t); err != nil {
			return place.Plan{}, 0, err
		}
	}
	if err := fill(f, nodes, tasks); err != nil {
		return place.Plan{}, 0, err
	}
	before := threadTime()
	plan, err = f.Schedule(noon)
	return plan, threadTime() - before, err
}

func fill(f *place.Fleet, nodes []place.Node, tasks []place.Task) error {
	for i := range nodes {
		if err := f.SetNode(nodes[i]); err != nil {
			return err
		}
	}
	for i := range tasks {
		if err := f.SetTask(tasks[i]); err != nil {
			return err
		}
	}
	return nil
}

// limit is how long the anchor takes for the same tasks, its own snapshot
// built beforehand.
func (b batch) limit(nodes []workload.Node, tasks []workload.Task) (took, busy time.Duration) {
	demand, out := anchor.NewDemand(tasks), make([]int32, len(tasks))
	if b.kind == workload.Constr {
		scan := anchor.NewScan(nodes)
		wishes, services := anchor.Wishes(tasks)
		zones := make([][3]int32, services)
		clock := startClock()
		scan.Place(demand, wishes, zones, out)
		return clock.read()
	}
	index := anchor.NewIndex(nodes)
	clock := startClock()
	index.Place(demand, out)
	return clock.read()
}

// hopeless makes one task in a hundred larger than any node, each in its own
// way, so that no two share a reason.
func hopeless(_ []place.Node, tasks []place.Task) {
	for i := 0; i < len(tasks); i += 100 {
		tasks[i].Demand.CPU = 64_000 + int64(i)
	}
}

// eightTeams have guarantees, quotas and past use.
func eightTeams() (teams []place.Team) {
	for t := range 8 {
		teams = append(teams, place.Team{
			ID: fmt.Sprint("team-", t), Guarantee: place.Resources{CPU: int64(t) * 500_000}, PastUse: float64(t) / 100, MaxTasks: 5000,
		})
	}
	return teams
}

// everything gives the tasks teams, priorities, preferences, images, tiers
// and ages, and the nodes images and failures, so that every part of the
// planner has work.
func everything(nodes []place.Node, tasks []place.Task) {
	for i := range nodes {
		nodes[i].Images = []string{fmt.Sprint("app:", i%50)}
		if i%20 == 0 {
			nodes[i].Failures = []place.Failure{{Kind: place.Crash, At: noon.Add(-5 * time.Minute)}}
		}
	}
	service := -1
	for i := range tasks {
		t := &tasks[i]
		if i == 0 || t.Job != tasks[i-1].Job {
			service++
		}
		t.Team = fmt.Sprint("team-", service%8)
		t.Priority = service % 3
		t.Tier = place.Tier(service % 2)
		t.Image = fmt.Sprint("app:", service%50)
		t.ReadyAt = noon.Add(-time.Duration(service%100) * time.Second)
		t.Prefer = []place.Preference{{Constraint: place.In(place.KeyZone, string(rune('a'+service%3))), Weight: 1}}
	}
}

func placed(p place.Plan) map[string]string {
	m := make(map[string]string, len(p.Assignments))
	for _, a := range p.Assignments {
		m[a.Task] = a.Node
	}
	return m
}

// reasonBytes is about how much memory the reasons hold a waiting task.
func reasonBytes(p place.Plan) float64 {
	if len(p.Waiting) == 0 {
		return 0
	}
	seen := map[*place.Reason]bool{}
	sum := 0
	for _, w := range p.Waiting {
		if r := w.Reason; !seen[r] {
			seen[r] = true
			sum += 200 + len(r.String()) + 32*len(r.Counts)
			if r.Nearest != nil {
				sum += 40 + 32*len(r.Nearest.Lacks)
			}
		}
	}
	return float64(sum)/float64(len(p.Waiting)) + 32
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return xs[len(xs)/2]
}
