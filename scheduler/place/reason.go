package place

import (
	"fmt"
	"strings"
)

// reason works out why a task waits.
func (f *Fleet) reason(i int32, v verdict) *Reason {
	t := &f.tasks[i]
	r := &Reason{Code: v.code, Nodes: f.nodeNames.len(), Held: v.held, Limit: v.lack}
	switch v.code {
	case NotReadyYet:
		r.sentence = "Waits until it may start."
	case TeamQuota, JobQuota:
		r.sentence = quotaSentence(v)
	case GangIncomplete:
		r.sentence = fmt.Sprintf("Waits for its gang: %d of %d tasks are known.", v.lack.Free, v.lack.Need)
	case Guarantees:
		r.sentence = fmt.Sprintf("What is free is guaranteed to other teams than %s.", v.held)
	case WaitsForLeaving:
		r.sentence = fmt.Sprintf("Starts on %s as soon as tasks there have stopped.", v.held)
		if t.gang != none {
			r.sentence = fmt.Sprintf("Starts with its gang %s as soon as the tasks in its place have stopped.", v.held)
		}
	case NoFit, GangNoFit, Budget:
		f.explainFit(r, t)
	}
	return r
}

func (f *Fleet) explainFit(r *Reason, t *task) {
	f.enter(t.job, f.specs[t.spec].rules)
	s := f.survey(t)
	d := &f.specs[t.spec].demand
	r.Counts = s.counts
	if s.best != none {
		n := &f.nodes[s.best]
		r.Nearest = &Nearest{Node: f.nodeID(s.best)}
		for k := range d {
			if d[k] > n.free[k] {
				r.Nearest.Lacks = append(r.Nearest.Lacks, Lack{dimNames[k], d[k], n.free[k]})
			}
		}
	}
	if s.fitting == 0 && f.explainCycle(r, t) {
		return
	}
	r.sentence = f.fitSentence(r, &s, d)
	if r.Code == Budget {
		r.sentence += fmt.Sprintf(" The disruption budget of job %s keeps less urgent tasks in place.", r.Held)
	}
	if r.Code == GangNoFit {
		r.sentence = fmt.Sprintf("Only %d of the %d tasks of its gang fit at once. %s", r.Limit.Free, r.Limit.Need, r.sentence)
	}
}

// fitSentence also sharpens the code.
func (f *Fleet) fitSentence(r *Reason, s *survey, d *vec) string {
	switch {
	case r.Nodes == 0:
		r.Code = NoNodes
		return "There are no nodes."
	case s.fitting == 0:
		return f.nowhere(r)
	}
	if !s.idle && r.Code == NoFit {
		r.Code = TooLarge
	}
	of := fmt.Sprintf("%d nodes", s.fitting)
	if int(s.fitting) < r.Nodes {
		of = fmt.Sprintf("the %d of %d nodes it may use", s.fitting, r.Nodes)
	}
	if s.fitting == 1 {
		of = "the one node it may use"
	}
	for k := range d {
		if d[k] > s.most[k] {
			return fmt.Sprintf("Needs %s; the roomiest of %s has %s free.", amountOf(k, d[k]), of, amount(k, max(0, s.most[k])))
		}
	}
	if len(r.Nearest.Lacks) == 0 {
		return fmt.Sprintf("Fits on %s by itself.", r.Nearest.Node)
	}
	l := r.Nearest.Lacks[0]
	k := dimOf(l.Resource)
	return fmt.Sprintf("Needs %s on one node; of %s, %s comes nearest and lacks %s.", demand(d), of, r.Nearest.Node, amountOf(k, l.Need-l.Free))
}

// nowhere is the sentence when constraints alone rule out every node.
func (f *Fleet) nowhere(r *Reason) string {
	parts := make([]string, 0, len(r.Counts))
	for _, c := range r.Counts {
		parts = append(parts, fmt.Sprintf("%s (%d)", c.Cause, c.Nodes))
	}
	nodes := plural(int64(r.Nodes), "node")
	if len(parts) == 1 {
		return fmt.Sprintf("None of %s will do: %s.", nodes, r.Counts[0].Cause)
	}
	return fmt.Sprintf("None of %s will do: %s.", nodes, strings.Join(parts, "; "))
}

func quotaSentence(v verdict) string {
	whose := "team " + v.held
	if v.code == JobQuota {
		whose = "job " + v.held
	}
	if v.lack.Resource == "tasks" {
		return fmt.Sprintf("The quota of %s allows no further task.", whose)
	}
	k := dimOf(v.lack.Resource)
	return fmt.Sprintf("Needs %s; the quota of %s has %s left.", amountOf(k, v.lack.Need), whose, amount(k, v.lack.Free))
}

// demand lists what is asked: "2 cores, 8 GiB of memory".
func demand(d *vec) string {
	var parts []string
	for k, x := range d {
		if x > 0 {
			parts = append(parts, amountOf(k, x))
		}
	}
	return strings.Join(parts, ", ")
}

// amountOf adds the resource where the unit does not say it.
func amountOf(k int, x int64) string {
	switch k {
	case memory:
		return bytes(x) + " of memory"
	case disk:
		return bytes(x) + " of disk"
	}
	return amount(k, x)
}

func dimOf(name string) int {
	for k, n := range dimNames {
		if n == name {
			return k
		}
	}
	return -1
}
