package place

import (
	"reflect"
	"testing"
)

func TestRemediesSayWhatWouldMakeItFit(t *testing.T) {
	t.Parallel()
	nodes := []Node{{ID: "n1", Zone: "a", Capacity: cores(4)}, {ID: "n2", Zone: "b", Capacity: cores(8)}}
	tests := map[string]struct {
		task Task
		want []string
	}{
		"what fits needs no remedy": {Task{ID: "t", Job: "t", Demand: cores(8)}, nil},
		"a pin to a small zone": {
			Task{ID: "t", Job: "t", Demand: cores(6), Require: []Constraint{In(KeyZone, "a")}},
			[]string{`It would fit without the constraint "zone in a".`, "It would fit on n1 if it asked for 4 cores."},
		},
		"more than any node has": {Task{ID: "t", Job: "t", Demand: cores(9)}, []string{"It would fit on n2 if it asked for 8 cores."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedies, err := fleetOf(t, Options{}, nodes).Remedies(noon, tt.task)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range remedies {
				got = append(got, r.Sentence)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
