package anchor

import (
	"fmt"
	"testing"

	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

func judge(nodes []workload.Node, tasks []workload.Task, out []int32) workload.Quality {
	placed := map[string]string{}
	for i, at := range out {
		if at >= 0 {
			placed[tasks[i].ID] = nodes[at].ID
		}
	}
	return workload.Judge(nodes, tasks, placed)
}

// The figures are those that the published limit reaches on the same inputs.
func TestTheAnchorDoesTheWholeJob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind                 workload.Kind
		nodes, tasks, placed int
		used                 int
	}{{workload.Homo, 1000, 10000, 10000, 625}, {workload.Hetero, 1000, 10000, 9939, 1000}, {workload.Hetero, 5000, 10000, 10000, 1790}, {workload.Constr, 1000, 10000, 9856, 828}}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %d nodes", tt.kind, tt.nodes), func(t *testing.T) {
			t.Parallel()
			nodes, tasks := workload.Nodes(tt.kind, tt.nodes, 1), workload.Tasks(tt.kind, tt.tasks, 1)
			out := make([]int32, len(tasks))
			if tt.kind == workload.Constr {
				wishes, services := Wishes(tasks)
				NewScan(nodes).Place(NewDemand(tasks), wishes, make([][3]int32, services), out)
			} else {
				NewIndex(nodes).Place(NewDemand(tasks), out)
			}
			if q := judge(nodes, tasks, out); q.Violations > 0 || q.Placed != tt.placed || q.NodesUsed != tt.used {
				t.Errorf("got %+v, want %d placed on %d nodes", q, tt.placed, tt.used)
			}
		})
	}
}

func BenchmarkPlace(b *testing.B) {
	for _, s := range []struct {
		kind         workload.Kind
		nodes, tasks int
	}{{workload.Homo, 1000, 10000}, {workload.Hetero, 1000, 10000}, {workload.Hetero, 5000, 10000}, {workload.Constr, 1000, 10000}, {workload.Hetero, 5000, 50000}} {
		b.Run(fmt.Sprintf("%s/%dx%d", s.kind, s.nodes, s.tasks), func(b *testing.B) {
			nodes, tasks := workload.Nodes(s.kind, s.nodes, 1), workload.Tasks(s.kind, s.tasks, 1)
			demand, out := NewDemand(tasks), make([]int32, s.tasks)
			wishes, services := Wishes(tasks)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				index, scan, zones := NewIndex(nodes), NewScan(nodes), make([][3]int32, services)
				b.StartTimer()
				if s.kind == workload.Constr {
					scan.Place(demand, wishes, zones, out)
				} else {
					index.Place(demand, out)
				}
			}
			b.ReportMetric(float64(s.tasks)*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}
