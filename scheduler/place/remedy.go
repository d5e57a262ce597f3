package place

import (
	"fmt"
	"slices"
	"time"
)

// Remedy is one change that would let a task be placed.
type Remedy struct {
	Task string
	// Drop is the hard constraint to give up, nil when it is not that.
	Drop *Constraint
	// Less is the demand that would fit instead, nil when it is not that.
	Less *Resources
	// Sentence says it plainly.
	Sentence string
}

// Remedies says what would let the tasks of a job, which need not be known
// yet, be placed now: nothing when they all fit. Each remedy was tried, for
// the first task that has to wait, and suffices by itself.
func (f *Fleet) Remedies(now time.Time, tasks ...Task) ([]Remedy, error) {
	plan, err := f.WhatIf(now, tasks...)
	if err != nil || len(plan.Waiting) == 0 {
		return nil, err
	}
	at := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == plan.Waiting[0].Task })
	reason := plan.Waiting[0].Reason
	var out []Remedy
	try := func(change func(*Task), r Remedy) error {
		changed := slices.Clone(tasks)
		change(&changed[at])
		p, err := f.WhatIf(now, changed...)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(p.Assignments, func(a Assignment) bool { return a.Task == tasks[at].ID }) {
			r.Task = tasks[at].ID
			out = append(out, r)
		}
		return nil
	}
	for i := range tasks[at].Require {
		c := tasks[at].Require[i].clone()
		err := try(func(t *Task) { t.Require = slices.Delete(slices.Clone(t.Require), i, i+1) },
			Remedy{Drop: &c, Sentence: fmt.Sprintf("It would fit without the constraint %q.", c)})
		if err != nil {
			return nil, err
		}
	}
	if n := reason.Nearest; n != nil && len(n.Lacks) > 0 {
		less := tasks[at].Demand.clone()
		for _, l := range n.Lacks {
			less.set(dimOf(l.Resource), max(0, l.Free))
		}
		d := less.vec()
		err := try(func(t *Task) { t.Demand = less },
			Remedy{Less: &less, Sentence: fmt.Sprintf("It would fit on %s if it asked for %s.", n.Node, demand(&d))})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// set changes the amount of one dimension.
func (r *Resources) set(dim int, x int64) {
	switch dim {
	case cpu:
		r.CPU = x
	case memory:
		r.Memory = x
	case disk:
		r.Disk = x
	case network:
		r.Network = x
	case ports:
		r.Ports = x
	case gpus:
		r.GPUs = x
	}
}
