package scheduler

import (
	"time"

	"github.com/slipway-paas/slipway/scheduler/place"
	"github.com/slipway-paas/slipway/server/paas"
)

// mostRows is about how many rows one plan writes: a transaction of that many takes about a tenth of a second, and
// executors' reports and heartbeats wait for it. The next pass goes on with the rest.
const mostRows = 500

// Decider keeps the fleet as the records and the placement library have it, and decides what to change. It is told of
// everything once (Begin, which must come first), then of changes (Learn), and looks only at what they concern. One that
// is told everything anew decides the same, only slower.
type Decider struct {
	picture
	fleet *place.Fleet
	told  map[int64]known // what the fleet was last told of each node
	timed set             // tasks about which time alone may decide something

	now time.Time
	due time.Time // when time alone changes something next; zero for never
	// lost is when a node was last given up. It outlives Begin: giving up is slow on purpose.
	lost time.Time

	// The plan in the making.
	plan   paas.FleetPlan
	ending set // tasks that it ends
	again  set // groups that it does not finish with
}

// known is what placement depends on of a node.
type known struct {
	state              place.NodeState
	capacity, reserved paas.Resources
}

// Begin forgets what was known and takes in the whole fleet.
func (d *Decider) Begin(s paas.FleetSnapshot) {
	d.begin(s)
	d.fleet = place.New(place.Options{Nodes: len(s.Nodes), Tasks: len(s.Tasks), Jobs: len(s.Groups)})
	d.told, d.timed = map[int64]known{}, set{}
}

// Learn takes in what changed since. It reports whether the mark that came along is that of what the Decider has; if not, something was missed and Begin must come next.
func (d *Decider) Learn(c paas.FleetChanges) bool {
	d.learn(c)
	return c.Mark == nil || *c.Mark == d.mark(c.Part)
}

// Knows reports whether Learn need not be told of a group's last tasks.
func (d *Decider) Knows(group int64) bool {
	g := d.groups[group]
	return g != nil && g.whole
}

// Due is when the next decision may be due although nothing changes; zero for never.
func (d *Decider) Due() time.Time { return d.due }

// Decide makes the plan of one pass as of now. It is deterministic and reads no clock.
func (d *Decider) Decide(now time.Time) (paas.FleetPlan, error) {
	if now.After(d.now) { // a clock that was set back must not stop the scheduler
		d.now = now
	}
	d.due = time.Time{}
	d.plan, d.ending, d.again = paas.FleetPlan{Wait: map[int64]paas.WaitingReason{}}, set{}, set{}
	d.watchNodes()
	d.strand()
	d.overdue()
	d.replicas()
	if err := d.tell(); err != nil {
		return paas.FleetPlan{}, err
	}
	retell, err := d.place()
	if err != nil {
		return paas.FleetPlan{}, err
	}
	d.freshGroups, d.freshTasks = d.again, retell
	return d.plan, nil
}

// full reports whether the plan has as many rows as it may; then the next pass is due at once.
func (d *Decider) full() bool {
	if d.plan.Rows() < mostRows {
		return false
	}
	d.wake(d.now)
	return true
}

// wake notes when a decision is due.
func (d *Decider) wake(at time.Time) {
	if d.due.IsZero() || at.Before(d.due) {
		d.due = at
	}
}

// finish ends a task in the books.
func (d *Decider) finish(id int64, reason paas.TaskReason, detail string) {
	if !d.ending[id] && !d.full() {
		d.ending[id] = true
		d.plan.Finish = append(d.plan.Finish, paas.Finish{Task: id, Reason: reason, Detail: detail})
	}
}
