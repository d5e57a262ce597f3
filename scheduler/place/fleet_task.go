package place

import "time"

// task is a Task as the planner keeps it: numbers for everything shared.
type task struct {
	id       string
	gang     string
	gangSize int32
	live     bool
	leaving  bool
	pinned   bool
	claimed  bool // seated only until the round ends
	tier     Tier
	priority int64
	ready    int64 // nanoseconds, see nanos
	job      int32
	team     int32
	spec     int32
	node     int32 // none while it waits
	place    int32 // its index in Fleet.waiting

	nextOnNode, prevOnNode int32
	nextInJob, prevInJob   int32 // among placed tasks of the job
}

// job is what the tasks of a job use.
type job struct {
	id      string
	limits  *Job // nil without SetJob
	refs    int32
	used    vec
	placed  int32
	leaving int32
	first   int32 // placed tasks, a list
}

// team is a Team and what its tasks use in each tier.
type team struct {
	Team
	limited bool // has a quota
	used    [tiers]vec
	placed  int32
}

type gang struct{ known, placed int32 }

// SetTask adds a task or replaces what is known of it. A task with a Node is
// taken to be there, whether or not it would be placed there today. An
// *InputError names the field that is wrong, and nothing has changed then.
func (f *Fleet) SetTask(in Task) error {
	at := none
	if in.Node != "" {
		i, ok := f.nodeAt[in.Node]
		if !ok {
			return invalid("Task.Node", "is not a known node: %q", in.Node)
		}
		at = i
	}
	if err := in.check(); err != nil {
		return err
	}
	i, known := f.taskAt[in.ID]
	if known {
		f.dropTask(i)
	} else {
		i = take(&f.tasks, &f.noTasks)
		f.taskAt[in.ID] = i
	}
	t := &f.tasks[i]
	*t = task{
		id: in.ID, gang: in.Gang, gangSize: int32(in.GangSize), live: true, pinned: in.Pinned,
		tier: in.Tier, priority: int64(in.Priority), ready: nanos(in.ReadyAt),
		job: f.jobOf(in.Job), team: f.teamOf(in.Team), spec: f.specOf(&in), node: none, place: none,
	}
	f.jobs[t.job].refs++
	if t.gang != "" {
		g := f.gangs[t.gang]
		if g == nil {
			g = &gang{}
			f.gangs[t.gang] = g
		}
		g.known++
	}
	if at == none {
		f.wait(i)
		return nil
	}
	f.attach(i, at)
	if in.Leaving {
		f.leave(i)
	}
	f.ctx.drop()
	return nil
}

// RemoveTask forgets a task, wherever it was. One that is not known is no error.
func (f *Fleet) RemoveTask(id string) {
	i, ok := f.taskAt[id]
	if !ok {
		return
	}
	f.dropTask(i)
	delete(f.taskAt, id)
	f.tasks[i] = task{}
	f.noTasks = append(f.noTasks, i)
}

// dropTask undoes what SetTask did, leaving the slot and its name.
func (f *Fleet) dropTask(i int32) {
	t := &f.tasks[i]
	if t.node != none {
		f.detach(i)
		f.ctx.drop()
	} else {
		f.unwait(i)
	}
	if t.gang != "" {
		if g := f.gangs[t.gang]; g.known == 1 {
			delete(f.gangs, t.gang)
		} else {
			g.known--
		}
	}
	j := &f.jobs[t.job]
	if j.refs--; j.refs == 0 && j.limits == nil {
		delete(f.jobAt, j.id)
		*j = job{}
		f.noJobs = append(f.noJobs, t.job)
	}
	f.releaseSpec(t.spec)
}

func (f *Fleet) wait(i int32) {
	f.tasks[i].place = int32(len(f.waiting))
	f.waiting = append(f.waiting, i)
}

func (f *Fleet) unwait(i int32) {
	at, last := f.tasks[i].place, f.waiting[len(f.waiting)-1]
	f.waiting[at] = last
	f.tasks[last].place = at
	f.waiting = f.waiting[:len(f.waiting)-1]
	f.tasks[i].place = none
}

// attach puts a task that has no node (and is not in the waiting list) on one.
func (f *Fleet) attach(i, at int32) {
	t, n := &f.tasks[i], &f.nodes[at]
	s, j, tm := &f.specs[t.spec], &f.jobs[t.job], &f.teams[t.team]
	r := &f.rules[s.rules]
	if n.indexed() {
		f.unindex(at)
	}
	n.free.sub(&s.demand)
	if n.indexed() {
		f.index(at)
	}
	n.useNamed(r, 1)
	n.tasks++
	n.byTier[t.tier]++
	if r.exclusive {
		n.exclusive++
	}
	t.node, t.prevOnNode, t.nextOnNode = at, none, n.first
	if n.first != none {
		f.tasks[n.first].prevOnNode = i
	}
	n.first = i
	if t.displaceable() {
		n.flexSum.add(&s.demand)
		f.flex++
	}
	t.prevInJob, t.nextInJob = none, j.first
	if j.first != none {
		f.tasks[j.first].prevInJob = i
	}
	j.first = i
	j.used.add(&s.demand)
	j.placed++
	tm.used[t.tier].add(&s.demand)
	tm.placed++
	if t.gang != "" {
		f.gangs[t.gang].placed++
	}
	if r.apart {
		f.shun(i, 1)
	}
}

// detach takes a task off its node and leaves it in neither place.
func (f *Fleet) detach(i int32) {
	t := &f.tasks[i]
	at := t.node
	n := &f.nodes[at]
	s, j, tm := &f.specs[t.spec], &f.jobs[t.job], &f.teams[t.team]
	r := &f.rules[s.rules]
	if n.indexed() {
		f.unindex(at)
	}
	n.free.add(&s.demand)
	if n.indexed() {
		f.index(at)
	}
	n.useNamed(r, -1)
	n.tasks--
	n.byTier[t.tier]--
	if r.exclusive {
		n.exclusive--
	}
	if t.prevOnNode != none {
		f.tasks[t.prevOnNode].nextOnNode = t.nextOnNode
	} else {
		n.first = t.nextOnNode
	}
	if t.nextOnNode != none {
		f.tasks[t.nextOnNode].prevOnNode = t.prevOnNode
	}
	if t.prevInJob != none {
		f.tasks[t.prevInJob].nextInJob = t.nextInJob
	} else {
		j.first = t.nextInJob
	}
	if t.nextInJob != none {
		f.tasks[t.nextInJob].prevInJob = t.prevInJob
	}
	if r.apart {
		f.shun(i, -1)
	}
	if t.displaceable() {
		n.flexSum.sub(&s.demand)
		f.flex--
	}
	if t.leaving {
		t.leaving = false
		n.leaving--
		n.leavingSum.sub(&s.demand)
		j.leaving--
		f.leaving--
	}
	t.node, t.nextOnNode, t.prevOnNode, t.nextInJob, t.prevInJob = none, none, none, none, none
	j.used.sub(&s.demand)
	j.placed--
	tm.used[t.tier].sub(&s.demand)
	tm.placed--
	if t.gang != "" {
		f.gangs[t.gang].placed--
	}
}

// leave marks a placed task as leaving.
func (f *Fleet) leave(i int32) {
	t := &f.tasks[i]
	n, d := &f.nodes[t.node], &f.specs[t.spec].demand
	if t.displaceable() {
		n.flexSum.sub(d)
		f.flex--
	}
	t.leaving = true
	n.leaving++
	n.leavingSum.add(d)
	f.jobs[t.job].leaving++
	f.leaving++
	f.ctx.drop()
}

// stay takes leave back.
func (f *Fleet) stay(i int32) {
	t := &f.tasks[i]
	n, d := &f.nodes[t.node], &f.specs[t.spec].demand
	t.leaving = false
	n.leaving--
	n.leavingSum.sub(d)
	f.jobs[t.job].leaving--
	f.leaving--
	if t.displaceable() {
		n.flexSum.add(d)
		f.flex++
	}
}

// displaceable says that a critical task may take this one's place. A gang
// runs whole or not at all, so that its tasks are left alone.
func (t *task) displaceable() bool {
	return t.tier == Flex && !t.pinned && !t.leaving && t.gang == ""
}

// SetJob sets a job's limits.
func (f *Fleet) SetJob(in Job) error {
	if err := in.Quota.check("Job.Quota"); err != nil {
		return err
	}
	if in.MaxTasks < 0 || in.MaxDisrupted < 0 {
		return invalid("Job", "%q: MaxTasks and MaxDisrupted must not be negative", in.ID)
	}
	j := &f.jobs[f.jobOf(in.ID)]
	in.Quota = in.Quota.clone()
	j.limits = &in
	return nil
}

// RemoveJob forgets a job's limits.
func (f *Fleet) RemoveJob(id string) {
	i, ok := f.jobAt[id]
	if !ok {
		return
	}
	j := &f.jobs[i]
	j.limits = nil
	if j.refs == 0 {
		delete(f.jobAt, id)
		*j = job{}
		f.noJobs = append(f.noJobs, i)
	}
}

// SetTeam sets a team's guarantee, quota and past use.
func (f *Fleet) SetTeam(in Team) error {
	if err := in.Quota.check("Team.Quota"); err != nil {
		return err
	}
	if err := in.Guarantee.check("Team.Guarantee"); err != nil {
		return err
	}
	if in.MaxTasks < 0 {
		return invalid("Team.MaxTasks", "must not be negative, not %d", in.MaxTasks)
	}
	if !(in.PastUse >= 0 && in.PastUse <= 1e6) {
		return invalid("Team.PastUse", "must be at least 0, not %v", in.PastUse)
	}
	t := &f.teams[f.teamOf(in.ID)]
	t.Team, t.limited = in, in.MaxTasks > 0 || in.Quota.vec() != vec{}
	return nil
}

func (f *Fleet) jobOf(id string) int32 {
	i, ok := f.jobAt[id]
	if !ok {
		i = take(&f.jobs, &f.noJobs)
		f.jobs[i] = job{id: id, first: none}
		f.jobAt[id] = i
	}
	return i
}

func (f *Fleet) teamOf(id string) int32 {
	i, ok := f.teamAt[id]
	if !ok {
		f.teams = append(f.teams, team{Team: Team{ID: id}})
		i = int32(len(f.teams) - 1)
		f.teamAt[id] = i
	}
	return i
}

func (in *Task) check() error {
	if in.ID == "" {
		return invalid("Task.ID", "must not be empty")
	}
	if in.Job == "" {
		return invalid("Task.Job", "must not be empty")
	}
	if in.Tier >= tiers {
		return invalid("Task.Tier", "is unknown: %d", in.Tier)
	}
	if err := in.Demand.check("Task.Demand"); err != nil {
		return err
	}
	if in.Gang != "" && in.GangSize < 1 || in.Gang == "" && in.GangSize != 0 {
		return invalid("Task.GangSize", "must be at least 1 with a Gang and 0 without, not %d", in.GangSize)
	}
	if y := in.ReadyAt.Year(); !in.ReadyAt.IsZero() && (y < 1700 || y > 2200) {
		return invalid("Task.ReadyAt", "must lie between the years 1700 and 2200, not %s", in.ReadyAt.Format(time.RFC3339))
	}
	for i, s := range in.Sets {
		if s.Set == "" || s.Value == "" || s.Units < 1 || s.Units > maxAmount {
			return invalid("Task.Sets", "entry %d must have a set, a value and at least 1 unit", i)
		}
		for _, o := range in.Sets[:i] {
			if o.Set == s.Set {
				return invalid("Task.Sets", "asks for set %q twice", s.Set)
			}
		}
	}
	for i := range in.Prefer {
		if w := in.Prefer[i].Weight; !(w > 0 && w <= 1e6) {
			return invalid("Task.Prefer", "entry %d: Weight must be more than 0, not %v", i, w)
		}
		if detail := in.Prefer[i].wrong(); detail != "" {
			return invalid("Task.Prefer", "entry %d: %s", i, detail)
		}
	}
	return checkRequire(in.Require)
}
