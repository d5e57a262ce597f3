package flow

import (
	"context"

	"github.com/slipway-paas/slipway/server/paas"
)

// Store is what the workflows read and write. Each method is one transaction; those that change something are
// idempotent, because a step may run twice.
type Store interface {
	Deployment(ctx context.Context, id int64) (paas.Deployment, error)
	PendingDeployments(ctx context.Context) ([]paas.Deployment, error) // on their way, oldest first
	ChangeDeployment(ctx context.Context, id int64, change func(*paas.Deployment) (event string, err error)) (paas.Deployment, error)
	FinishDeployment(ctx context.Context, id int64) (paas.Deployment, error)
	RetireDeployment(ctx context.Context, id int64) error
	RetireGroups(ctx context.Context, app, keepRelease int64) error

	Build(ctx context.Context, id int64) (paas.Build, error)
	ChangeBuild(ctx context.Context, id int64, change func(*paas.Build) (event string, err error)) (paas.Build, error)
	SaveSteps(ctx context.Context, build int64, steps []paas.Step) error
	CredentialSecret(ctx context.Context, id int64) (paas.Credential, string, error)

	App(ctx context.Context, id int64) (paas.App, error)
	CreateRelease(ctx context.Context, deployment int64, image string, plan paas.Plan, commit paas.Commit) (paas.Release, error)
	Release(ctx context.Context, id int64) (paas.Release, error)
	EnsureGroup(ctx context.Context, g paas.ServerGroup) (paas.ServerGroup, error)
	RunsOnce(ctx context.Context, g paas.ServerGroup) error
	Groups(ctx context.Context, deployment int64) ([]paas.ServerGroup, error)
	GroupTasks(ctx context.Context, group int64) ([]paas.Task, error)
	AppTasks(ctx context.Context, app int64) ([]paas.Task, error) // living ones

	SwitchTraffic(ctx context.Context, deployment int64) (routesVersion int64, err error)
	RevertTraffic(ctx context.Context, deployment int64) (routesVersion int64, err error)
	RoutesApplied(ctx context.Context) (int64, error)

	Inspection(ctx context.Context, id int64) (paas.Inspection, error)
	ChangeInspection(ctx context.Context, id int64, change func(*paas.Inspection) error) (paas.Inspection, error)
}

// Hints wakes a waiting step. Hints may be lost; whoever waits also looks again by itself.
type Hints interface {
	// Watch returns a channel that receives after changes of any of the topics, coalesced, until ctx ends.
	Watch(ctx context.Context, topics ...paas.Topic) <-chan struct{}
}

// Logs takes the lines of a build.
type Logs interface {
	LastLog(ctx context.Context, topic paas.Topic) (seq int64, pos string, err error)
	AppendLogs(ctx context.Context, topic paas.Topic, lines []paas.Log, pos string) error
}

// Bakery turns sources into images.
type Bakery interface {
	// Inspect fetches and detects, without building.
	Inspect(ctx context.Context, source Source, note func(string)) (Inspected, error)
	// Bake makes the image of a commit, or finds it. It reports every change of its progress and every line of output.
	Bake(ctx context.Context, order Order, report Report) (Baked, error)
}

// Source is where an app's code is and how to open it.
type Source struct {
	Repo       paas.RepoURL
	Ref        paas.Ref
	Root       paas.Subdir
	Runtime    string
	Build      paas.BuildSettings // what the person overrode
	Credential paas.Credential
	Secret     string // of the credential; "" for none
}

// Inspected is what a look at a repository found.
type Inspected struct {
	Commit   paas.Commit
	Plan     paas.Plan
	Branches []string
}

// Order is one build.
type Order struct {
	Source
	App     string
	Team    string
	NoCache bool
	Env     map[string]string // the app's variables that the build may see
}

// Report receives a build's progress. Calls come one at a time.
type Report struct {
	State func(state paas.State)
	Found func(commit paas.Commit)
	Plan  func(plan paas.Plan, dockerfile string)
	Steps func(steps []paas.Step)
	Line  func(line paas.Log) // Seq is ignored
}

// Baked is a finished image.
type Baked struct {
	Commit     paas.Commit
	Plan       paas.Plan
	Dockerfile string
	Key        string
	Image      string
	Reused     bool
}
