package place

import "time"

// Node is a machine, or a share of one, that runs tasks.
type Node struct {
	ID   string
	Zone string // where it fails together with others
	Type string // machine type, such as "m5.xlarge"
	// Group is the scaling group that the node belongs to, "" for none.
	Group string
	// Attributes are what constraints can name besides node, zone and type.
	Attributes map[string]string

	Capacity Resources // what the machine has
	Reserved Resources // what of it is kept for the machine itself

	State  NodeState
	Taints []Taint
	// Removable says that scaling asked for the draining.
	Removable bool
	// IdleSince is when its last task left, zero while it has any.
	IdleSince time.Time
	// StateSince is when it entered its state.
	StateSince time.Time
	// MaxTasks is the most tasks the node runs at once; 0 is no limit.
	MaxTasks int
	// Failures are what went wrong on the node lately. A Fleet given no
	// failures for a node takes it as healthy.
	Failures []Failure
	// Images are the images already on the node, as tasks name them.
	Images []string
	// Sets are its named resource sets.
	Sets []ResourceSet
}

// NodeState says whether a node takes new tasks. The zero value is Ready.
type NodeState uint8

// The states of a node.
const (
	Ready    NodeState = iota // takes tasks
	Avoid                     // being phased out: takes a task only when no ready node can
	Joining                   // not yet able to run tasks
	Draining                  // keeps its tasks until they have moved, takes none
	Suspect                   // silent for a moment: keeps its tasks, takes none
	Lost                      // silent for good: takes none
)

var nodeStates = [...]string{"ready", "avoided", "joining", "draining", "suspect", "lost"}

// String is the word for people.
func (s NodeState) String() string {
	if int(s) < len(nodeStates) {
		return nodeStates[s]
	}
	return "unknown"
}

func (s NodeState) takesTasks() bool { return s <= Avoid }

// Taint keeps tasks away from a node unless they tolerate it.
type Taint struct {
	Key, Value string
	// Soft only makes the node less liked.
	Soft bool
}

// Failure is one thing that went wrong on a node. Its penalty fades with time.
type Failure struct {
	Kind FailureKind
	At   time.Time
}

// FailureKind is what went wrong.
type FailureKind uint8

// The kinds of failure, with the penalties of Titus's agent management
// (lost before start .3, start error or stuck .5, crash .3, lost after start .1).
const (
	LostBeforeStart FailureKind = iota
	StartError
	Crash
	LostAfterStart
)

// ResourceSet is a number of slots that each take a name from their first
// user and then admit only that name until empty: Fenzo's model of network
// interfaces and their security groups.
type ResourceSet struct {
	Name  string // such as "eni"
	Slots int
	Units int64 // how many sub-units (addresses) each slot has
}
