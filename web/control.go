package web

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// Control is what pages and the API ask the platform to do; *control.Control does it. Every verb checks the actor's
// rights itself.
type Control interface {
	accounts
	apps
	deploys
	// CanFollow is nil when the actor may follow the live topic.
	CanFollow(ctx context.Context, actor paas.Actor, topic paas.Topic) error
}

type accounts interface {
	SetupNeeded(ctx context.Context) (bool, error)
	SetUp(ctx context.Context, in control.SetUp) (session string, err error)
	SignIn(ctx context.Context, email, password, ip, agent string) (session string, err error)
	SignOut(ctx context.Context, session string) error
	Authenticate(ctx context.Context, session string) (paas.Actor, error)
	AuthenticateToken(ctx context.Context, token string) (paas.Actor, error)
	Teams(ctx context.Context, actor paas.Actor) ([]paas.Team, error)
	Members(ctx context.Context, actor paas.Actor, team string) ([]paas.Member, error)
	MemberAdd(ctx context.Context, actor paas.Actor, team, email, name string, role paas.Role) (oneTimePassword string, err error)
	MemberRemove(ctx context.Context, actor paas.Actor, team string, user int64) error
	PasswordChange(ctx context.Context, actor paas.Actor, old, new string) error
	Tokens(ctx context.Context, actor paas.Actor) ([]control.Token, error)
	TokenCreate(ctx context.Context, actor paas.Actor, name string, ttl time.Duration) (secret string, token control.Token, err error)
	TokenRevoke(ctx context.Context, actor paas.Actor, id int64) error
	Credentials(ctx context.Context, actor paas.Actor, team string) ([]paas.Credential, error)
	CredentialCreate(ctx context.Context, actor paas.Actor, team, name string, kind paas.CredentialKind, username, secret string) (paas.Credential, error)
	CredentialDelete(ctx context.Context, actor paas.Actor, team string, id int64) error
}

type apps interface {
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
}

type deploys interface {
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
}
