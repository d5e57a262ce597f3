package place

// Remaining is what is left of a capacity for anyone when every team's
// guarantee, or its use where that is more, is kept for it. Source: Fenzo's
// tiered queue.
func Remaining(capacity Resources, guarantees, uses []Resources) Resources {
	v := capacity.vec()
	for i := range guarantees {
		keep(&v, guarantees[i].vec(), uses[i].vec())
	}
	return Resources{CPU: v[cpu], Memory: v[memory], Disk: v[disk], Network: v[network], Ports: v[ports], GPUs: v[gpus]}
}

func keep(left *vec, guarantee, used vec) {
	for d := range left {
		left[d] -= max(guarantee[d], used[d])
	}
}

// beyondGuarantees holds a task that would use what is guaranteed to others,
// when guarantees are kept.
func (f *Fleet) beyondGuarantees(i int32) verdict {
	if !f.opt.KeepGuarantees {
		return verdict{}
	}
	left := f.capsum
	for k := range f.teams {
		keep(&left, f.teams[k].Guarantee.vec(), f.teams[k].uses())
	}
	t := &f.tasks[i]
	tm, d := &f.teams[t.team], &f.specs[t.spec].demand
	used, own := tm.uses(), tm.Guarantee.vec()
	for k := range d {
		beyond := used[k] + d[k] - max(own[k], used[k])
		if d[k] > 0 && beyond > max(0, left[k]) {
			return verdict{Guarantees, tm.ID, &Lack{dimNames[k], beyond, max(0, left[k])}}
		}
	}
	return verdict{}
}

// uses is what the team has in all tiers.
func (t *team) uses() vec {
	v := t.used[Critical]
	v.add(&t.used[Flex])
	return v
}
