package workload

import (
	"fmt"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
)

// noon is when every plan here is made.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func schedule(tb testing.TB, nodes []place.Node, tasks []place.Task) place.Plan {
	f := place.New(place.Options{Nodes: len(nodes), Tasks: len(tasks), Jobs: len(tasks)})
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
	plan, err := f.Schedule(noon)
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

// The floors are the goals of the benchmark; Fenzo's best fit places 9,937 and
// 9,856 of the second and fourth, and fills .857 of the third.
func TestQuality(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind          Kind
		nodes, tasks  int
		placed, using int // at least, at most
		fill          float64
	}{
		"a homogeneous fleet needs no node too many":         {Homo, 1000, 10000, 10000, 625, 1},
		"a mixed fleet 87 % full takes every task":           {Hetero, 1000, 10000, 10000, 1000, .93},
		"a sparse mixed fleet opens few nodes":               {Hetero, 5000, 10000, 10000, 1500, .94},
		"a constrained fleet takes every pinned task":        {Constr, 1000, 10000, 10000, 800, .83},
		"a tenth of the tasks fill as tightly":               {Hetero, 1000, 1000, 1000, 150, .92},
		"a large dense fleet takes every task":               {Hetero, 5000, 50000, 50000, 5000, .93},
		"a large constrained fleet takes all that has a GPU": {Constr, 5000, 50000, 49990, 4000, .9},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes, tasks := Nodes(tt.kind, tt.nodes, 1), Tasks(tt.kind, tt.tasks, 1)
			ns, ts := Fleet(nodes, tasks)
			q := Judge(nodes, tasks, placed(schedule(t, ns, ts)))
			if q.Violations > 0 || q.Placed < tt.placed || q.NodesUsed > tt.using || q.Fill < tt.fill {
				t.Errorf("got %+v, want no violations, %d placed on at most %d nodes, fill %v", q, tt.placed, tt.using, tt.fill)
			}
		})
	}
}

func BenchmarkSchedule(b *testing.B) {
	for _, w := range []struct {
		kind         Kind
		nodes, tasks int
	}{{Homo, 1000, 10000}, {Hetero, 1000, 10000}, {Hetero, 5000, 10000}, {Constr, 1000, 10000}, {Hetero, 5000, 50000}} {
		b.Run(fmt.Sprintf("%s/%dx%d", w.kind, w.nodes, w.tasks), func(b *testing.B) {
			ns, ts := Fleet(Nodes(w.kind, w.nodes, 1), Tasks(w.kind, w.tasks, 1))
			b.ReportAllocs()
			for b.Loop() {
				schedule(b, ns, ts)
			}
			b.ReportMetric(float64(w.tasks)*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}
