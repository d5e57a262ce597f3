package place

// tryGang places every waiting task of a gang, or none: then each waits with
// the same verdict, found once.
func (r *round) tryGang(first int32) bool {
	gang := r.f.tasks[first].gang
	v, failed := r.gangs[gang]
	if !failed {
		if v = r.placeGang(gang, r.f.tasks[first].gangSize); v.code == "" {
			return true
		}
		if r.gangs == nil {
			r.gangs = map[int32]verdict{}
		}
		r.gangs[gang] = v
	}
	return r.hold(first, v)
}

func (r *round) placeGang(gang, size int32) verdict {
	f := r.f
	name := f.gangNames.ids[gang]
	if known := f.gangs[gang]; known < size {
		return verdict{GangIncomplete, name, &Lack{"tasks", int64(size), int64(known)}}
	}
	members := r.members(gang)
	for n, i := range members {
		v := f.overQuota(i)
		at := none
		var score float64
		if v.code == "" {
			at, score = r.node(i)
			v = verdict{GangNoFit, name, &Lack{"tasks", int64(len(members)), int64(n)}}
		}
		if at == none {
			r.takeBack(n)
			if v.code == GangNoFit && r.gangLater(members) {
				return verdict{WaitsForLeaving, name, nil}
			}
			return v
		}
		r.put(i, at, score)
	}
	return verdict{}
}

// members are the waiting tasks of a gang in queue order.
func (r *round) members(gang int32) []int32 {
	var out []int32
	for _, i := range r.f.queue {
		if t := &r.f.tasks[i]; t.gang == gang && t.node == none {
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
		f.detach(f.taskNames.find(a.Task))
	}
	r.plan.Assignments = r.plan.Assignments[:keep]
	f.round++ // room has grown: what failed in this round may fit
	f.ctx.drop()
	r.last = none
}

// gangLater looks for room that a whole gang can have once others have left,
// displacing what a critical one may. It claims all of it, or nothing.
func (r *round) gangLater(members []int32) bool {
	f := r.f
	claims, displaced := len(r.claims), len(r.plan.Preemptions)
	for _, i := range members {
		if at, _ := r.node(i); at != none {
			r.claim(i, at)
			continue
		}
		if v := r.makeRoom(i); v.code != WaitsForLeaving {
			r.release(claims)
			for _, v := range r.plan.Preemptions[displaced:] {
				f.stay(f.taskNames.find(v.Task))
				r.settle(f.nodeNames.find(v.Node))
			}
			r.plan.Preemptions = r.plan.Preemptions[:displaced]
			f.round++ // room has grown: what failed in this round may fit
			return false
		}
	}
	return true
}
