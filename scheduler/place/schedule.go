package place

import (
	"time"
)

// Schedule decides about every waiting task as of now. The decisions are in
// force in the fleet when it returns. now must not go back; an *InputError
// says so, and nothing has been decided then.
func (f *Fleet) Schedule(now time.Time) (Plan, error) {
	if err := f.weights.check(); err != nil {
		return Plan{}, err
	}
	if now.Before(f.now) {
		return Plan{}, invalid("now", "must not go back: %s is before %s", now.Format(time.RFC3339Nano), f.now.Format(time.RFC3339Nano))
	}
	f.now = now
	f.refreshHealth(now)
	r := round{f: f, now: nanos(now), last: none}
	return r.run(), nil
}

// round is one call of Schedule.
type round struct {
	f      *Fleet
	now    int64
	only   bool // asks what if: displaces nothing
	mute   bool // nobody will read the reasons
	plan   Plan
	held   []held
	claims []int32           // nodes with claims
	gangs  map[int32]verdict // those that did not fit

	// The search that placed the last task, when an equal task can follow it.
	search   search
	last     int32
	lastSpec int32
	lastBase float64
}

// held is a task that stays waiting.
type held struct {
	task int32
	why  verdict
}

// verdict is the code of a refusal and whom it names; the figures are worked
// out at the end of the round.
type verdict struct {
	code Code
	held string
	lack *Lack
}

func (r *round) run() Plan {
	f := r.f
	f.round++
	f.queue, f.waiting = append(f.queue[:0], f.waiting...), f.waiting[:0]
	r.plan.Assignments = make([]Assignment, 0, len(f.queue))
	f.sortQueue(f.queue)
	for from := 0; from < len(f.queue); {
		tier, to := f.tasks[f.queue[from]].tier, from
		for to < len(f.queue) && f.tasks[f.queue[to]].tier == tier {
			to++
		}
		r.tier(tier, f.lines(tier, f.queue[from:to]))
		from = to
	}
	for r.retry() {
	}
	f.ctx.drop()
	if !r.mute {
		r.explain()
	}
	r.release(0)
	clear(f.promises)
	for _, i := range f.queue {
		if f.tasks[i].node == none {
			f.wait(i)
		}
	}
	return r.plan
}

// tier serves the lines of one tier until they are empty.
func (r *round) tier(tier Tier, lines []line) {
	f := r.f
	for {
		i := f.next(lines)
		if i < 0 {
			return
		}
		l := &lines[i]
		for len(l.tasks) > 0 {
			t := l.tasks[0]
			l.tasks = l.tasks[1:]
			if f.tasks[t].node != none { // decided with its gang
				if v, waits := r.gangs[f.tasks[t].gang]; waits {
					r.hold(t, v)
				}
				continue
			}
			if r.try(t) && len(lines) > 1 {
				l.share = f.fairShare(l.team, tier)
				break
			}
		}
	}
}

// retry tries again, in order, the tasks that others placed after them may
// have opened a node for. It says whether that placed any.
func (r *round) retry() (placed bool) {
	before := r.held
	r.held, r.gangs = nil, nil
	for _, h := range before {
		t := &r.f.tasks[h.task]
		if (h.why.code == NoFit || h.why.code == GangNoFit || h.why.code == Budget) && (r.f.rulesOf(h.task).opens || t.gang != none) {
			placed = r.try(h.task) || placed
		} else {
			r.held = append(r.held, h)
		}
	}
	return placed
}

// try places a task, or notes why not.
func (r *round) try(i int32) bool {
	f := r.f
	t := &f.tasks[i]
	if t.ready > r.now && t.ready != never {
		return r.hold(i, verdict{code: NotReadyYet})
	}
	if t.gang != none {
		return r.tryGang(i)
	}
	if v := f.overQuota(i); v.code != "" {
		return r.hold(i, v)
	}
	if v := f.beyondGuarantees(i); v.code != "" {
		return r.hold(i, v)
	}
	at, score := r.node(i)
	if at == none {
		return r.hold(i, r.makeRoom(i))
	}
	r.put(i, at, score)
	return true
}

// node finds the best node for a task. When fuller is better and nothing but
// fullness has changed, the node that just took an equal task is the best
// again as long as it fits: its score rose and no other did.
func (r *round) node(i int32) (at int32, score float64) {
	f := r.f
	t := &f.tasks[i]
	s := &f.specs[t.spec]
	f.enter(t.job, s.rules)
	if s.failed == f.round && f.indifferent() {
		return none, 0
	}
	if r.last != none && r.lastSpec == t.spec && f.indifferent() && f.admits(&f.nodes[r.last], s) {
		return r.last, r.lastBase + r.search.own(r.last)
	}
	r.search = f.newSearch(s, t.tier)
	r.search.run()
	r.plan.Considered += r.search.considered
	if r.search.at == none {
		s.failed = f.round // for good: in a round, room only shrinks
	}
	r.last, r.lastSpec = none, t.spec
	if r.search.flat && f.indifferent() && !f.fitness.spreads() {
		r.last, r.lastBase = r.search.at, r.search.atBase
	}
	return r.search.at, r.search.score
}

func (r *round) hold(i int32, v verdict) bool {
	r.held = append(r.held, held{i, v})
	return false
}

// put assigns a task to a node.
func (r *round) put(i, at int32, score float64) {
	f := r.f
	f.attach(i, at)
	f.note(at, false)
	r.plan.Assignments = append(r.plan.Assignments, Assignment{Task: f.taskID(i), Node: f.nodeID(at), Score: score})
}

// overQuota says which quota a task would break.
func (f *Fleet) overQuota(i int32) verdict {
	t := &f.tasks[i]
	d := &f.specs[t.spec].demand
	tm, j := &f.teams[t.team], &f.jobs[t.job]
	if tm.limited {
		used := tm.used[Critical]
		used.add(&tm.used[Flex])
		if l := exceeds(&used, d, tm.Quota.vec(), int(tm.placed), tm.MaxTasks); l != nil {
			return verdict{TeamQuota, tm.ID, l}
		}
	}
	if f.limited > 0 && j.limits != nil {
		if l := exceeds(&j.limits.used, d, j.limits.Quota.vec(), int(j.placed), j.limits.MaxTasks); l != nil {
			return verdict{JobQuota, j.limits.ID, l}
		}
	}
	return verdict{}
}

// exceeds is the first limit that used and demand break together; a limit of
// 0 is none.
func exceeds(used, demand *vec, limit vec, placed, most int) *Lack {
	for d := range limit {
		if limit[d] > 0 && demand[d] > 0 && used[d]+demand[d] > limit[d] {
			return &Lack{dimNames[d], demand[d], max(0, limit[d]-used[d])}
		}
	}
	if most > 0 && placed >= most {
		return &Lack{"tasks", 1, 0}
	}
	return nil
}
