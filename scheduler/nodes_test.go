package scheduler

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

func TestStatesHaveTimeLimits(t *testing.T) {
	t.Parallel()
	once := func(t *paas.Task) { t.Spec.Once = true }
	slow := func(t *paas.Task) { t.Spec.StartTimeout = time.Hour } // until ready, which comes after starting
	asked := func(t *paas.Task) { t.Stop, t.StopAt, t.Since = true, noon, noon.Add(-time.Hour) }
	tests := map[string]struct {
		state  paas.State
		change func(*paas.Task)
		limit  time.Duration // 0: none
	}{
		"placed: 300 s":                                  {state: paas.TaskPlaced, limit: 300 * time.Second},
		"placed to run once: 300 s":                      {state: paas.TaskPlaced, change: once, limit: 300 * time.Second},
		"a starting service: 300 s":                      {state: paas.TaskStarting, limit: 300 * time.Second},
		"a starting service that is slow to get ready":   {state: paas.TaskStarting, change: slow, limit: 300 * time.Second},
		"starting to run once: 720 s":                    {state: paas.TaskStarting, change: once, limit: 720 * time.Second},
		"stopping: 600 s twice":                          {state: paas.TaskStopping, limit: 1200 * time.Second},
		"running, deaf to its stop: 600 s twice as well": {state: paas.TaskRunning, change: asked, limit: 1200 * time.Second},
		"running: for ever":                              {state: paas.TaskRunning},
		"accepted: for ever":                             {state: paas.TaskAccepted},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fleet()
			s.Groups[0].Wanted = 1
			is := task(1, 1, tt.state)
			if tt.state == paas.TaskAccepted {
				is.NodeID, is.Resources.MemoryBytes = 0, 1<<40
			}
			if tt.change != nil {
				tt.change(&is)
			}
			s.Tasks = []paas.Task{is}
			ends := func(after time.Duration) bool {
				s.Nodes[0].SeenAt = noon.Add(after)
				return slices.ContainsFunc(decide(t, s, noon.Add(after)).Finish, func(f paas.Finish) bool { return f.Task == 1 && f.Reason == paas.ReasonStuck })
			}
			if tt.limit == 0 {
				if ends(1000 * time.Hour) {
					t.Error("it was ended")
				}
				return
			}
			if ends(tt.limit - time.Microsecond) {
				t.Errorf("it was ended before %s", tt.limit)
			}
			if !ends(tt.limit) {
				t.Errorf("it was not ended after %s", tt.limit)
			}
		})
	}
}

func TestADeciderSaysWhenTimeAloneDecides(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*paas.FleetSnapshot)
		due    time.Duration // after noon
	}{
		"a node is suspected 15 s after it was heard of": {func(*paas.FleetSnapshot) {}, 15 * time.Second},
		"a suspected node is lost after 20 s":            {func(s *paas.FleetSnapshot) { s.Nodes[0].SeenAt = noon.Add(-16 * time.Second) }, 4 * time.Second},
		"a restart is due when its pause is over": {func(s *paas.FleetSnapshot) {
			t := task(1, 1, paas.TaskAccepted)
			t.NodeID, t.NotBefore = 0, noon.Add(8*time.Second)
			s.Tasks = append(s.Tasks, t)
		}, 8 * time.Second},
		"a placed task that does not start has its limit": {func(s *paas.FleetSnapshot) {
			t := task(1, 1, paas.TaskPlaced)
			t.Since = noon.Add(-299 * time.Second)
			s.Tasks = append(s.Tasks, t)
		}, time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fleet()
			tt.change(&s)
			var d Decider
			d.Begin(s)
			if _, err := d.Decide(noon); err != nil {
				t.Fatal(err)
			}
			if got := d.Due().Sub(noon); got != tt.due {
				t.Errorf("the next decision is due after %s, want %s", got, tt.due)
			}
		})
	}
}

func TestASilentNode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		silent      time.Duration
		takes, lost bool
	}{
		"heard of just now":  {0, true, false},
		"silent for 14.9 s":  {14900 * time.Millisecond, true, false},
		"suspected at 15 s":  {15 * time.Second, false, false},
		"silent for 19.9 s":  {19900 * time.Millisecond, false, false},
		"given up at 20 s":   {20 * time.Second, false, true},
		"silent for an hour": {time.Hour, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fleet()
			s.Groups[0].Wanted = 3
			s.Nodes[0].SeenAt = noon.Add(-tt.silent)
			for id := int64(2); id <= 3; id++ { // others, which have no room
				s.Nodes = append(s.Nodes, paas.Node{ID: id, State: paas.NodeReady, SeenAt: noon})
			}
			running, waits := task(1, 1, paas.TaskRunning), task(2, 2, paas.TaskAccepted)
			waits.NodeID = 0
			s.Tasks = []paas.Task{running, waits}
			plan := decide(t, s, noon)
			if takes := len(plan.Place) == 1; takes != tt.takes {
				t.Errorf("it gets tasks: %v, want %v", takes, tt.takes)
			}
			if len(plan.Create) != 1 || (plan.Create[0].NodeID == 1) != tt.takes {
				t.Errorf("new tasks are %+v", plan.Create)
			}
			lost := len(plan.Nodes) == 1 && plan.Nodes[0].State == paas.NodeLost
			ended := len(plan.Finish) == 1 && plan.Finish[0].Task == 1 && plan.Finish[0].Reason == paas.ReasonNodeLost
			if lost != tt.lost || ended != tt.lost {
				t.Errorf("it is given up: %v, its task ended: %v, want both %v", lost, ended, tt.lost)
			}
		})
	}
}

func TestALostNodesTasksAreReplaced(t *testing.T) {
	t.Parallel()
	s := fleet()
	s.Nodes[0].State, s.Nodes[0].SeenAt = paas.NodeLost, noon.Add(-time.Minute)
	s.Nodes = append(s.Nodes, s.Nodes[0], s.Nodes[0])
	for i := range s.Nodes[1:] {
		s.Nodes[i+1].ID, s.Nodes[i+1].State, s.Nodes[i+1].SeenAt = int64(i+2), paas.NodeReady, noon
	}
	left := task(1, 1, paas.TaskRunning)
	over := task(2, 2, paas.TaskFinished)
	over.Reason, over.FinishedAt = paas.ReasonNodeLost, noon
	s.Tasks, s.Finished = []paas.Task{left}, []paas.Task{over}
	plan := decide(t, s, noon)
	if len(plan.Finish) != 1 || plan.Finish[0].Task != 1 {
		t.Errorf("what is still on the lost node is not ended: %+v", plan.Finish)
	}
	if len(plan.Create) != 1 || plan.Create[0].Slot != 2 || plan.Create[0].NodeID == 0 || plan.Create[0].NodeID == 1 || plan.Create[0].Attempt != 1 {
		t.Errorf("what was on it is replaced by %+v", plan.Create)
	}
}

// TestNodesAreGivenUpSlowly lets a minute pass in which some of the nodes are silent.
func TestNodesAreGivenUpSlowly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		nodes, silent int
		lost          []int // seconds after noon
	}{
		"one of two, which is half of them":   {2, 1, []int{20}},
		"one at a time":                       {20, 4, []int{20, 30, 40, 50}},
		"none while 55 % are silent":          {20, 11, nil},
		"half of them, one after the other":   {20, 10, []int{20, 30, 40, 50, 60}},
		"none while all are silent":           {3, 3, nil},
		"none while the only one is silent":   {1, 1, nil},
		"none while two of three are silent":  {3, 2, nil},
		"none while all of them are heard of": {5, 0, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s paas.FleetSnapshot
			for i := range tt.nodes {
				s.Nodes = append(s.Nodes, paas.Node{ID: int64(i + 1), Name: fmt.Sprint(i + 1), State: paas.NodeReady, SeenAt: noon})
			}
			var d Decider
			d.Begin(s)
			var lost []int
			for second := range 61 {
				now := noon.Add(time.Duration(second) * time.Second)
				var changes paas.FleetChanges
				for i := range s.Nodes[tt.silent:] {
					n := &s.Nodes[tt.silent+i]
					n.SeenAt = now
					changes.Nodes = append(changes.Nodes, *n)
				}
				d.Learn(changes)
				plan, err := d.Decide(now)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range plan.Nodes {
					lost = append(lost, second)
					s.Nodes[m.Node-1].State = m.State
					d.Learn(paas.FleetChanges{Nodes: []paas.Node{s.Nodes[m.Node-1]}})
				}
			}
			if !slices.Equal(lost, tt.lost) {
				t.Errorf("given up after %v s, want %v", lost, tt.lost)
			}
		})
	}
}

func TestAPlanIsNotLongerThanATransactionMayBe(t *testing.T) {
	t.Parallel()
	s := fleet()
	s.Nodes[0].Capacity = paas.Resources{CPUMillis: 1 << 30, MemoryBytes: 1 << 47, DiskBytes: 1 << 47}
	s.Groups[0].Wanted = 1200
	var d Decider
	d.Begin(s)
	var created []int
	for id := int64(0); ; {
		plan, err := d.Decide(noon)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Empty() {
			break
		}
		created = append(created, len(plan.Create))
		if more := len(created) < 3; more != d.Due().Equal(noon) {
			t.Errorf("after %d plans the next is due at %s", len(created), d.Due())
		}
		changes := paas.FleetChanges{Groups: s.Groups}
		for _, c := range plan.Create {
			id++
			row := task(id, c.Slot, paas.TaskPlaced)
			changes.Tasks = append(changes.Tasks, row)
		}
		d.Learn(changes)
	}
	if want := []int{500, 500, 200}; !slices.Equal(created, want) {
		t.Errorf("tasks were made in plans of %v, want %v", created, want)
	}
}
