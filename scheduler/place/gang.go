package place

// tryGang places every waiting task of a gang, or none.
func (r *round) tryGang(first int32) bool {
	f := r.f
	name, size := f.tasks[first].gang, f.tasks[first].gangSize
	if g := f.gangs[name]; g.known < size {
		return r.hold(first, verdict{GangIncomplete, name, &Lack{"tasks", int64(size), int64(g.known)}})
	}
	members := r.members(name)
	for n, i := range members {
		t := &f.tasks[i]
		v := f.overQuota(i)
		at := none
		var score float64
		if v.code == "" {
			f.enter(t.job, f.specs[t.spec].rules)
			at, score = f.best(t.spec, t.tier)
			v = verdict{GangNoFit, name, &Lack{"tasks", int64(len(members)), int64(n)}}
		}
		if at == none {
			r.takeBack(n)
			return r.hold(first, v)
		}
		r.put(i, at, score)
	}
	return true
}

// members are the waiting tasks of a gang in queue order.
func (r *round) members(name string) []int32 {
	var out []int32
	for _, i := range r.f.queue {
		if t := &r.f.tasks[i]; t.gang == name && t.place != none {
			out = append(out, i)
		}
	}
	return out
}

// takeBack undoes the last n assignments.
func (r *round) takeBack(n int) {
	f := r.f
	keep := len(r.plan.Assignments) - n
	for _, a := range r.plan.Assignments[keep:] {
		i := f.taskAt[a.Task]
		f.detach(i)
		f.wait(i)
	}
	r.plan.Assignments = r.plan.Assignments[:keep]
	f.ctx.drop()
}
