package moves

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/placetest"
)

func TestDrainMovesInWavesWithinTheBudget(t *testing.T) {
	t.Parallel()
	nodes := []place.Node{{ID: "n1", Capacity: placetest.Cores(8)}, {ID: "n2", Capacity: placetest.Cores(8)}}
	var tasks []place.Task
	for i := range 3 {
		tasks = append(tasks, place.Task{ID: fmt.Sprint("web-", i), Job: "web", Demand: placetest.Cores(1), Node: "n1"})
	}
	tasks = append(tasks, place.Task{ID: "batch", Job: "batch", Tier: place.Flex, Demand: placetest.Cores(2), Node: "n1"})
	f := placetest.Fleet(t, nodes, tasks...)
	if err := f.SetJob(place.Job{ID: "web", MaxDisrupted: 2}); err != nil {
		t.Fatal(err)
	}
	got, err := Drain(f, placetest.Noon, "n1")
	if err != nil {
		t.Fatal(err)
	}
	want := Plan{
		Moves: []Move{{"web-0", "n1", "n2", 1}, {"web-1", "n1", "n2", 1}, {"web-2", "n1", "n2", 2}, {"batch", "n1", "n2", 1}},
		Freed: []string{"n1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestDrainSaysWhatIsStuck(t *testing.T) {
	t.Parallel()
	f := placetest.Fleet(t, []place.Node{{ID: "n1", Capacity: placetest.Cores(8)}, {ID: "n2", Capacity: placetest.Cores(2)}},
		place.Task{ID: "pinned", Job: "a", Demand: placetest.Cores(1), Node: "n1", Pinned: true},
		place.Task{ID: "large", Job: "b", Demand: placetest.Cores(4), Node: "n1"},
		place.Task{ID: "strict", Job: "c", Demand: placetest.Cores(1), Node: "n1"})
	if err := f.SetJob(place.Job{ID: "c"}); err != nil {
		t.Fatal(err)
	}
	got, err := Drain(f, placetest.Noon, "n1")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]place.Code{}
	for _, w := range got.Stuck {
		codes[w.Task] = w.Reason.Code
	}
	if want := (map[string]place.Code{"pinned": place.Unmovable, "large": place.NoFit, "strict": place.Budget}); !reflect.DeepEqual(codes, want) || len(got.Freed) != 0 {
		t.Errorf("got %v, freed %v, want %v", codes, got.Freed, want)
	}
}

func TestDefragmentationEmptiesTheEasiestNode(t *testing.T) {
	t.Parallel()
	f := placetest.Fleet(t, []place.Node{{ID: "n1", Capacity: placetest.Cores(8)}, {ID: "n2", Capacity: placetest.Cores(8)}, {ID: "n3", Capacity: placetest.Cores(8)}, {ID: "idle", Capacity: placetest.Cores(8)}},
		place.Task{ID: "a", Job: "a", Demand: placetest.Cores(6), Node: "n1"}, place.Task{ID: "b", Job: "b", Demand: placetest.Cores(2), Node: "n2"},
		place.Task{ID: "c", Job: "c", Demand: placetest.Cores(5), Node: "n3"})
	got := Defragment(f, placetest.Noon, 10)
	want := Plan{Moves: []Move{{"b", "n2", "n1", 1}}, Freed: []string{"n2"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := Defragment(f, placetest.Noon, 0); len(got.Moves) != 0 {
		t.Errorf("got %+v, want no move with a limit of none", got)
	}
}
