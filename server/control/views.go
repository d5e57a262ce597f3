package control

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// AppSummary is one line of the apps page.
type AppSummary struct {
	App        paas.App
	Health     Health
	Latest     *paas.Deployment // newest deployment; nil before the first
	Release    *paas.Release    // the live one
	Running    int              // ready tasks of the live release
	Wanted     int
	NeedsMe    string // one sentence when a person has to act, "" otherwise
	LastActor  string
	LastChange time.Time
}

// Health is the state of an app as its owner sees it: an icon, a word and a colour on the page.
type Health string

// The healths of an app.
const (
	HealthNew       Health = "new"       // never deployed
	HealthDeploying Health = "deploying" // first deployment on its way, nothing live yet
	HealthRunning   Health = "running"   // every wanted task ready
	HealthDegraded  Health = "degraded"  // some tasks ready
	HealthFailing   Health = "failing"   // no task ready
	HealthStopped   Health = "stopped"
	HealthFinished  Health = "finished" // a program that ended with exit 0
)

// AppDetail is the app page.
type AppDetail struct {
	AppSummary
	URL        string // where the app answers; "" when it has no web process
	Tasks      []paas.Task
	Groups     []paas.ServerGroup
	Active     *paas.Deployment  // on its way right now
	Recent     []paas.Deployment // newest first, at most 10
	Releases   []paas.Release    // newest first, at most 20
	Events     []paas.Event      // newest first, at most 20
	Undeployed []string          // names of variables and settings changed since the live release
	Role       paas.Role
}

// DeploymentDetail is the deployment page.
type DeploymentDetail struct {
	Deployment paas.Deployment
	App        paas.App
	Build      *paas.Build
	Steps      []paas.Step
	Release    *paas.Release
	Previous   *paas.Release // what had the traffic before
	Tasks      []paas.Task
	Ahead      int                      // deployments of this app that run before it
	Usual      map[string]time.Duration // phase → median of the last ten successful deployments
	Changes    []Change                 // config diff against Previous
	LogTopic   paas.Topic               // the log that matters now: logs:build:N or logs:task:N
}

// Change is one line of a config diff. Values of variables are never shown.
type Change struct {
	What   string // "Variable DATABASE_URL", "Memory of web"
	Before string // "" when it is new
	After  string // "" when it is gone
}

// DeployPlan is what a click on Deploy would do, shown before the click.
type DeployPlan struct {
	Current      *paas.Release
	Changes      []Change
	Fits         string // "Fits on 1 of 1 nodes." or why not
	FitsNow      bool
	ZeroDowntime bool
	Downtime     string // why not, when ZeroDowntime is false
	Queue        int    // deployments of this app ahead of it
}

// NodeDetail is the node page: a bin with its tasks.
type NodeDetail struct {
	Node  paas.Node
	Used  paas.Resources
	Tasks []paas.Task
}

// Page selects a part of a long list, newest first.
type Page struct {
	Before int64 // id to continue before; 0 starts at the newest
	Limit  int   // at most 200; 0 means 50
}

// Token is an API token as it is listed; its secret is shown once, when it is made.
type Token struct {
	ID         int64
	Name       string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time
}

// AppCreate is a new app. Empty fields take their defaults.
type AppCreate struct {
	Team       string // name of the team; "" is the actor's only team
	Name       string
	Repo       string
	Branch     string
	Root       string
	Runtime    string
	Credential int64
	Settings   paas.AppSettings
	Variables  map[string]string
	Deploy     bool // and deploy at once
}

// AppUpdate changes an app; nil fields stay. Version is the one the person saw; another change since is a Conflict.
type AppUpdate struct {
	Version    int64
	Repo       *string
	Branch     *string
	Root       *string
	Runtime    *string
	Credential *int64
	Settings   *paas.AppSettings
}

// DeployRequest asks for a deployment.
type DeployRequest struct {
	Ref        string // branch, tag or commit; "" is the app's branch
	NoCache    bool
	ConfigOnly bool // the live image with the present variables and settings
}

// InspectRequest asks what Slipway would make of a repository.
type InspectRequest struct {
	Team       string
	Repo       string
	Branch     string
	Root       string
	Runtime    string
	Credential int64
}

// SetUp creates the first account and team. Token is the one-time token of the set-up link.
type SetUp struct {
	Token, Email, Name, Password, Team string
}
