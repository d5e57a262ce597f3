package place

// task is a Task as the planner keeps it: numbers for everything shared.
type task struct {
	priority int64
	ready    int64 // nanoseconds, see nanos
	job      int32
	team     int32
	spec     int32
	gang     int32 // none without
	gangSize int32
	node     int32 // none while it waits
	place    int32 // its index in Fleet.waiting, outside a round

	nextOnNode, prevOnNode int32
	nextInJob, prevInJob   int32 // among placed tasks of the job

	tier    Tier
	leaving bool
	pinned  bool
	claimed bool // seated only until the round ends
}

// job is what the tasks of a job use.
type job struct {
	limits  *limits // nil without SetJob
	refs    int32
	placed  int32
	leaving int32
	first   int32 // placed tasks, a list
}

// limits is a Job and what its placed tasks use.
type limits struct {
	Job
	used vec
}

// team is a Team and what its tasks use in each tier.
type team struct {
	Team
	limited bool // has a quota
	used    [tiers]vec
	placed  int32
	rank    uint32 // in the queue, by id
	ranked  int64  // the round in which it got its rank
}

// SetTask adds a task or replaces what is known of it. A task with a Node is
// taken to be there, whether or not it would be placed there today. An
// *InputError names the field that is wrong, and nothing has changed then.
func (f *Fleet) SetTask(in Task) error {
	at := none
	if in.Node != "" {
		if at = f.nodeNames.find(in.Node); at == none {
			return invalid("Task.Node", "is not a known node: %q", in.Node)
		}
	}
	if err := in.check(); err != nil {
		return err
	}
	spec, err := f.specOf(&in)
	if err != nil {
		return err
	}
	i, added := f.taskNames.add(in.ID)
	if !added {
		f.dropTask(i)
	}
	t := cell(&f.tasks, i)
	*t = task{
		gang: none, gangSize: int32(in.GangSize), pinned: in.Pinned,
		tier: in.Tier, priority: int64(in.Priority), ready: nanos(in.ReadyAt),
		job: f.jobOf(in.Job), team: f.teamOf(in.Team), spec: spec, node: none, place: none,
	}
	f.jobs[t.job].refs++
	if in.Gang != "" {
		t.gang, _ = f.gangNames.add(in.Gang)
		*cell(&f.gangs, t.gang)++
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
	if i := f.taskNames.find(id); i != none {
		f.dropTask(i)
		f.taskNames.forget(i)
	}
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
	if t.gang != none {
		if f.gangs[t.gang]--; f.gangs[t.gang] == 0 {
			f.gangNames.forget(t.gang)
		}
	}
	j := &f.jobs[t.job]
	if j.refs--; j.refs == 0 && j.limits == nil {
		f.jobNames.forget(t.job)
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
	head := j.first // read early: it is often far away
	was := n.free
	n.free.sub(&s.demand)
	f.reindex(at, &was)
	f.use(n, r, 1)
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
	t.prevInJob, t.nextInJob = none, head
	if head != none {
		f.tasks[head].prevInJob = i
	}
	j.first = i
	j.placed++
	if j.limits != nil {
		j.limits.used.add(&s.demand)
	}
	tm.used[t.tier].add(&s.demand)
	tm.placed++
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
	was := n.free
	n.free.add(&s.demand)
	f.reindex(at, &was)
	f.use(n, r, -1)
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
		j.leaving--
		f.leaving--
	}
	t.node, t.nextOnNode, t.prevOnNode, t.nextInJob, t.prevInJob = none, none, none, none, none
	j.placed--
	if j.limits != nil {
		j.limits.used.sub(&s.demand)
	}
	tm.used[t.tier].sub(&s.demand)
	tm.placed--
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
	return t.tier == Flex && !t.pinned && !t.leaving && t.gang == none
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
	if j.limits == nil {
		f.limited++
	}
	j.limits = &limits{Job: in}
	for i := j.first; i != none; i = f.tasks[i].nextInJob {
		j.limits.used.add(&f.specs[f.tasks[i].spec].demand)
	}
	return nil
}

// RemoveJob forgets a job's limits.
func (f *Fleet) RemoveJob(id string) {
	i := f.jobNames.find(id)
	if i == none || f.jobs[i].limits == nil {
		return
	}
	f.limited--
	f.jobs[i].limits = nil
	if f.jobs[i].refs == 0 {
		f.jobNames.forget(i)
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
	i, added := f.jobNames.add(id)
	if added {
		*cell(&f.jobs, i) = job{first: none}
	}
	return i
}

func (f *Fleet) teamOf(id string) int32 {
	i, added := f.teamNames.add(id)
	if added {
		f.teams = append(f.teams, team{Team: Team{ID: id}})
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
	return checkTime("Task.ReadyAt", in.ReadyAt)
}

// checkRules refuses what a task asks for besides amounts.
func (in *Task) checkRules() error {
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
