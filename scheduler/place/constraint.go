package place

// Constraint says which nodes a task may (or would rather) run on. Make one
// with the functions below; the fields are open so that they can be stored.
type Constraint struct {
	Kind ConstraintKind `json:"kind"`
	// Key is "node", "zone", "type", or the name of an attribute.
	Key    string   `json:"key,omitempty"`
	Values []string `json:"values,omitempty"` // In, NotIn: the values; Version: the bounds
	Count  int      `json:"count,omitempty"`  // AtMost: the most; Balanced: groups expected
	Job    string   `json:"job,omitempty"`    // Near, Apart: the other job
}

// ConstraintKind is what a constraint compares.
type ConstraintKind string

// The kinds of constraint.
const (
	KindIn        ConstraintKind = "in"
	KindNotIn     ConstraintKind = "not in"
	KindVersion   ConstraintKind = "version"
	KindExclusive ConstraintKind = "exclusive"
	KindAtMost    ConstraintKind = "at most"
	KindBalanced  ConstraintKind = "balanced"
	KindNear      ConstraintKind = "near"
	KindApart     ConstraintKind = "apart"
)

// The keys every node has.
const (
	KeyNode = "node"
	KeyZone = "zone"
	KeyType = "type"
)

// In asks for a node whose key has one of the values: In(KeyZone, "a", "b").
func In(key string, values ...string) Constraint {
	return Constraint{Kind: KindIn, Key: key, Values: values}
}

// NotIn asks for a node whose key has none of the values, or no value.
func NotIn(key string, values ...string) Constraint {
	return Constraint{Kind: KindNotIn, Key: key, Values: values}
}

// Version asks for a node whose key is a dotted version within the bounds,
// each an operator (=, <, <=, >, >=) and a version: Version("docker", ">=20.10", "<29").
func Version(key string, bounds ...string) Constraint {
	return Constraint{Kind: KindVersion, Key: key, Values: bounds}
}

// UniqueNode asks for a node without another task of the same job.
func UniqueNode() Constraint { return AtMost(1, KeyNode) }

// Exclusive asks for a node of its own, and keeps all other tasks off it.
func Exclusive() Constraint { return Constraint{Kind: KindExclusive} }

// AtMost allows n tasks of the job for each value of key.
func AtMost(n int, key string) Constraint {
	return Constraint{Kind: KindAtMost, Key: key, Count: n}
}

// Balanced keeps the job's tasks even over the values of key: they differ by
// at most one between any two values that a node able to take tasks has.
// While fewer than expected values are known, each value takes one task.
func Balanced(key string, expected int) Constraint {
	return Constraint{Kind: KindBalanced, Key: key, Count: expected}
}

// Near asks for a value of key where a task of the other job runs and is not
// leaving. A job may name itself: then its first task goes anywhere.
func Near(job, key string) Constraint {
	return Constraint{Kind: KindNear, Key: key, Job: job}
}

// Apart asks for a value of key where no task of the other job runs, and
// keeps tasks of that job away later.
func Apart(job, key string) Constraint {
	return Constraint{Kind: KindApart, Key: key, Job: job}
}
