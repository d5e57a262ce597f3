// Package control is what a person can do on the platform: one method per verb, each one transaction, each checking
// the actor's rights itself. What belongs to another team is not found, so that nobody learns that it exists.
package control

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/auth"
	"github.com/slipway-paas/slipway/server/paas"
)

// Config is what the verbs need besides the records.
type Config struct {
	Now        func() time.Time // nil means time.Now
	EdgeURL    string           // where apps answer, without their name: http://localhost:8000
	PortalHost string           // host name of the portal, which no app may have; "" is none that an app could have
	LocalRepos bool             // repositories may be paths on the server's machine
}

// Control carries out the verbs.
type Control struct {
	write      func(context.Context, func(Tx) error) error
	read       func(context.Context, func(Tx) error) error
	now        func() time.Time
	edge       *url.URL
	portalHost string
	localRepos bool
	byAccount  *auth.Limiter
	byIP       *auth.Limiter
}

// Sign-in limits per minute. Source: OWASP's advice against guessing, by account and by address.
const (
	triesPerAccount = 5
	triesPerIP      = 20
)

// New makes the verbs over a database.
func New[T Tx](db Database[T], c Config) (*Control, error) {
	edge, err := url.Parse(c.EdgeURL)
	if err != nil {
		return nil, fmt.Errorf("read the edge's address: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Control{
		write: func(ctx context.Context, f func(Tx) error) error {
			return db.Write(ctx, func(tx T) error { return f(tx) })
		},
		read: func(ctx context.Context, f func(Tx) error) error {
			return db.Read(ctx, func(tx T) error { return f(tx) })
		},
		now:        c.Now,
		edge:       edge,
		portalHost: strings.ToLower(c.PortalHost),
		localRepos: c.LocalRepos,
		byAccount:  auth.NewLimiter(triesPerAccount, time.Minute),
		byIP:       auth.NewLimiter(triesPerIP, time.Minute),
	}, nil
}

// answer is one read transaction with a result.
func answer[T any](ctx context.Context, c *Control, look func(Tx) (T, error)) (v T, err error) {
	err = c.read(ctx, func(tx Tx) error {
		v, err = look(tx)
		return err
	})
	return v, err
}

// result is one write transaction with a result.
func result[T any](ctx context.Context, c *Control, change func(Tx) (T, error)) (v T, err error) {
	err = c.write(ctx, func(tx Tx) error {
		v, err = change(tx)
		return err
	})
	return v, err
}

// noApp is the one answer for an app that does not exist and for one of another team.
func noApp(name string) error { return paas.Errorf(paas.NotFound, "There is no app called %q.", name) }

// app is the actor's app of that name.
func app(tx Tx, actor paas.Actor, name string) (paas.App, error) {
	a, err := tx.AppNamed(name)
	return mine(actor, a, name, err)
}

// lockApp is app for a change.
func lockApp(tx Tx, actor paas.Actor, name string) (paas.App, error) {
	a, err := tx.LockApp(name)
	return mine(actor, a, name, err)
}

func mine(actor paas.Actor, a paas.App, name string, err error) (paas.App, error) {
	if paas.KindOf(err) == paas.NotFound || err == nil && !actor.In(a.TeamID) {
		return paas.App{}, noApp(name)
	}
	return a, err
}

// team is the actor's team of that name; "" is her only one.
func team(tx Tx, actor paas.Actor, name string) (paas.Team, error) {
	teams, err := myTeams(tx, actor)
	if err != nil {
		return paas.Team{}, err
	}
	if name == "" && len(teams) == 1 {
		return teams[0], nil
	}
	if name == "" {
		return paas.Team{}, paas.FieldErrorf("team", "Say which team.")
	}
	if i := slices.IndexFunc(teams, func(t paas.Team) bool { return t.Name == name }); i >= 0 {
		return teams[i], nil
	}
	return paas.Team{}, paas.Errorf(paas.NotFound, "There is no team called %q.", name)
}

func myTeams(tx Tx, actor paas.Actor) ([]paas.Team, error) {
	ids := teamIDs(actor)
	if ids != nil && len(ids) == 0 {
		return nil, nil
	}
	return tx.Teams(ids)
}

// teamIDs are the actor's teams; nil, all of them, for Slipway itself.
func teamIDs(actor paas.Actor) []int64 {
	if actor.In(0) { // nobody but Slipway belongs to a team that does not exist
		return nil
	}
	ids := make([]int64, 0, len(actor.Teams))
	for id := range actor.Teams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// owner refuses whoever is not an owner of the team.
func owner(actor paas.Actor, team int64, what string) error {
	if actor.Teams[team] == paas.RoleOwner || actor.In(0) {
		return nil
	}
	return paas.Errorf(paas.Forbidden, "Only an owner of the team may %s.", what)
}

// operator refuses whoever does not run the fleet.
func operator(actor paas.Actor) error {
	if actor.Operator {
		return nil
	}
	return paas.Errorf(paas.Forbidden, "Only an operator sees the nodes.")
}

func topic(kind string, id int64) paas.Topic { return paas.Topic(fmt.Sprintf("%s:%d", kind, id)) }

// note writes an event of an app in the actor's name.
func note(tx Tx, actor paas.Actor, a paas.App, kind paas.EventKind, format string, args ...any) {
	tx.Event(paas.Event{TeamID: a.TeamID, AppID: a.ID, Kind: kind, Subject: topic("app", a.ID), Actor: actor.Name, Text: fmt.Sprintf(format, args...)})
}

// Limits of a page of a list.
const (
	usualPage = 50
	mostPage  = 200
)

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return usualPage
	case p.Limit > mostPage:
		return mostPage
	}
	return p.Limit
}

// appURL is where an app answers.
func (c *Control) appURL(name string) string {
	u := *c.edge
	u.Host = name + "." + u.Host
	return u.String()
}

// gather adds the wrong fields of err to errs and returns what else went wrong.
func gather(errs *paas.FieldErrors, err error) error {
	var many paas.FieldErrors
	var one *paas.Error
	switch {
	case err == nil:
	case errors.As(err, &many):
		*errs = append(*errs, many...)
	case errors.As(err, &one) && one.Kind == paas.Invalid:
		*errs = append(*errs, one)
	default:
		return err
	}
	return nil
}

// named is err with another field name: the parsers of paas name their own.
func named(err error, field string) error {
	var one *paas.Error
	if errors.As(err, &one) && one.Kind == paas.Invalid {
		copied := *one
		copied.Field = field
		return &copied
	}
	return err
}
