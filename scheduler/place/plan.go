package place

// Plan is what Schedule decided.
type Plan struct {
	Assignments []Assignment
	Preemptions []Preemption
	// Waiting holds every task that stays without a node, in queue order.
	Waiting []Waiting
	// Considered is how many times a node was scored for a task: the work
	// that the index did not save. It depends on the fleet's past; nothing
	// else of a plan does.
	Considered int
}

// Assignment puts a task on a node.
type Assignment struct {
	Task, Node string
	Score      float64 // 0 to 1; Explain gives its parts
}

// Preemption stops a task so that another can take its place. The other one
// waits, with reason WaitsForLeaving, until the victim has been removed.
type Preemption struct {
	Task, Node string // the victim and where it runs
	For        string // the task it makes room for
}

// Waiting is a task without a node and why.
type Waiting struct {
	Task     string
	Position int     // 1 is the head of the queue
	Reason   *Reason // shared between equal tasks: do not change it
}

// Code classifies a Reason.
type Code string

// Why a task waits.
const (
	NoNodes         Code = "no nodes"          // the fleet is empty, or no node takes tasks
	NoFit           Code = "no fit"            // Counts and Nearest say more
	TooLarge        Code = "too large"         // larger than any node, even an empty one
	NotReadyYet     Code = "not ready yet"     // ReadyAt lies ahead
	TeamQuota       Code = "team quota"        // the team's quota holds it
	JobQuota        Code = "job quota"         // the job's quota holds it
	Guarantees      Code = "guarantees"        // what is free is guaranteed to other teams
	GangIncomplete  Code = "gang incomplete"   // tasks of the gang are not known yet
	GangNoFit       Code = "gang no fit"       // not all of the gang fit at once
	WaitsForLeaving Code = "waits for leaving" // it has a node as soon as tasks there have stopped
	Budget          Code = "budget"            // a job's disruption budget keeps a task in place
	Unmovable       Code = "unmovable"         // not to be moved: pinned to its node, or on none
	AffinityCycle   Code = "affinity cycle"    // jobs wait to be near each other
)

// Count is how many nodes one constraint or resource ruled out. A node counts
// once, for the first thing that ruled it out.
type Count struct {
	// Cause is a resource ("CPU", "memory", "scalar NAME", "set NAME"), a
	// constraint ("zone in a, b") or a node's condition ("draining").
	Cause string
	Nodes int
	// Resource says that Cause is a resource.
	Resource bool
}

// Lack is how much of a resource a node misses.
type Lack struct {
	Resource   string
	Need, Free int64 // in the resource's unit
}

// Nearest is the node that comes closest to taking the task.
type Nearest struct {
	Node  string
	Lacks []Lack
}

// Reason is why a task waits: data first, one plain sentence by String.
type Reason struct {
	Code    Code
	Nodes   int     // nodes in the fleet
	Counts  []Count // by nodes, most first
	Nearest *Nearest
	// Held names what holds the task where no node does: the team, the job,
	// the gang, the node whose tasks leave, or the jobs of a cycle.
	Held string
	// Limit is which quota, or how many tasks of a gang are known.
	Limit *Lack

	sentence string
}

// String is the reason as one plain sentence.
func (r *Reason) String() string { return r.sentence }
