package place

import "time"

// Task is one instance to run somewhere.
type Task struct {
	ID   string
	Job  string // replicas of one thing share it; constraints count within it
	Tier Tier
	Team string // who pays; "" is a team like any other
	// Priority orders tasks of one team within a tier: higher goes first.
	Priority int
	Demand   Resources
	// Sets are the named resource sets it needs, at most one a set name.
	Sets []SetRequest
	// Image lets nodes that already hold it be preferred; "" for none.
	Image string
	// Require are hard: a node that breaks one is no candidate.
	Require []Constraint
	// Prefer are soft: a node that satisfies them scores higher.
	Prefer    []Preference
	Tolerates []Toleration
	// Gang names tasks that start together or not at all; "" for none.
	Gang string
	// GangSize is how many tasks the gang has; all give the same figure. The
	// gang waits until so many are known.
	GangSize int
	// ReadyAt is when it began to wait; before it, the task is not tried.
	// The oldest goes first among equals.
	ReadyAt time.Time

	// Node is where the task is already, "" while it waits.
	Node string
	// Leaving says that the task on Node is stopping: it still holds its
	// resources, and others may wait for them.
	Leaving bool
	// Pinned says that the task must not be preempted or moved.
	Pinned bool
}

// Tier orders tasks strictly: all Critical ones before any Flex one.
type Tier uint8

// The tiers.
const (
	Critical Tier = iota // services: latency matters, may displace Flex
	Flex                 // batch and previews: use what is left
	tiers
)

// String is the word for people.
func (t Tier) String() string {
	if t == Critical {
		return "critical"
	}
	return "flex"
}

// SetRequest asks for sub-units of a named resource set under a name.
type SetRequest struct {
	Set   string // such as "eni"
	Value string // the name that a slot must carry or take, such as "sg-1,sg-2"
	Units int64
}

// Toleration lets a task onto nodes with the taint. An empty Value tolerates
// every value of the key.
type Toleration struct{ Key, Value string }

// Preference is a soft constraint and how much it counts against the task's
// other preferences.
type Preference struct {
	Constraint
	Weight float64 // more than 0
}

// Job is what is known of a job besides its tasks. A job without one has no
// limits.
type Job struct {
	ID string
	// Quota is the most its tasks may use together; 0 in a field is no limit.
	Quota Resources
	// MaxTasks is the most tasks placed at once; 0 is no limit.
	MaxTasks int
	// MaxDisrupted is how many of its tasks may be down at once because of
	// preemption or moves: tasks leaving count. 0 allows none; a job never
	// set allows any number.
	MaxDisrupted int
}

// Team shares the fleet with other teams.
type Team struct {
	ID string
	// Guarantee is what the team can always have within a tier: as long as
	// it uses less, it goes before teams that use more than theirs.
	Guarantee Resources
	// Quota is the most it may use; 0 in a field is no limit.
	Quota Resources
	// MaxTasks is the most tasks placed at once; 0 is no limit.
	MaxTasks int
	// PastUse is its recent dominant share, decayed (see Decayed), 0 to 1.
	PastUse float64
}
