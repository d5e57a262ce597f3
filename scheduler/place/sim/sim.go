package sim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/scheduler/place/scale"
	"github.com/slipway-paas/slipway/scheduler/place/workload"
)

// world is the simulator's own books.
type world struct {
	s     Scenario
	fleet *place.Fleet
	rand  workload.Rand
	now   time.Time

	nodes   map[string]*machine
	tasks   map[string]*job
	groups  []scale.Group
	booting []boot
	serial  int
	report  Report
	waits   [2][]time.Duration
}

type machine struct {
	place.Node
	used  place.Resources
	tasks map[string]*job
}

type job struct {
	place.Task
	run    time.Duration
	ends   time.Time
	gone   time.Time // when a displaced one has stopped
	placed bool      // at least once
}

type boot struct {
	group, zone string
	ready       time.Time
}

// Run plays a scenario.
func Run(s Scenario) (Report, error) {
	w := &world{
		s: s, fleet: place.New(s.Options), rand: workload.Rand(s.Seed), now: start, nodes: map[string]*machine{}, tasks: map[string]*job{},
		groups: slices.Clone(s.Groups), report: Report{Scenario: s.Name},
	}
	for at := time.Duration(0); at <= s.Length; at += tick {
		w.now = start.Add(at)
		if err := w.step(at); err != nil {
			return Report{}, fmt.Errorf("%s at %s: %w", s.Name, at, err)
		}
	}
	for tier := range w.waits {
		w.report.WaitP50[tier], w.report.WaitP99[tier] = percentile(w.waits[tier], 50), percentile(w.waits[tier], 99)
	}
	n := float64(len(w.report.Samples))
	for _, x := range w.report.Samples {
		w.report.Utilisation += x.CPU / n
		w.report.Fragmentation += x.Fragmentation / n
	}
	return w.report, nil
}

func (w *world) step(at time.Duration) error {
	if err := w.end(); err != nil {
		return err
	}
	if err := w.machines(at); err != nil {
		return err
	}
	if err := w.arrive(); err != nil {
		return err
	}
	plan, err := w.fleet.Schedule(w.now)
	if err != nil {
		return err
	}
	if err := w.carryOut(plan); err != nil {
		return err
	}
	if at%scaleEvery == 0 {
		if err := w.scale(); err != nil {
			return err
		}
	}
	if w.s.DefragEvery > 0 && at > 0 && at%w.s.DefragEvery == 0 {
		if err := w.defrag(); err != nil {
			return err
		}
	}
	w.report.Cost += w.costPerHour() * tick.Hours()
	w.report.NodeHours += float64(len(w.nodes)) * tick.Hours()
	if at%sample == 0 {
		w.report.Samples = append(w.report.Samples, w.look(at))
	}
	return nil
}

// end lets tasks end and displaced ones stop and wait again.
func (w *world) end() error {
	for _, id := range slices.Sorted(maps.Keys(w.tasks)) {
		t := w.tasks[id]
		switch {
		case t.Node == "":
		case t.Leaving && !t.gone.After(w.now):
			if err := w.requeue(t); err != nil {
				return err
			}
		case !t.Leaving && !t.ends.After(w.now):
			w.off(t)
			w.fleet.RemoveTask(id)
			delete(w.tasks, id)
			w.report.Finished++
		}
	}
	return nil
}

// requeue takes a task off its node and lets it wait from now on.
func (w *world) requeue(t *job) error {
	w.off(t)
	t.Leaving, t.ReadyAt = false, w.now
	return w.fleet.SetTask(t.Task)
}

func (w *world) off(t *job) {
	m := w.nodes[t.Node]
	delete(m.tasks, t.ID)
	m.used.CPU -= t.Demand.CPU
	m.used.Memory -= t.Demand.Memory
	t.Node = ""
	if len(m.tasks) == 0 {
		m.IdleSince = w.now
	}
}

// arrive draws new tasks.
func (w *world) arrive() error {
	for range w.events(w.s.ArrivalsPerMinute * tick.Minutes()) {
		w.serial++
		t := &job{run: time.Duration(w.exponential() * float64(w.s.MeanRun))}
		cores := []int64{250, 500, 1000, 2000, 4000}[w.rand.Intn(5)]
		t.Task = place.Task{
			ID: fmt.Sprintf("t%06d", w.serial), Job: fmt.Sprintf("j%04d", w.serial/4), Tier: place.Flex, Team: []string{"red", "blue", "green"}[w.rand.Intn(3)],
			Demand: place.Resources{CPU: cores, Memory: cores * []int64{2, 4, 8}[w.rand.Intn(3)] * gib / 1000}, ReadyAt: w.now,
		}
		if w.chance(w.s.CriticalShare) {
			t.Tier = place.Critical
			t.Prefer = []place.Preference{{Constraint: place.Balanced(place.KeyZone, 3), Weight: 1}}
		}
		w.tasks[t.ID] = t
		w.report.Arrived++
		if err := w.fleet.SetTask(t.Task); err != nil {
			return err
		}
	}
	return nil
}

// carryOut starts and stops what a plan says, and checks it.
func (w *world) carryOut(p place.Plan) error {
	for _, a := range p.Assignments {
		t, m := w.tasks[a.Task], w.nodes[a.Node]
		if t == nil || m == nil || t.Node != "" || m.State != place.Ready {
			return fmt.Errorf("%s cannot start on %s", a.Task, a.Node)
		}
		if t.placed {
			w.report.Restarted++
		} else {
			w.waits[t.Tier] = append(w.waits[t.Tier], w.now.Sub(t.ReadyAt))
		}
		t.placed = true
		t.ends = w.now.Add(t.run)
		w.report.Started++
		if err := w.on(t, m); err != nil {
			return err
		}
	}
	for _, v := range p.Preemptions {
		t := w.tasks[v.Task]
		if t.Tier != place.Flex {
			return fmt.Errorf("%s is displaced and critical", v.Task)
		}
		t.Leaving, t.gone = true, w.now.Add(stopTakes)
		w.report.Preempted++
	}
	return nil
}

func (w *world) on(t *job, m *machine) error {
	t.Node = m.ID
	m.tasks[t.ID] = t
	m.used.CPU += t.Demand.CPU
	m.used.Memory += t.Demand.Memory
	m.IdleSince = time.Time{}
	if m.used.CPU > m.Capacity.CPU || m.used.Memory > m.Capacity.Memory {
		return fmt.Errorf("%s is over its capacity", m.ID)
	}
	return nil
}

// events draws how many events of a rate happen in a tick.
func (w *world) events(mean float64) int {
	n := 0
	for p := w.unit(); p > math.Exp(-mean); p *= w.unit() {
		n++
	}
	return n
}

func (w *world) unit() float64         { return float64(w.rand.Next()>>11) / (1 << 53) }
func (w *world) exponential() float64  { return -math.Log(1 - w.unit()) }
func (w *world) chance(p float64) bool { return w.unit() < p }
