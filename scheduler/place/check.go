package place

import (
	"fmt"
	"slices"
)

// wrong is what is wrong with a constraint by itself, "" when nothing is.
func (c *Constraint) wrong() string {
	if c.Kind != KindExclusive && c.Key == "" {
		return "Key must not be empty"
	}
	switch c.Kind {
	case KindIn, KindNotIn:
		if len(c.Values) == 0 {
			return "Values must not be empty"
		}
	case KindVersion:
		for _, b := range c.Values {
			op, v := splitBound(b)
			if !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) || v == "" {
				return fmt.Sprintf("%q is no version bound such as \">=1.2\"", b)
			}
		}
		if len(c.Values) == 0 {
			return "Values must not be empty"
		}
		if c.Key == KeyNode {
			return "a node's id is no version"
		}
	case KindAtMost:
		if c.Count < 1 {
			return fmt.Sprintf("Count must be at least 1, not %d", c.Count)
		}
	case KindBalanced:
		if c.Key == KeyNode {
			return "balance is over zones, types or attributes; for nodes use AtMost"
		}
		if c.Count < 0 {
			return fmt.Sprintf("Count must not be negative, not %d", c.Count)
		}
	case KindNear, KindApart:
		if c.Job == "" {
			return "Job must not be empty"
		}
	case KindExclusive:
	default:
		return fmt.Sprintf("Kind %q is unknown", c.Kind)
	}
	return ""
}

// checkRequire refuses hard constraints that are wrong or that no node can
// satisfy together.
func checkRequire(require []Constraint) error {
	for i := range require {
		c := &require[i]
		if detail := c.wrong(); detail != "" {
			return invalid("Task.Require", "entry %d: %s", i, detail)
		}
		for j := range require[:i] {
			if o := &require[j]; contradict(c, o) || contradict(o, c) {
				return invalid("Task.Require", "entries %d and %d contradict each other: %s; %s", j, i, o, c)
			}
		}
	}
	return nil
}

// contradict says that no value can satisfy both.
func contradict(a, b *Constraint) bool {
	if a.Key != b.Key {
		return false
	}
	switch {
	case a.Kind == KindIn && (b.Kind == KindIn || b.Kind == KindNotIn || b.Kind == KindVersion):
		return !slices.ContainsFunc(a.Values, func(v string) bool { return b.holds(v, true) })
	case a.Kind == KindNear && b.Kind == KindApart:
		return a.Job == b.Job
	}
	return false
}
