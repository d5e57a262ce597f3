package storetest

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Node makes a ready node with room for much.
func (w *World) Node(name string) paas.Node {
	w.t.Helper()
	n, err := w.SaveNode(w.t.Context(), paas.Node{
		Name: name, State: paas.NodeReady, Capacity: paas.Resources{CPUMillis: 64_000, MemoryBytes: 256 << 30, DiskBytes: 1 << 40}, Engine: "test",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Lease holds the scheduler's lease.
func (w *World) Lease() paas.Lease {
	w.t.Helper()
	l, err := w.HoldLease(w.t.Context(), "scheduler", "test", time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// Apply applies a plan of the scheduler.
func (w *World) Apply(p paas.FleetPlan) {
	w.t.Helper()
	if err := w.ApplyPlan(w.t.Context(), w.Lease(), p); err != nil {
		w.t.Fatal(err)
	}
}

// Run creates, places and starts n tasks of the group and reports them ready.
func (w *World) Run(g paas.ServerGroup, node paas.Node, n int) []paas.Task {
	w.t.Helper()
	var plan paas.FleetPlan
	for slot := 1; slot <= n; slot++ {
		plan.Create = append(plan.Create, paas.Task{GroupID: g.ID, Slot: slot, Attempt: 1})
	}
	w.Apply(plan)
	plan = paas.FleetPlan{}
	for _, t := range w.Tasks(g.ID) {
		plan.Place = append(plan.Place, paas.Placement{Task: t.ID, Node: node.ID, Why: "It is the only node."})
	}
	w.Apply(plan)
	for i, t := range w.Tasks(g.ID) {
		w.Report(paas.TaskReport{TaskID: t.ID, Fence: t.Fence, State: paas.TaskRunning, Ready: true, Address: fmt.Sprintf("10.0.%d.%d:8080", g.ID%250, i+1)})
	}
	return w.Tasks(g.ID)
}

// Tasks lists the tasks of a group.
func (w *World) Tasks(group int64) []paas.Task {
	w.t.Helper()
	tasks, err := w.GroupTasks(w.t.Context(), group)
	if err != nil {
		w.t.Fatal(err)
	}
	return tasks
}

// Report reports a task.
func (w *World) Report(r paas.TaskReport) {
	w.t.Helper()
	if err := w.ReportTask(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}
