package place

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	one := cores(1)
	tests := map[string][]Task{
		"a critical task goes before a flex one of higher priority": {
			{ID: "1", Job: "a", Demand: one}, {ID: "2", Job: "b", Tier: Flex, Priority: 9, Demand: one}},
		"a higher priority goes first":       {{ID: "1", Job: "a", Priority: 2, Demand: one}, {ID: "0", Job: "b", Priority: 1, ReadyAt: ago(time.Hour), Demand: one}},
		"the oldest goes first":              {{ID: "1", Job: "a", ReadyAt: ago(time.Minute), Demand: one}, {ID: "0", Job: "b", ReadyAt: ago(time.Second), Demand: one}},
		"what few nodes can take goes first": {{ID: "1", Job: "a", Require: []Constraint{In(KeyZone, "a")}, Demand: one}, {ID: "0", Job: "b", Demand: one}},
		"the larger goes first":              {{ID: "1", Job: "a", Demand: cores(2)}, {ID: "0", Job: "b", Demand: one}},
		"at last the id decides":             {{ID: "1", Job: "a", Demand: one}, {ID: "2", Job: "b", Demand: one}},
		"a team with less in use goes first": {{ID: "1", Job: "a", Team: "b", Demand: one}, {ID: "0", Job: "b", Team: "a", ReadyAt: ago(time.Hour), Demand: one}},
	}
	for name, tasks := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := []Node{{ID: "n1", Zone: "a", Capacity: cores(8)}, {ID: "n2", Zone: "b", Capacity: cores(8)}}
			f := fleetOf(t, Options{}, nodes, Task{ID: "old", Job: "o", Team: "a", Demand: cores(1), Node: "n2"})
			for i := len(tasks) - 1; i >= 0; i-- {
				if err := f.SetTask(tasks[i]); err != nil {
					t.Fatal(err)
				}
			}
			if p := planOf(t, f); len(p.Assignments) != 2 || p.Assignments[0].Task != tasks[0].ID {
				t.Errorf("got %+v, want %s first", p.Assignments, tasks[0].ID)
			}
		})
	}
}

func TestPastUseCountsAndFades(t *testing.T) {
	t.Parallel()
	if got := Decayed(.8, 2*time.Hour, time.Hour); !near(got, .2) {
		t.Errorf("got %v after two half-lives, want .2", got)
	}
	f := fleetOf(t, Options{}, []Node{{ID: "n", Capacity: cores(1)}},
		Task{ID: "a", Job: "a", Team: "a", Demand: cores(1)}, Task{ID: "b", Job: "b", Team: "b", Demand: cores(1)})
	if err := f.SetTeam(Team{ID: "a", PastUse: .1}); err != nil {
		t.Fatal(err)
	}
	if p := planOf(t, f); p.Assignments[0].Task != "b" {
		t.Errorf("got %+v, want b: a has used much lately", p.Assignments)
	}
}

func TestRemainingIsWhatIsNotGuaranteed(t *testing.T) {
	t.Parallel()
	got := Remaining(cores(100), []Resources{cores(40), cores(20)}, []Resources{cores(10), cores(30)})
	if !reflect.DeepEqual(got, cores(30)) {
		t.Errorf("got %+v, want 30 cores: 100 - (40 + 30)", got)
	}
}

func TestIdleGuaranteesAreLentUnlessKept(t *testing.T) {
	t.Parallel()
	for keep, want := range map[bool]int{false: 4, true: 1} {
		t.Run(fmt.Sprintf("kept %v", keep), func(t *testing.T) {
			t.Parallel()
			f := fleetOf(t, Options{KeepGuarantees: keep}, []Node{{ID: "n", Capacity: cores(4)}})
			if err := f.SetTeam(Team{ID: "owner", Guarantee: cores(3)}); err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				if err := f.SetTask(Task{ID: fmt.Sprint(i), Job: "j", Team: "borrower", Demand: cores(1)}); err != nil {
					t.Fatal(err)
				}
			}
			p := planOf(t, f)
			if len(p.Assignments) != want {
				t.Errorf("placed %d, want %d", len(p.Assignments), want)
			}
			for _, w := range p.Waiting {
				if w.Reason.Code != Guarantees {
					t.Errorf("got %s: %s", w.Reason.Code, w.Reason)
				}
			}
		})
	}
}

// Teams with the same endless demand end with the shares they are guaranteed.
func TestSharesFollowGuarantees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := New(Options{})
		if err := f.SetNode(Node{ID: "n", Capacity: cores(60)}); err != nil {
			t.Fatal(err)
		}
		sum := 0
		var parts []int
		for i := range rapid.IntRange(2, 4).Draw(t, "teams") {
			part := rapid.IntRange(1, 5).Draw(t, "part")
			parts, sum = append(parts, part), sum+part
			if err := f.SetTeam(Team{ID: fmt.Sprint(i), Guarantee: cores(float64(part))}); err != nil {
				t.Fatal(err)
			}
			for k := range 60 {
				if err := f.SetTask(Task{ID: fmt.Sprint(i, "-", k), Job: "j", Team: fmt.Sprint(i), Demand: cores(1)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		p, err := f.Schedule(noon)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, a := range p.Assignments {
			got[a.Task[:1]]++
		}
		for i, part := range parts {
			fair := 60 * float64(part) / float64(sum)
			if n := float64(got[fmt.Sprint(i)]); n < fair-2 || n > fair+2 {
				t.Fatalf("team %d of %v got %v of 60 cores, fair is %v", i, parts, n, fair)
			}
		}
	})
}

// The digits of the sorting put a queue in the documented order.
func TestQueueOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := New(Options{})
		for i := range 3 {
			if err := f.SetNode(Node{ID: fmt.Sprint("n", i), Zone: string(rune('a' + i)), Capacity: Resources{CPU: 4000, Memory: int64(i+1) << 30}}); err != nil {
				t.Fatal(err)
			}
		}
		given := map[string]Task{}
		for i := range rapid.IntRange(0, 30).Draw(t, "tasks") {
			x := Task{
				ID: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "letter"), "-", i), Job: "j",
				Team:     rapid.SampledFrom([]string{"", "b", "aa"}).Draw(t, "team"),
				Tier:     rapid.SampledFrom([]Tier{Critical, Flex}).Draw(t, "tier"),
				Priority: rapid.SampledFrom([]int{0, 0, 1, -1, 300, math.MinInt, math.MaxInt}).Draw(t, "priority"),
				ReadyAt:  rapid.SampledFrom([]time.Time{{}, noon, noon.Add(-1), noon.Add(time.Hour), time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC)}).Draw(t, "ready"),
				Demand:   Resources{CPU: rapid.Int64Range(0, 3).Draw(t, "cpu") * 1000, Memory: rapid.SampledFrom([]int64{0, 1 << 30, 2 << 30, 3 << 30}).Draw(t, "memory")},
			}
			if rapid.Bool().Draw(t, "pinned to a zone") {
				x.Require = []Constraint{In(KeyZone, "a", "b")}
			}
			if err := f.SetTask(x); err != nil {
				t.Fatal(err)
			}
			given[x.ID] = x
		}
		f.round++
		queue := slices.Clone(f.waiting)
		f.sortQueue(queue)
		roomy := func(i int32) int32 { return f.specs[f.tasks[i].spec].roomy }
		for n := 1; n < len(queue); n++ {
			a, b := given[f.taskID(queue[n-1])], given[f.taskID(queue[n])]
			if cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Team, b.Team), cmp.Compare(b.Priority, a.Priority), a.ReadyAt.Compare(b.ReadyAt),
				cmp.Compare(roomy(queue[n-1]), roomy(queue[n])), cmp.Compare(b.Demand.CPU, a.Demand.CPU), cmp.Compare(b.Demand.Memory, a.Demand.Memory),
				cmp.Compare(a.ID, b.ID)) >= 0 {
				t.Fatalf("%+v comes before %+v", a, b)
			}
		}
	})
}
