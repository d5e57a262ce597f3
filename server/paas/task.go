package paas

import "time"

// TaskReason says why a task ended.
type TaskReason string

// The reasons of a finished task, and whose fault each is (TaskReason.Fault).
const (
	ReasonNormal       TaskReason = "normal"        // exit 0
	ReasonFailed       TaskReason = "failed"        // exit code other than 0
	ReasonKilled       TaskReason = "killed"        // by a signal Slipway did not send
	ReasonScaledDown   TaskReason = "scaled_down"   // no longer wanted
	ReasonStuck        TaskReason = "stuck"         // a state lasted too long
	ReasonUnready      TaskReason = "unready"       // not ready before its deadline
	ReasonOutOfMemory  TaskReason = "out_of_memory" // killed at its memory limit
	ReasonTimeLimit    TaskReason = "time_limit"
	ReasonNoCommand    TaskReason = "no_command" // the program does not exist or cannot be run
	ReasonNodeLost     TaskReason = "node_lost"
	ReasonImageMissing TaskReason = "image_missing"
	ReasonEngineFault  TaskReason = "engine_fault"
)

// Fault is whose fault the end of a task is.
type Fault string

// The faults. Platform faults never count as the user's retries.
const (
	FaultNone     Fault = ""
	FaultUser     Fault = "user"
	FaultPlatform Fault = "platform"
)

// Fault tells the user's faults from the platform's.
func (r TaskReason) Fault() Fault {
	switch r {
	case ReasonFailed, ReasonOutOfMemory, ReasonTimeLimit, ReasonNoCommand, ReasonUnready, ReasonKilled:
		return FaultUser
	case ReasonNodeLost, ReasonImageMissing, ReasonEngineFault, ReasonStuck:
		return FaultPlatform
	default:
		return FaultNone
	}
}

// Task is one container, wanted or there.
type Task struct {
	ID        int64
	GroupID   int64
	AppID     int64
	AppName   string
	TeamID    int64
	TeamName  string
	ReleaseID int64
	Release   int // release number, for labels and pages
	Process   string
	Slot      int // 1..Wanted; a replacement keeps the slot
	Attempt   int // 1 for the first task of its slot, counts replacements after user faults
	State     State
	Stop      bool // desired: stopped. Set once, never unset
	Ready     bool // answers its readiness check
	NodeID    int64
	Fence     int64 // grows with every placement; the engine's label must match or the container is not ours to keep
	Resources Resources
	Image     string
	Spec      TaskSpec
	Address   string // "172.18.0.3:8080" as the edge reaches it; "" before it runs
	ExitCode  int
	Reason    TaskReason
	Detail    string         // one sentence with the evidence
	Diagnosis *Diagnosis     // when it ended by somebody's fault
	Waiting   *WaitingReason // why it is not placed yet
	NotBefore time.Time      // restart back-off: not placed before
	// Since is when the present state began; the others are kept for the page.
	Since, CreatedAt, PlacedAt, StartedAt, ReadyAt, StopAt, FinishedAt time.Time
	Version                                                            int64
}

// Done reports whether the task's program has done its work and ended: one that runs once, or one that may finish and
// ended with exit 0 before anybody reached it. A server that ends by itself has a diagnosis.
func (t Task) Done() bool {
	if t.State != TaskFinished || t.Reason != ReasonNormal || t.Diagnosis != nil {
		return false
	}
	return t.Spec.Once || t.Spec.MayFinish && t.ReadyAt.IsZero()
}

// TaskSpec is what the executor needs beyond the row's columns: everything of the release that shapes the container
// but for the variables' values, which are fetched decrypted at start.
type TaskSpec struct {
	Args         []string      `json:"args,omitempty"` // empty: the image's own entry point and command
	Port         int           `json:"port,omitempty"` // 0 for processes without traffic
	HealthPath   string        `json:"healthPath,omitempty"`
	StartTimeout time.Duration `json:"startTimeout,omitempty"` // how long until ready
	StopTimeout  time.Duration `json:"stopTimeout,omitempty"`  // SIGTERM to SIGKILL; 0 means 30 s
	WritableRoot bool          `json:"writableRoot,omitempty"`
	User         string        `json:"user,omitempty"`
	Once         bool          `json:"once,omitempty"`      // run to completion
	MayFinish    bool          `json:"mayFinish,omitempty"` // exit 0 before it ever listened is its end, not a failure
}

// WaitingReason explains why a task is not placed: data first, one plain sentence second.
type WaitingReason struct {
	Sentence string         `json:"sentence"`           // "Needs 8 GiB; the roomiest of 12 nodes has 6.2 GiB free."
	Position int            `json:"position,omitempty"` // place in the queue, from 1
	RuledOut map[string]int `json:"ruledOut,omitempty"` // constraint or resource → nodes it ruled out
}

// Default times of a task. Sources: Heroku's dyno shutdown (30 s) and Kamal's and Nomad's defaults between 30 s and
// 5 min for readiness.
const (
	DefaultStopTimeout  = 30 * time.Second
	DefaultStartTimeout = 60 * time.Second
)

// When a silent node is suspected, and gets no new tasks, and when it is given up. Sources: SwarmKit misses three
// heartbeats of 5 s; Nomad sees a lost client in about 20 s.
const (
	NodeSuspectAfter = 15 * time.Second
	NodeLostAfter    = 20 * time.Second
)

// Node is a machine with an engine.
type Node struct {
	ID        int64
	Name      string
	State     State
	Capacity  Resources // what tasks may use in total
	Reserved  Resources // kept for the machine itself and for builds
	Engine    string    // "Docker 20.10.24"
	Labels    map[string]string
	Problem   string // why it is not well, one sentence; "" when it is
	Warnings  string // what weakens the isolation there, in sentences; "" for nothing
	SeenAt    time.Time
	CreatedAt time.Time
}
