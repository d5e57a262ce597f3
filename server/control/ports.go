package control

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Database runs transactions of type T; *store.Store is one, with its own *store.Tx. Write commits what change did as a
// whole, with the events that tell of it, and may call change again when it lost against another transaction.
type Database[T Tx] interface {
	Write(ctx context.Context, change func(T) error) error
	Read(ctx context.Context, look func(T) error) error
}

// Tx is what the verbs read and write, all at one point in time.
type Tx interface {
	accountTx
	appTx
	deployTx
	fleetTx
}

type accountTx interface {
	Time() time.Time
	Setting(key string) (string, error)
	SetSetting(key, value string) error
	TakeSetting(key, value string) (taken bool, err error) // removes it; of several at once, one takes it

	HasUsers() (bool, error)
	InsertUser(u paas.User, passwordHash string) (paas.User, error)
	User(id int64) (paas.User, string, error)
	UserByEmail(email string) (paas.User, string, error)
	FirstOperator() (paas.User, error)
	SetPassword(user int64, hash string) error // ends all sessions
	Actor(user int64) (paas.Actor, error)

	InsertTeam(name string) (paas.Team, error)
	Teams(ids []int64) ([]paas.Team, error)
	Members(team int64) ([]paas.Member, error)
	LockMembers(team int64) ([]paas.Member, error) // Members, held until the transaction ends
	SetMember(team, user int64, role paas.Role) error
	DeleteMember(team, user int64) error

	InsertSession(s paas.Session) error
	Session(hash []byte) (paas.Session, error)
	SeeSession(hash []byte) error
	DeleteSession(hash []byte) error

	InsertToken(t paas.Token) (paas.Token, error)
	Tokens(user int64) ([]paas.Token, error)
	TokenByHash(hash []byte) (paas.Token, error)
	SeeToken(id int64) error
	DeleteToken(user, id int64) error

	InsertCredential(c paas.Credential, secret string) (paas.Credential, error)
	Credential(id int64) (paas.Credential, error)
	Credentials(team int64) ([]paas.Credential, error)
	DeleteCredential(id int64) error
}

type appTx interface {
	App(id int64) (paas.App, error)
	AppNamed(name string) (paas.App, error)
	LockApp(name string) (paas.App, error) // AppNamed, held until the transaction ends
	InsertApp(a paas.App) (paas.App, error)
	SaveApp(a paas.App) (paas.App, error)
	Apps(teams []int64, query string, before int64, limit int) ([]paas.App, error)

	Variables(app paas.App) ([]paas.Variable, error)
	SetVariables(app paas.App, by string, set map[string]string, unset []string) (changed []string, err error)
	ForgetVariables(app int64) error
	ReleaseFingerprints(release int64) (map[string]string, error)

	InsertInspection(i paas.Inspection) (paas.Inspection, error)
	Inspection(id int64) (paas.Inspection, error)

	Event(e paas.Event)
	Events(app, before int64, limit int) ([]paas.Event, error)
}

type deployTx interface {
	Deployment(id int64) (paas.Deployment, error)
	DeploymentNumbered(app int64, number int) (paas.Deployment, error)
	Deployments(app, before int64, limit int) ([]paas.Deployment, error)
	Pending(app int64) ([]paas.Deployment, error)
	LiveDeployment(app int64) (paas.Deployment, error)
	InsertDeployment(d paas.Deployment) (paas.Deployment, error)
	ChangeDeployment(id int64, actor string, change func(*paas.Deployment) (event string, err error)) (paas.Deployment, error)
	PhaseMedians(app, but int64) (map[string]time.Duration, error)

	Build(id int64) (paas.Build, error)
	BuildNumbered(app int64, number int) (paas.Build, error)
	InsertBuild(b paas.Build) (paas.Build, error)
	ChangeBuild(id int64, change func(*paas.Build) (event string, err error)) (paas.Build, error)
	Steps(build int64) ([]paas.Step, error)

	Release(id int64) (paas.Release, error)
	ReleaseNumbered(app int64, number int) (paas.Release, error)
	Releases(app, before int64, limit int) ([]paas.Release, error)
}

type fleetTx interface {
	ActiveGroups(app int64) ([]paas.ServerGroup, error)
	SetWanted(g paas.ServerGroup, wanted int) error
	RetireGroups(app, keepRelease int64) error

	AppTasks(app int64) ([]paas.Task, error)
	LogTasks(app int64, limit int) ([]paas.Task, error)
	DeploymentTasks(deployment int64) ([]paas.Task, error)
	Task(id int64) (paas.Task, error)
	TasksOn(node int64) ([]paas.Task, error)

	Nodes() ([]paas.Node, error)
	NodeNamed(name string) (paas.Node, error)
	NodeUse() (map[int64]paas.Resources, error) // what tasks have reserved on each node

	// Of many apps at once, each by one query.
	LatestDeployments(apps []int64) (map[int64]paas.Deployment, error)
	LatestEvents(apps []int64) (map[int64]paas.Event, error)
	LiveReleases(apps []int64) (map[int64]paas.Release, error)
	LiveFleet(apps []int64) (groups []paas.ServerGroup, tasks []paas.Task, err error) // of the live releases; the last task of each slot
}
