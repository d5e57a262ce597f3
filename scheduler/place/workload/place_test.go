package workload

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

func schedule(tb testing.TB, nodes []place.Node, tasks []place.Task) place.Plan {
	f := place.New(place.Options{Nodes: len(nodes), Tasks: len(tasks)})
	for i := range nodes {
		if err := f.SetNode(nodes[i]); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range tasks {
		if err := f.SetTask(tasks[i]); err != nil {
			tb.Fatal(err)
		}
	}
	plan, err := f.Schedule(time.Unix(1e9, 0))
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

func placed(p place.Plan) map[string]string {
	m := map[string]string{}
	for _, a := range p.Assignments {
		m[a.Task] = a.Node
	}
	return m
}

func TestQuality(t *testing.T) {
	for _, w := range []struct {
		kind         Kind
		nodes, tasks int
	}{{Homo, 1000, 10000}, {Hetero, 1000, 1000}, {Hetero, 1000, 10000}, {Hetero, 5000, 10000}, {Constr, 1000, 10000}, {Hetero, 5000, 50000}} {
		nodes, tasks := Nodes(w.kind, w.nodes, 1), Tasks(w.kind, w.tasks, 1)
		ns, ts := Fleet(nodes, tasks)
		start := time.Now()
		p := schedule(t, ns, ts)
		d := time.Since(start)
		q := Judge(nodes, tasks, placed(p))
		t.Logf("%s %dx%d %.0f/s %+v waiting %d", w.kind, w.nodes, w.tasks, float64(q.Placed)/d.Seconds(), q, len(p.Waiting))
		if q.Violations > 0 {
			t.Error(q.First)
		}
		if len(p.Waiting) > 0 {
			t.Log(p.Waiting[0].Reason)
		}
	}
}
