// Package api is the JSON API under /api/v1: its types, which the CLI uses too, its operations and their description.
package api

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// Prefix is where the API begins.
const Prefix = "/api/v1"

// API answers programs.
type API struct {
	Control  Control
	Logs     LogReader
	Requests Requests
}

// Control is what the API asks the platform to do; *control.Control does it.
type Control interface {
	Teams(ctx context.Context, actor paas.Actor) ([]paas.Team, error)
	Members(ctx context.Context, actor paas.Actor, team string) ([]paas.Member, error)
	MemberAdd(ctx context.Context, actor paas.Actor, team, email, name string, role paas.Role) (oneTimePassword string, err error)
	MemberRemove(ctx context.Context, actor paas.Actor, team string, user int64) error
	Tokens(ctx context.Context, actor paas.Actor) ([]control.Token, error)
	TokenCreate(ctx context.Context, actor paas.Actor, name string, ttl time.Duration) (secret string, token control.Token, err error)
	TokenRevoke(ctx context.Context, actor paas.Actor, id int64) error
	Credentials(ctx context.Context, actor paas.Actor, team string) ([]paas.Credential, error)
	CredentialCreate(ctx context.Context, actor paas.Actor, team, name string, kind paas.CredentialKind, username, secret string) (paas.Credential, error)
	CredentialDelete(ctx context.Context, actor paas.Actor, team string, id int64) error

	Apps(ctx context.Context, actor paas.Actor, query string, page control.Page) ([]control.AppSummary, error)
	App(ctx context.Context, actor paas.Actor, name string) (control.AppDetail, error)
	AppCreate(ctx context.Context, actor paas.Actor, in control.AppCreate) (paas.App, *paas.Deployment, error)
	AppUpdate(ctx context.Context, actor paas.Actor, name string, in control.AppUpdate) (paas.App, error)
	AppDestroy(ctx context.Context, actor paas.Actor, name, confirm string) error
	AppStop(ctx context.Context, actor paas.Actor, name string) error
	AppStart(ctx context.Context, actor paas.Actor, name string) error
	Variables(ctx context.Context, actor paas.Actor, app string) ([]paas.Variable, error)
	VariablesSet(ctx context.Context, actor paas.Actor, app string, set map[string]string, unset []string) error
	Scale(ctx context.Context, actor paas.Actor, app string, scale map[string]int) error
	Inspect(ctx context.Context, actor paas.Actor, in control.InspectRequest) (paas.Inspection, error)
	Inspection(ctx context.Context, actor paas.Actor, id int64) (paas.Inspection, error)

	Deploy(ctx context.Context, actor paas.Actor, app string, in control.DeployRequest) (paas.Deployment, error)
	Rollback(ctx context.Context, actor paas.Actor, app string, release int) (paas.Deployment, error)
	Cancel(ctx context.Context, actor paas.Actor, app string, deployment int) (paas.Deployment, error)
	Plan(ctx context.Context, actor paas.Actor, app string) (control.DeployPlan, error)
	Deployments(ctx context.Context, actor paas.Actor, app string, page control.Page) ([]paas.Deployment, error)
	Deployment(ctx context.Context, actor paas.Actor, app string, number int) (control.DeploymentDetail, error)
	Releases(ctx context.Context, actor paas.Actor, app string, page control.Page) ([]paas.Release, error)
	Tasks(ctx context.Context, actor paas.Actor, app string) ([]paas.Task, error)
	Events(ctx context.Context, actor paas.Actor, app string, page control.Page) ([]paas.Event, error)
	Nodes(ctx context.Context, actor paas.Actor) ([]control.NodeDetail, error)
	Node(ctx context.Context, actor paas.Actor, name string) (control.NodeDetail, error)

	// CanFollow is nil when the actor may follow the live topic.
	CanFollow(ctx context.Context, actor paas.Actor, topic paas.Topic) error
}

// LogReader reads the numbered lines of tasks and builds; *bus.Bus does.
type LogReader interface {
	ReadLogs(ctx context.Context, topic paas.Topic, from int64, limit int) ([]paas.Log, error)
	CountLogs(ctx context.Context, topic paas.Topic) (first, last int64, err error)
	LogsSince(ctx context.Context, topic paas.Topic, since time.Time) (int64, error)
	FollowLogs(ctx context.Context, topic paas.Topic, from int64, fn func([]paas.Log) error) error
}

// Answer is what a write was answered.
type Answer struct {
	Status    int
	MediaType string
	Body      []byte
}

// Requests remembers the answer of each write by its Idempotency-Key, so that a client may send a request again without
// doing anything twice. Answers are kept for 24 h.
type Requests interface {
	// BeginRequest notes that a write begins and gives the answer of an equal one before, if there was one. The key with
	// another request, or with one in flight, is a Conflict.
	BeginRequest(ctx context.Context, key string, actor int64, method, path string, bodyHash []byte) (*Answer, error)
	// EndRequest keeps the answer; nil forgets the request, so that it may be tried again.
	EndRequest(ctx context.Context, key string, actor int64, answer *Answer) error
}
