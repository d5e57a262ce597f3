package place

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Explain scores every node; Schedule leaves out what the index rules out.
// They must agree on the best node and its score.
func TestScheduleTakesWhatExplainRanksFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		opt := drawOptions(t)
		f, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Schedule(noon); err != nil {
			t.Fatal(err)
		}
		x := drawJob(t, "j0")
		x.ID, x.Team = "one more", "nobody"
		if err = f.SetTask(x); err != nil {
			t.Fatal(err)
		}
		ranking, err := f.Explain(x.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(p.Assignments, func(a Assignment) bool { return a.Task == x.ID })
		switch {
		case at < 0 && len(ranking) > 0 && slices.ContainsFunc(p.Waiting, func(v Waiting) bool { return v.Task == x.ID && v.Reason.Code == NoFit }):
			t.Fatalf("it waits, but Explain ranks %+v", ranking[0])
		case at > 0 || at == 0 && len(p.Assignments) > 1: // others went first
		case at == 0 && (len(ranking) == 0 || ranking[0].Node != p.Assignments[0].Node || ranking[0].Score != p.Assignments[0].Score):
			t.Fatalf("Schedule took %+v, Explain ranks %+v", p.Assignments[0], ranking)
		}
	})
}

func TestExplainGivesEachPartOfTheScore(t *testing.T) {
	t.Parallel()
	f := fleetOf(t, Options{Weights: Weights{Pack: .6, Image: .4}}, []Node{
		{ID: "n1", Capacity: cores(4)}, {ID: "n2", Capacity: cores(8), Images: []string{"app:1"}}, {ID: "n3", Capacity: cores(1)},
	}, Task{ID: "t", Job: "j", Image: "app:1", Demand: cores(2), Node: "n1"})
	got, err := f.Explain("t", 5)
	if err != nil {
		t.Fatal(err)
	}
	want := []Ranked{
		{"n2", .6*.25 + .4*1, []Part{{"fit", .6, .25}, {"image", .4, 1}}},
		{"n1", .6*.5 + .4*.01, []Part{{"fit", .6, .5}, {"image", .4, .01}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestWhatIfLeavesTheFleetAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		opt := drawOptions(t)
		opt.NoPreemption = false
		asked, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		untouched, err := w.fleet(opt, false)
		if err != nil {
			t.Fatal(err)
		}
		var job []Task
		for i := range rapid.IntRange(1, 3).Draw(t, "size") {
			x := drawJob(t, "what-if")
			x.ID = string(rune('x' + i))
			job = append(job, x)
		}
		answer, err := asked.WhatIf(noon, job...)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Assignments)+len(answer.Waiting) != len(job) || len(answer.Preemptions) > 0 {
			t.Fatalf("the answer is about other tasks: %+v", answer)
		}
		got, err := asked.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		want, err := untouched.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		got.Considered, want.Considered = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("after the question the plan is\n%+v\nwithout it\n%+v", got, want)
		}
	})
}
