package place

import (
	"slices"
	"strings"
)

// affinityCycle is the jobs that wait for each other, starting with the
// task's: each insists on being near the next, and none is placed. It is
// empty when there is no such cycle.
func (f *Fleet) affinityCycle(t *task) []string {
	wants := map[string][]string{}
	for _, i := range f.queue {
		o := &f.tasks[i]
		id := f.jobNames.ids[o.job]
		if o.node != none || wants[id] != nil {
			continue
		}
		for _, c := range f.rulesOf(i).require {
			if j := f.jobNames.find(c.Job); c.Kind == KindNear && c.Job != id && j != none && f.jobs[j].placed == 0 {
				wants[id] = append(wants[id], c.Job)
			}
		}
	}
	start := f.jobNames.ids[t.job]
	seen := map[string]bool{}
	var walk func(id string, path []string) []string
	walk = func(id string, path []string) []string {
		for _, next := range wants[id] {
			if next == start {
				return append(path, next)
			}
			if !seen[next] {
				seen[next] = true
				if found := walk(next, append(slices.Clone(path), next)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(start, []string{start})
}

// explainCycle makes a refusal that of a cycle, when there is one.
func (f *Fleet) explainCycle(r *Reason, t *task) bool {
	if !f.rules[f.specs[t.spec].rules].opens {
		return false
	}
	path := f.affinityCycle(t)
	if path == nil {
		return false
	}
	r.Code, r.Held = AffinityCycle, strings.Join(path, ", ")
	r.sentence = "Jobs wait to be near each other, and none can be first: " + r.Held + "."
	return true
}
