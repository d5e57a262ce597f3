package paas

import "time"

// Inspection is one look at a repository before there is an app: fetch, detect, show. It is a row of its own so that
// the page can wait for it live and come back to it.
type Inspection struct {
	ID         int64
	TeamID     int64
	Repo       RepoURL
	Branch     Ref
	Root       Subdir
	Runtime    string // chosen by the person; "" lets detection choose
	Credential int64
	State      InspectionState
	Note       string // what it is doing, one sentence
	Commit     Commit
	Plan       *Plan
	Branches   []string // for the form's choice, default branch first; at most 200
	Diagnosis  *Diagnosis
	CreatedAt  time.Time
	FinishedAt time.Time
}

// InspectionState is where an inspection is.
type InspectionState string

// The states of an inspection.
const (
	InspectionRunning InspectionState = "running"
	InspectionDone    InspectionState = "done"
	InspectionFailed  InspectionState = "failed"
)
