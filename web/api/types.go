package api

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// None is the body of a request or an answer that has none.
type None struct{}

// List is one part of a long list, newest first. Next continues it: send it as "before"; 0 means that this is the end.
type List[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next,omitempty"`
}

// Me is who sends the request.
type Me struct {
	Name     string `json:"name"`
	Operator bool   `json:"operator"`
	Teams    []Team `json:"teams"`
}

// Team is a team with the role that the sender has in it.
type Team struct {
	Name string    `json:"name"`
	Role paas.Role `json:"role,omitempty"`
}

// Member is a person in a team.
type Member struct {
	ID    int64     `json:"id"`
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Role  paas.Role `json:"role"`
}

// MemberAdd adds a person to a team.
type MemberAdd struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Role  paas.Role `json:"role"`
}

// MemberAdded holds the password that the new member signs in with first; it is shown only once.
type MemberAdded struct {
	OneTimePassword string `json:"oneTimePassword"`
}

// Token is an API token as it is listed.
type Token struct {
	ID         int64     `json:"id"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"createdAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
}

// TokenCreate asks for a token that ends after some days.
type TokenCreate struct {
	Name string `json:"name"`
	Days int    `json:"days"`
}

// TokenCreated is a new token with its secret, which is shown only once.
type TokenCreated struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret"`
}

// Credential opens private repositories; its secret is never given back.
type Credential struct {
	ID        int64               `json:"id"`
	Name      string              `json:"name"`
	Kind      paas.CredentialKind `json:"kind"`
	Username  string              `json:"username,omitempty"`
	PublicKey string              `json:"publicKey,omitempty"`
	CreatedAt time.Time           `json:"createdAt"`
}

// CredentialCreate keeps a credential. For an ssh_key without Secret Slipway makes the key.
type CredentialCreate struct {
	Name     string              `json:"name"`
	Kind     paas.CredentialKind `json:"kind"`
	Username string              `json:"username,omitempty"`
	Secret   string              `json:"secret,omitempty"`
}

// App is an app with its state.
type App struct {
	Name       string           `json:"name"`
	Team       string           `json:"team"`
	Repo       string           `json:"repo"`
	Branch     string           `json:"branch,omitempty"`
	Root       string           `json:"root,omitempty"`
	Runtime    string           `json:"runtime,omitempty"`
	Credential int64            `json:"credential,omitempty"`
	Settings   paas.AppSettings `json:"settings"`
	Version    int64            `json:"version"` // send it with a change
	Stopped    bool             `json:"stopped,omitempty"`
	CreatedAt  time.Time        `json:"createdAt"`
	Health     string           `json:"health"`
	Ready      int              `json:"ready"`  // tasks of the live release that are ready
	Wanted     int              `json:"wanted"` // tasks that should be
	URL        string           `json:"url,omitempty"`
	NeedsMe    string           `json:"needsMe,omitempty"` // why a person has to act
	Live       *Release         `json:"live,omitempty"`
	Latest     *Deployment      `json:"latest,omitempty"`
	Undeployed []string         `json:"undeployed,omitempty"` // changed since the live release
}

// AppCreate makes an app. Empty fields take their defaults.
type AppCreate struct {
	Team       string            `json:"team,omitempty"`
	Name       string            `json:"name"`
	Repo       string            `json:"repo"`
	Branch     string            `json:"branch,omitempty"`
	Root       string            `json:"root,omitempty"`
	Runtime    string            `json:"runtime,omitempty"`
	Credential int64             `json:"credential,omitempty"`
	Settings   paas.AppSettings  `json:"settings,omitzero"`
	Variables  map[string]string `json:"variables,omitempty"`
	Deploy     bool              `json:"deploy,omitempty"` // and deploy at once
}

// AppCreated is the new app, and its first deployment where one was asked for.
type AppCreated struct {
	App        App         `json:"app"`
	Deployment *Deployment `json:"deployment,omitempty"`
}

// AppUpdate changes what is given; the rest stays. Version is the one that was seen.
type AppUpdate struct {
	Version    int64             `json:"version"`
	Repo       *string           `json:"repo,omitempty"`
	Branch     *string           `json:"branch,omitempty"`
	Root       *string           `json:"root,omitempty"`
	Runtime    *string           `json:"runtime,omitempty"`
	Credential *int64            `json:"credential,omitempty"`
	Settings   *paas.AppSettings `json:"settings,omitempty"`
}

// Confirm repeats the name of what is destroyed.
type Confirm struct {
	Confirm string `json:"confirm"`
}

// Deploy asks for a deployment.
type Deploy struct {
	Ref        string `json:"ref,omitempty"` // branch, tag or commit; "" is the app's branch
	NoCache    bool   `json:"noCache,omitempty"`
	ConfigOnly bool   `json:"configOnly,omitempty"` // the live image with the present variables and settings
}

// Rollback goes back to a release; 0 is the one before the live one.
type Rollback struct {
	To int `json:"to,omitempty"`
}

// Deployment brings one release to life.
type Deployment struct {
	ID         int64               `json:"id"`
	App        string              `json:"app"`
	Number     int                 `json:"number"`
	Kind       paas.DeploymentKind `json:"kind"`
	State      paas.State          `json:"state"`
	Active     bool                `json:"active"` // still on its way
	Reason     string              `json:"reason,omitempty"`
	Actor      string              `json:"actor"`
	Phases     []paas.Phase        `json:"phases,omitempty"`
	Diagnosis  *paas.Diagnosis     `json:"diagnosis,omitempty"`
	CreatedAt  time.Time           `json:"createdAt"`
	FinishedAt time.Time           `json:"finishedAt,omitzero"`
}

// DeploymentDetail is a deployment with what belongs to it.
type DeploymentDetail struct {
	Deployment Deployment       `json:"deployment"`
	Build      *Build           `json:"build,omitempty"`
	Release    *Release         `json:"release,omitempty"`
	Previous   *Release         `json:"previous,omitempty"`
	Tasks      []Task           `json:"tasks,omitempty"`
	Ahead      int              `json:"ahead,omitempty"` // deployments of the app that run before it
	Usual      map[string]int64 `json:"usual,omitempty"` // phase → usual milliseconds
	Changes    []Change         `json:"changes,omitempty"`
	Log        string           `json:"log,omitempty"` // path of the log that matters now
}

// Build turns a commit into an image.
type Build struct {
	ID         int64       `json:"id"`
	State      paas.State  `json:"state"`
	Commit     paas.Commit `json:"commit"`
	Image      string      `json:"image,omitempty"`
	Reused     bool        `json:"reused,omitempty"`
	Plan       *paas.Plan  `json:"plan,omitempty"`
	Dockerfile string      `json:"dockerfile,omitempty"`
	Steps      []Step      `json:"steps,omitempty"`
	Log        string      `json:"log"`
}

// Step is one step of a build.
type Step struct {
	Name     string    `json:"name"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Cached   bool      `json:"cached,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// Release is an image with its configuration.
type Release struct {
	Number    int         `json:"number"`
	Image     string      `json:"image"`
	Commit    paas.Commit `json:"commit"`
	Runtime   string      `json:"runtime"`
	Variables []string    `json:"variables,omitempty"` // names only
	CreatedAt time.Time   `json:"createdAt"`
	CreatedBy string      `json:"createdBy"`
}

// Task is one container, wanted or there.
type Task struct {
	ID         int64               `json:"id"`
	Process    string              `json:"process"`
	Slot       int                 `json:"slot"`
	Attempt    int                 `json:"attempt"`
	Release    int                 `json:"release"`
	State      paas.State          `json:"state"`
	Ready      bool                `json:"ready"`
	Node       int64               `json:"node,omitempty"`
	Resources  paas.Resources      `json:"resources"`
	ExitCode   int                 `json:"exitCode,omitempty"`
	Reason     paas.TaskReason     `json:"reason,omitempty"`
	Detail     string              `json:"detail,omitempty"`
	Waiting    *paas.WaitingReason `json:"waiting,omitempty"`
	Since      time.Time           `json:"since,omitzero"`
	FinishedAt time.Time           `json:"finishedAt,omitzero"`
	Log        string              `json:"log"`
}

// Change is one line of a configuration's diff; values of variables are never part of it.
type Change struct {
	What   string `json:"what"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Plan is what a deploy would do now.
type Plan struct {
	Changes      []Change `json:"changes,omitempty"`
	Fits         string   `json:"fits"`
	FitsNow      bool     `json:"fitsNow"`
	ZeroDowntime bool     `json:"zeroDowntime"`
	Downtime     string   `json:"downtime,omitempty"`
	Queue        int      `json:"queue,omitempty"`
}

// Variable is an environment variable; its value is never given back.
type Variable struct {
	Name        string    `json:"name"`
	UpdatedAt   time.Time `json:"updatedAt"`
	UpdatedBy   string    `json:"updatedBy"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Released    bool      `json:"released"` // the live release has this value
}

// VariablesSet sets and removes variables in one change.
type VariablesSet struct {
	Set   map[string]string `json:"set,omitempty"`
	Unset []string          `json:"unset,omitempty"`
}

// Scale is the number of wanted tasks by process type.
type Scale struct {
	Processes map[string]int `json:"processes"`
}

// Inspect asks what Slipway would make of a repository.
type Inspect struct {
	Team       string `json:"team,omitempty"`
	Repo       string `json:"repo"`
	Branch     string `json:"branch,omitempty"`
	Root       string `json:"root,omitempty"`
	Runtime    string `json:"runtime,omitempty"`
	Credential int64  `json:"credential,omitempty"`
}

// Inspection is what Slipway makes of a repository.
type Inspection struct {
	ID        int64                `json:"id"`
	Repo      string               `json:"repo"`
	State     paas.InspectionState `json:"state"`
	Note      string               `json:"note,omitempty"`
	Commit    paas.Commit          `json:"commit,omitzero"`
	Plan      *paas.Plan           `json:"plan,omitempty"`
	Branches  []string             `json:"branches,omitempty"`
	Diagnosis *paas.Diagnosis      `json:"diagnosis,omitempty"`
}

// Event is one line of an app's timeline.
type Event struct {
	ID    int64          `json:"id"`
	At    time.Time      `json:"at"`
	Kind  paas.EventKind `json:"kind"`
	Actor string         `json:"actor"`
	Text  string         `json:"text"`
}

// Node is a machine of the fleet.
type Node struct {
	Name     string            `json:"name"`
	State    paas.State        `json:"state"`
	Problem  string            `json:"problem,omitempty"`
	Warnings string            `json:"warnings,omitempty"`
	Engine   string            `json:"engine"`
	Capacity paas.Resources    `json:"capacity"`
	Reserved paas.Resources    `json:"reserved"`
	Used     paas.Resources    `json:"used"`
	Labels   map[string]string `json:"labels,omitempty"`
	SeenAt   time.Time         `json:"seenAt"`
	Tasks    []Task            `json:"tasks"`
}

// Logs is a window of a log. First and Last are the numbers of the first line that is still kept and of the last one.
type Logs struct {
	First int64      `json:"first"`
	Last  int64      `json:"last"`
	Lines []paas.Log `json:"lines"`
}
