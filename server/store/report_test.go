package store_test

import (
	"sync"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// TestReportsThatComeTogetherAreTheirCallers reports about many tasks at once, some of it wrong: each caller hears of its
// own report only, and one that the database refuses holds up no other.
func TestReportsThatComeTogetherAreTheirCallers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		g := group(t, w, w.App("shop"), 30)
		tasks := w.Run(g, w.Node("one"), 30)
		var calls sync.WaitGroup
		for i, task := range tasks {
			calls.Go(func() {
				r := paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonFailed, ExitCode: 1}
				switch i % 10 {
				case 0: // of an older placement
					r.Fence--
					if err := s.ReportTask(t.Context(), r); paas.KindOf(err) != paas.Conflict {
						t.Errorf("an older placement's report: %v, want a conflict", err)
					}
				case 1: // a reason that the database does not know
					r.Reason = "bored"
					if err := s.ReportTask(t.Context(), r); err == nil {
						t.Error("a report that breaks a rule of the database was taken")
					}
				case 2:
					r.TaskID = 1 << 40
					if err := s.ReportTask(t.Context(), r); paas.KindOf(err) != paas.NotFound {
						t.Errorf("a report of no task: %v, want that it is not found", err)
					}
				default:
					if err := s.ReportTask(t.Context(), r); err != nil {
						t.Errorf("report: %v", err)
					}
				}
			})
		}
		calls.Wait()
		for i, task := range w.Tasks(g.ID) {
			if over := task.State == paas.TaskFinished; over != (i%10 > 2) {
				t.Errorf("task %d is %s", i, task.State)
			}
		}
	})
}

func TestATaskIsCreatedOnItsNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		node := w.Node("one")
		g := group(t, w, w.App("shop"), 3)
		w.Apply(paas.FleetPlan{Create: []paas.Task{
			{GroupID: g.ID, Slot: 1, NodeID: node.ID}, {GroupID: g.ID, Slot: 2, Waiting: &paas.WaitingReason{Sentence: "Needs 1 GiB."}}, {GroupID: g.ID, Slot: 3, NodeID: node.ID},
		}})
		tasks := w.Tasks(g.ID)
		if len(tasks) != 3 {
			t.Fatalf("made %d tasks, want 3", len(tasks))
		}
		first, second, third := tasks[0], tasks[1], tasks[2]
		if first.State != paas.TaskPlaced || first.NodeID != node.ID || first.Fence == 0 || first.PlacedAt.IsZero() || third.Fence <= first.Fence {
			t.Errorf("placed at once: %+v and %+v", first, third)
		}
		if second.State != paas.TaskAccepted || second.NodeID != 0 || second.Waiting == nil {
			t.Errorf("without a node: %+v", second)
		}
	})
}
