package paas

import (
	"slices"
	"time"
)

// State is where a build, deployment, task or node is in its life. The words are the database's words: the CHECK
// constraints in migrations use the same ones, and a test compares them.
type State string

// Build: queued → fetching → building → pushing → succeeded | failed | canceled.
const (
	BuildQueued    State = "queued"
	BuildFetching  State = "fetching"
	BuildBuilding  State = "building"
	BuildPushing   State = "pushing"
	BuildSucceeded State = "succeeded"
	BuildFailed    State = "failed"
	BuildCanceled  State = "canceled"
)

// Deployment: queued → building → releasing → placing → starting → switching → draining → live | failed | canceled;
// live → superseded.
const (
	DeploymentQueued     State = "queued"
	DeploymentBuilding   State = "building"
	DeploymentReleasing  State = "releasing"
	DeploymentPlacing    State = "placing"
	DeploymentStarting   State = "starting"
	DeploymentSwitching  State = "switching"
	DeploymentDraining   State = "draining"
	DeploymentLive       State = "live"
	DeploymentFailed     State = "failed"
	DeploymentCanceled   State = "canceled"
	DeploymentSuperseded State = "superseded"
)

// Task: accepted → placed → starting → running → stopping → finished. States only grow; of two reports the later state
// wins.
const (
	TaskAccepted State = "accepted"
	TaskPlaced   State = "placed"
	TaskStarting State = "starting"
	TaskRunning  State = "running"
	TaskStopping State = "stopping"
	TaskFinished State = "finished"
)

// Node: joining → ready ⇄ draining → removed; lost when silent.
const (
	NodeJoining  State = "joining"
	NodeReady    State = "ready"
	NodeDraining State = "draining"
	NodeLost     State = "lost"
	NodeRemoved  State = "removed"
)

// Machine is the table of legal moves of one kind of thing. A state with no moves is final.
type Machine struct {
	Name  string // for sentences: "deployment"
	First State
	Moves map[State][]State
}

// Builds are the legal moves of a build. A build that was interrupted goes back to nothing: it moves on or fails.
var Builds = Machine{Name: "build", First: BuildQueued, Moves: map[State][]State{
	BuildQueued:    {BuildFetching, BuildFailed, BuildCanceled},
	BuildFetching:  {BuildBuilding, BuildPushing, BuildSucceeded, BuildFailed, BuildCanceled}, // a reused image skips building
	BuildBuilding:  {BuildPushing, BuildSucceeded, BuildFailed, BuildCanceled},
	BuildPushing:   {BuildSucceeded, BuildFailed, BuildCanceled},
	BuildSucceeded: nil,
	BuildFailed:    nil,
	BuildCanceled:  nil,
}}

// Deployments are the legal moves of a deployment. A rollback or a change of configuration has its image already and
// skips building; an app without a release command skips nothing: releasing takes no time.
var Deployments = Machine{Name: "deployment", First: DeploymentQueued, Moves: map[State][]State{
	DeploymentQueued:     {DeploymentBuilding, DeploymentReleasing, DeploymentFailed, DeploymentCanceled},
	DeploymentBuilding:   {DeploymentReleasing, DeploymentFailed, DeploymentCanceled},
	DeploymentReleasing:  {DeploymentPlacing, DeploymentFailed, DeploymentCanceled},
	DeploymentPlacing:    {DeploymentStarting, DeploymentFailed, DeploymentCanceled},
	DeploymentStarting:   {DeploymentSwitching, DeploymentFailed, DeploymentCanceled},
	DeploymentSwitching:  {DeploymentDraining, DeploymentFailed},
	DeploymentDraining:   {DeploymentLive, DeploymentFailed},
	DeploymentLive:       {DeploymentSuperseded},
	DeploymentFailed:     nil,
	DeploymentCanceled:   nil,
	DeploymentSuperseded: nil,
}}

// Tasks are the legal moves of a task: forward only, and finished from anywhere.
var Tasks = Machine{Name: "task", First: TaskAccepted, Moves: map[State][]State{
	TaskAccepted: {TaskPlaced, TaskFinished},
	TaskPlaced:   {TaskStarting, TaskRunning, TaskStopping, TaskFinished},
	TaskStarting: {TaskRunning, TaskStopping, TaskFinished},
	TaskRunning:  {TaskStopping, TaskFinished},
	TaskStopping: {TaskFinished},
	TaskFinished: nil,
}}

// Nodes are the legal moves of a node.
var Nodes = Machine{Name: "node", First: NodeJoining, Moves: map[State][]State{
	NodeJoining:  {NodeReady, NodeLost, NodeRemoved},
	NodeReady:    {NodeDraining, NodeLost, NodeRemoved},
	NodeDraining: {NodeReady, NodeLost, NodeRemoved},
	NodeLost:     {NodeReady, NodeDraining, NodeRemoved},
	NodeRemoved:  nil,
}}

// Can reports whether from → to is legal.
func (m Machine) Can(from, to State) bool { return slices.Contains(m.Moves[from], to) }

// Final reports whether nothing follows s.
func (m Machine) Final(s State) bool { moves, known := m.Moves[s]; return known && len(moves) == 0 }

// Check is nil when from → to is legal, a Conflict otherwise.
func (m Machine) Check(from, to State) error {
	if m.Can(from, to) {
		return nil
	}
	return Errorf(Conflict, "A %s that is %s cannot become %s.", m.Name, from, to)
}

// States lists every state of the machine, sorted.
func (m Machine) States() []State {
	states := make([]State, 0, len(m.Moves))
	for s := range m.Moves {
		states = append(states, s)
	}
	slices.Sort(states)
	return states
}

// Phase is one timed part of a deployment or build, for the ladder on its page.
type Phase struct {
	Name     string     `json:"name"` // queue, fetch, build, release, place, start, ready, switch, drain
	State    PhaseState `json:"state"`
	Started  time.Time  `json:"started,omitzero"`
	Finished time.Time  `json:"finished,omitzero"`
	Note     string     `json:"note,omitempty"` // one sentence: why it waits, what was reused
}

// PhaseState uses Orca's words.
type PhaseState string

// The phase states.
const (
	PhaseNotStarted PhaseState = "not started"
	PhaseRunning    PhaseState = "running"
	PhaseSucceeded  PhaseState = "succeeded"
	PhaseFailed     PhaseState = "failed"
	PhaseCanceled   PhaseState = "canceled"
	PhaseSkipped    PhaseState = "skipped"
)
