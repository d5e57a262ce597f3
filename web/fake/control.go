// Package fake is a Slipway without machines: control and bus in memory, filled with every state a page can show. Tests
// and the storybook use it; the platform never does.
package fake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// The people. Their password is Password, their session and token their e-mail.
const (
	Ada      = "ada@example.com"  // owns team harbor, operator
	Ben      = "ben@example.com"  // member of team harbor
	Eve      = "eve@example.com"  // owns team quarry, which has nothing to do with harbor
	Lone     = "lone@example.com" // belongs to no team
	Password = "correct horse battery"
)

// Control is the platform in memory.
type Control struct {
	mu          sync.Mutex
	Now         func() time.Time
	Bus         *Bus
	Unset       bool // nobody has set Slipway up yet
	Fail        error
	actors      map[string]paas.Actor
	people      map[int64]paas.User
	teams       []paas.Team
	members     map[int64][]paas.Member
	apps        []*App
	nodes       []control.NodeDetail
	tokens      []control.Token
	credentials []paas.Credential
	inspections map[int64]paas.Inspection
	Calls       []string // the verbs that changed something, in order
}

// App is one app with all that pages show of it.
type App struct {
	Detail      control.AppDetail
	Plan        control.DeployPlan
	Deployments []control.DeploymentDetail // newest first
	Variables   []paas.Variable
}

// New makes an empty platform with its people.
func New(now func() time.Time) *Control {
	f := &Control{Now: now, Bus: NewBus(), people: map[int64]paas.User{}, members: map[int64][]paas.Member{}, inspections: map[int64]paas.Inspection{}}
	f.teams = []paas.Team{{ID: 1, Name: "harbor", CreatedAt: now()}, {ID: 2, Name: "quarry", CreatedAt: now()}}
	f.actors = map[string]paas.Actor{
		Ada:  {UserID: 1, Name: "Ada", Operator: true, Teams: map[int64]paas.Role{1: paas.RoleOwner}},
		Ben:  {UserID: 2, Name: "Ben", Teams: map[int64]paas.Role{1: paas.RoleMember}},
		Eve:  {UserID: 3, Name: "Eve", Teams: map[int64]paas.Role{2: paas.RoleOwner}},
		Lone: {UserID: 4, Name: "Lone"},
	}
	for email, a := range f.actors {
		f.people[a.UserID] = paas.User{ID: a.UserID, Email: email, Name: a.Name, Operator: a.Operator}
		for team, role := range a.Teams {
			f.members[team] = append(f.members[team], paas.Member{User: f.people[a.UserID], Role: role})
		}
	}
	for _, list := range f.members {
		slices.SortFunc(list, func(a, b paas.Member) int { return int(a.User.ID - b.User.ID) })
	}
	return f
}

// Add puts an app into the platform.
func (f *Control) Add(a *App) *App {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apps = append(f.apps, a)
	return a
}

// SetNodes replaces the fleet.
func (f *Control) SetNodes(nodes ...control.NodeDetail) { f.nodes = nodes }

// SetInspection adds an inspection.
func (f *Control) SetInspection(i paas.Inspection) { f.inspections[i.ID] = i }

// Change alters the platform and tells who follows the topics.
func (f *Control) Change(change func(), topics ...paas.Topic) {
	f.mu.Lock()
	change()
	f.mu.Unlock()
	f.Bus.Publish(topics...)
}

func (f *Control) called(format string, args ...any) {
	f.Calls = append(f.Calls, fmt.Sprintf(format, args...))
}

func (f *Control) app(actor paas.Actor, name string) (*App, error) {
	if f.Fail != nil {
		return nil, f.Fail
	}
	for _, a := range f.apps {
		if a.Detail.App.Name == name && actor.In(a.Detail.App.TeamID) {
			return a, nil
		}
	}
	return nil, paas.Errorf(paas.NotFound, "There is no app called %q.", name)
}

func (f *Control) team(actor paas.Actor, name string) (paas.Team, error) {
	for _, t := range f.teams {
		if (t.Name == name || name == "") && actor.In(t.ID) {
			return t, nil
		}
	}
	return paas.Team{}, paas.Errorf(paas.NotFound, "There is no team called %q.", name)
}

func owned(actor paas.Actor, team int64) error {
	if actor.Teams[team] != paas.RoleOwner {
		return paas.Errorf(paas.Forbidden, "Only an owner of the team can do this.")
	}
	return nil
}

// SetupNeeded implements web.Control, as do the methods below.
func (f *Control) SetupNeeded(context.Context) (bool, error) { return f.Unset, nil }

func (f *Control) SetUp(_ context.Context, in control.SetUp) (string, error) {
	if in.Token != "first" {
		return "", paas.Errorf(paas.Forbidden, "This set-up link is not valid any more. Use the newest one in the terminal.")
	}
	if _, err := paas.ParseName("team", in.Team); err != nil {
		return "", err
	}
	f.Unset = false
	return Ada, nil
}

func (f *Control) SignIn(_ context.Context, email, password, _, _ string) (string, error) {
	if _, ok := f.actors[email]; !ok || password != Password {
		return "", paas.Errorf(paas.Unauthorized, "E-mail or password is wrong.")
	}
	return email, nil
}

func (f *Control) SignOut(context.Context, string) error { return nil }

func (f *Control) Authenticate(_ context.Context, session string) (paas.Actor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	actor, ok := f.actors[session]
	if !ok {
		return paas.Actor{}, paas.Errorf(paas.Unauthorized, "Sign in first.")
	}
	return actor, nil
}

func (f *Control) AuthenticateToken(ctx context.Context, token string) (paas.Actor, error) {
	actor, err := f.Authenticate(ctx, strings.TrimPrefix(token, "slp_"))
	actor.Token = true
	return actor, err
}

// SignOutEverywhere ends a person's sessions.
func (f *Control) SignOutEverywhere(email string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.actors, email)
}

func (f *Control) Teams(_ context.Context, actor paas.Actor) (teams []paas.Team, err error) {
	for _, t := range f.teams {
		if actor.In(t.ID) {
			teams = append(teams, t)
		}
	}
	return teams, f.Fail
}

func (f *Control) Members(_ context.Context, actor paas.Actor, team string) ([]paas.Member, error) {
	t, err := f.team(actor, team)
	return f.members[t.ID], err
}

func (f *Control) MemberAdd(_ context.Context, actor paas.Actor, team, email, name string, role paas.Role) (string, error) {
	t, err := f.team(actor, team)
	if err != nil {
		return "", err
	}
	if err := owned(actor, t.ID); err != nil {
		return "", err
	}
	if !strings.Contains(email, "@") {
		return "", paas.FieldErrorf("email", "%q is not an e-mail address.", email)
	}
	f.members[t.ID] = append(f.members[t.ID], paas.Member{User: paas.User{ID: 99, Email: email, Name: name}, Role: role})
	f.called("member add %s", email)
	return "quiet-otter-wades-9421", nil
}

func (f *Control) MemberRemove(_ context.Context, actor paas.Actor, team string, user int64) error {
	t, err := f.team(actor, team)
	if err != nil {
		return err
	}
	f.called("member remove %d", user)
	return owned(actor, t.ID)
}

func (f *Control) PasswordChange(_ context.Context, _ paas.Actor, old, changed string) error {
	if old != Password {
		return paas.FieldErrorf("old", "This is not your present password.")
	}
	if len(changed) < 12 {
		return paas.FieldErrorf("new", "Use at least 12 characters.")
	}
	return nil
}

func (f *Control) Tokens(context.Context, paas.Actor) ([]control.Token, error) { return f.tokens, nil }

func (f *Control) TokenCreate(_ context.Context, _ paas.Actor, name string, ttl time.Duration) (string, control.Token, error) {
	if name == "" {
		return "", control.Token{}, paas.FieldErrorf("name", "Give the token a name.")
	}
	t := control.Token{ID: int64(len(f.tokens) + 1), Name: name, CreatedAt: f.Now(), ExpiresAt: f.Now().Add(ttl)}
	f.tokens = append(f.tokens, t)
	return "slp_9fK2vQ7xT4mWc1RbN8yLz0", t, nil
}

func (f *Control) TokenRevoke(_ context.Context, _ paas.Actor, id int64) error {
	f.tokens = slices.DeleteFunc(f.tokens, func(t control.Token) bool { return t.ID == id })
	return nil
}

func (f *Control) Credentials(_ context.Context, actor paas.Actor, team string) ([]paas.Credential, error) {
	_, err := f.team(actor, team)
	return f.credentials, err
}

func (f *Control) CredentialCreate(_ context.Context, actor paas.Actor, team, name string, kind paas.CredentialKind, username, _ string) (paas.Credential, error) {
	t, err := f.team(actor, team)
	if err != nil {
		return paas.Credential{}, err
	}
	if err := owned(actor, t.ID); err != nil {
		return paas.Credential{}, err
	}
	if name == "" {
		return paas.Credential{}, paas.FieldErrorf("name", "Give it a name.")
	}
	c := paas.Credential{ID: int64(len(f.credentials) + 1), TeamID: t.ID, Name: name, Kind: kind, Username: username, CreatedAt: f.Now()}
	if kind == paas.CredentialSSHKey {
		c.PublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8wVh0Zr4yqk3pXn7d2mB1uE5tQf6cGhYs9aLoKzRwT slipway-" + name
	}
	f.credentials = append(f.credentials, c)
	return c, nil
}

func (f *Control) CredentialDelete(_ context.Context, actor paas.Actor, team string, id int64) error {
	t, err := f.team(actor, team)
	if err != nil {
		return err
	}
	if err := owned(actor, t.ID); err != nil {
		return err
	}
	f.credentials = slices.DeleteFunc(f.credentials, func(c paas.Credential) bool { return c.ID == id })
	return nil
}

func (f *Control) CanFollow(_ context.Context, actor paas.Actor, topic paas.Topic) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.apps {
		if actor.In(a.Detail.App.TeamID) && a.owns(topic) {
			return nil
		}
	}
	return paas.Errorf(paas.NotFound, "There is no such log.")
}

func (a *App) owns(topic paas.Topic) bool {
	is := func(kind string, id int64) bool { return topic == paas.Topic(fmt.Sprintf("%s:%d", kind, id)) }
	if is("app", a.Detail.App.ID) {
		return true
	}
	for _, t := range a.Detail.Tasks {
		if is("logs:task", t.ID) {
			return true
		}
	}
	for _, d := range a.Deployments {
		if is("deployment", d.Deployment.ID) || (d.Build != nil && is("logs:build", d.Build.ID)) {
			return true
		}
		for _, t := range d.Tasks {
			if is("logs:task", t.ID) {
				return true
			}
		}
	}
	return false
}

// Find gives an app by its name; nil when there is none.
func (f *Control) Find(name string) *App {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.apps {
		if a.Detail.App.Name == name {
			return a
		}
	}
	return nil
}
