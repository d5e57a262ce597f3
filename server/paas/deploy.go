package paas

import "time"

// Build turns a commit into an image.
type Build struct {
	ID         int64
	AppID      int64
	Number     int // per app, from 1
	State      State
	Ref        Ref    // what was asked for
	Commit     Commit // zero until fetched
	NoCache    bool
	ImageKey   string // content key; equal keys are equal images
	Image      string // reference in the engine's store
	ReusedFrom int64  // build that made the image, when this one only found it
	Plan       *Plan  // nil until detected
	Dockerfile string
	Diagnosis  *Diagnosis
	CreatedAt  time.Time
	StartedAt  time.Time
	FinishedAt time.Time
	Fence      int64 // the run of the build workflow that may write; older ones are refused
}

// Step is one step of a build, for its page.
type Step struct {
	Number   int
	Name     string
	Started  time.Time
	Finished time.Time
	Cached   bool
	Error    string
}

// Release is image and config together: what a deployment makes live and a rollback goes back to. It never changes.
type Release struct {
	ID        int64
	AppID     int64
	Number    int // v1, v2 … per app
	BuildID   int64
	Image     string
	Commit    Commit
	Plan      Plan
	Settings  AppSettings // as they were
	Variables []string    // names; the values are kept encrypted beside the row
	From      int64       // release this one repeats (rollback); 0 for a new one
	CreatedAt time.Time
	CreatedBy string
	ImageGone time.Time // when the image was removed from the engine; zero while it is there. Going back to it builds it again
}

// DeploymentKind is why there is a deployment.
type DeploymentKind string

// The kinds of deployment.
const (
	KindDeploy   DeploymentKind = "deploy"   // build a commit
	KindRollback DeploymentKind = "rollback" // an old release again: its image and its config
	KindConfig   DeploymentKind = "config"   // the live image with changed variables or settings
)

// Deployment brings one release to life.
type Deployment struct {
	ID           int64
	AppID        int64
	AppName      string
	TeamID       int64
	Commit       Commit // of what it builds or repeats; read only
	Number       int    // per app, from 1
	Kind         DeploymentKind
	State        State
	Reason       string // one sentence: why it is in this state, why it waits
	BuildID      int64  // 0 when the image exists already
	ReleaseID    int64  // 0 until released
	PreviousID   int64  // release that had the traffic when this one started; 0 for the first
	TargetID     int64  // rollback: the release to repeat
	Actor        string
	Phases       []Phase
	Diagnosis    *Diagnosis
	CancelAsked  time.Time
	SupersededBy int64 // deployment that replaced it while it waited or after it was live
	CreatedAt    time.Time
	FinishedAt   time.Time
	Version      int64
}

// Active reports whether the deployment is still on its way.
func (d Deployment) Active() bool {
	return d.State != DeploymentLive && !Deployments.Final(d.State)
}

// ServerGroup is N equal tasks of one release and one process type, named after Frigga: app[-process]-vNNN.
type ServerGroup struct {
	ID         int64
	AppID      int64
	AppName    string
	TeamID     int64
	TeamName   string
	ReleaseID  int64
	Release    int   // release number
	Deployment int64 // deployment that made it
	Process    string
	Name       string
	Image      string
	Spec       TaskSpec
	Resources  Resources
	Wanted     int
	Traffic    bool // the edge sends requests to its ready tasks
	Once       bool // run to completion once and do not restart: release commands, programs that finish
	CreatedAt  time.Time
	RetiredAt  time.Time // wanted is 0 for good
}
