package control

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/auth"
	"github.com/slipway-paas/slipway/server/paas"
)

// setUpSetting holds the hash of the set-up link's token until it was used.
const setUpSetting = "set_up_token"

// machineSetting is set while the only account is the one that TokenForOwner made.
const machineSetting = "machine_account"

// SetupNeeded reports whether nobody has set Slipway up yet.
func (c *Control) SetupNeeded(ctx context.Context) (bool, error) { return answer(ctx, c, setUpOpen) }

// SetUpToken makes the one-time token of the set-up link; "" when the platform is set up. Only its hash is kept, so
// each start makes a new one and the last one counts.
func (c *Control) SetUpToken(ctx context.Context) (string, error) {
	token, err := auth.NewSession()
	if err != nil {
		return "", err
	}
	return result(ctx, c, func(tx Tx) (string, error) {
		if open, err := setUpOpen(tx); err != nil || !open {
			return "", err
		}
		return token, tx.SetSetting(setUpSetting, hex.EncodeToString(auth.Hash(token)))
	})
}

// SetUp creates the first account, an operator, and her team, and signs her in.
func (c *Control) SetUp(ctx context.Context, in SetUp) (session string, err error) {
	var errs paas.FieldErrors
	email := parseEmail(&errs, in.Email)
	name := parsePersonName(&errs, in.Name)
	teamName, err := paas.ParseName("team", in.Team)
	if err := gather(&errs, err); err != nil {
		return "", err
	}
	if err := gather(&errs, auth.ValidatePassword("password", in.Password, email)); err != nil {
		return "", err
	}
	if err := errs.Or(); err != nil {
		return "", err
	}
	hash, err := auth.HashPassword(in.Password)
	if err != nil {
		return "", err
	}
	return result(ctx, c, func(tx Tx) (string, error) {
		if open, err := setUpOpen(tx); err != nil || !open {
			return "", orError(err, paas.Errorf(paas.Conflict, "Slipway is set up already. Sign in instead."))
		}
		want, err := tx.Setting(setUpSetting)
		if err != nil {
			return "", err
		}
		wantHash, err := hex.DecodeString(want)
		if err != nil || want == "" || !auth.Matches(in.Token, wantHash) {
			return "", paas.FieldErrorf("token", "This set-up link is not valid. Use the one that the terminal shows; it changes with each start.")
		}
		if taken, err := tx.TakeSetting(setUpSetting, want); err != nil || !taken {
			return "", orError(err, paas.Errorf(paas.Conflict, "Slipway is being set up by somebody else."))
		}
		u, err := tx.InsertUser(paas.User{Email: email, Name: name, Operator: true}, hash)
		if err != nil {
			return "", err
		}
		t, err := firstTeam(tx, teamName, u)
		if err != nil {
			return "", err
		}
		if err := errors.Join(tx.SetSetting(setUpSetting, ""), tx.SetSetting(machineSetting, "")); err != nil {
			return "", err
		}
		tx.Event(paas.Event{TeamID: t.ID, Kind: "team.created", Subject: topic("team", t.ID), Actor: u.Name, Text: "Set up Slipway and the team " + t.Name + "."})
		return c.newSession(tx, u.ID, "", "")
	})
}

// setUpOpen reports whether nobody has set Slipway up yet. The account that the machine's owner got by `admin token` is
// nobody: it has no password that anyone knows.
func setUpOpen(tx Tx) (bool, error) {
	has, err := tx.HasUsers()
	if err != nil || !has {
		return err == nil, err
	}
	machine, err := tx.Setting(machineSetting)
	return machine != "", err
}

// firstTeam makes the team, and its person an owner of it and of every team that the machine's owner made before.
func firstTeam(tx Tx, name string, u paas.User) (first paas.Team, err error) {
	teams, err := tx.Teams(nil)
	if err != nil {
		return first, err
	}
	at := slices.IndexFunc(teams, func(t paas.Team) bool { return t.Name == name })
	if at < 0 {
		t, err := tx.InsertTeam(name)
		if err != nil {
			return first, err
		}
		at, teams = len(teams), append(teams, t)
	}
	for _, t := range teams {
		if err := tx.SetMember(t.ID, u.ID, paas.RoleOwner); err != nil {
			return first, err
		}
	}
	return teams[at], nil
}

func orError(err, or error) error {
	if err != nil {
		return err
	}
	return or
}

func (c *Control) newSession(tx Tx, user int64, ip, agent string) (string, error) {
	session, err := auth.NewSession()
	if err != nil {
		return "", err
	}
	return session, tx.InsertSession(paas.Session{
		Hash: auth.Hash(session), UserID: user, IP: clip(ip, 64), Agent: clip(agent, 300), ExpiresAt: tx.Time().Add(auth.SessionMax),
	})
}

func clip(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

// SignIn makes a session for whoever knows the password. Which of e-mail and password was wrong is not told.
func (c *Control) SignIn(ctx context.Context, email, password, ip, agent string) (session string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if err := c.byIP.Try(ip, c.now()); err != nil {
		return "", err
	}
	if err := c.byAccount.Try(email, c.now()); err != nil {
		return "", err
	}
	type account struct {
		user paas.User
		hash string
	}
	a, err := answer(ctx, c, func(tx Tx) (a account, err error) {
		a.user, a.hash, err = tx.UserByEmail(email)
		return a, err
	})
	if err != nil && paas.KindOf(err) != paas.NotFound {
		return "", err
	}
	// Hashing takes long on purpose: outside the transaction, and also for an account that does not exist.
	if !auth.CheckPassword(a.hash, password) {
		return "", paas.Errorf(paas.Unauthorized, "The e-mail address or the password is wrong.")
	}
	c.byAccount.Forget(email)
	return result(ctx, c, func(tx Tx) (string, error) {
		// The password may have been changed since it was checked.
		if _, hash, err := tx.User(a.user.ID); err != nil || hash != a.hash {
			return "", orError(err, paas.Errorf(paas.Unauthorized, "The e-mail address or the password is wrong."))
		}
		return c.newSession(tx, a.user.ID, ip, agent)
	})
}

// SignOut ends a session; one that is over already is no error.
func (c *Control) SignOut(ctx context.Context, session string) error {
	return c.write(ctx, func(tx Tx) error { return tx.DeleteSession(auth.Hash(session)) })
}

// seenEvery is how often the use of a session or token is written down: often enough for the idle limit, and no write
// for every page.
const seenEvery = time.Minute

// notSignedIn is the one answer for every session or token that does not count.
func notSignedIn() error { return paas.Errorf(paas.Unauthorized, "Sign in first.") }

// Authenticate is the person of a session.
func (c *Control) Authenticate(ctx context.Context, session string) (paas.Actor, error) {
	if session == "" {
		return paas.Actor{}, notSignedIn()
	}
	hash := auth.Hash(session)
	stale := false
	actor, err := answer(ctx, c, func(tx Tx) (paas.Actor, error) {
		s, err := tx.Session(hash)
		if err != nil {
			return paas.Actor{}, err
		}
		now := tx.Time()
		if !now.Before(s.ExpiresAt) || now.Sub(s.SeenAt) >= auth.SessionIdle {
			return paas.Actor{}, notSignedIn()
		}
		stale = now.Sub(s.SeenAt) >= seenEvery
		return tx.Actor(s.UserID)
	})
	if paas.KindOf(err) == paas.NotFound {
		return paas.Actor{}, notSignedIn()
	}
	if err == nil && stale {
		err = c.write(ctx, func(tx Tx) error { return tx.SeeSession(hash) })
	}
	return actor, err
}

// AuthenticateToken is the person of an API token.
func (c *Control) AuthenticateToken(ctx context.Context, token string) (paas.Actor, error) {
	refused := paas.Errorf(paas.Unauthorized, "The API token is not valid.")
	if !auth.WellFormed(token) {
		return paas.Actor{}, refused
	}
	var t paas.Token
	stale := false
	actor, err := answer(ctx, c, func(tx Tx) (actor paas.Actor, err error) {
		if t, err = tx.TokenByHash(auth.Hash(token)); err != nil {
			return paas.Actor{}, err
		}
		if !tx.Time().Before(t.ExpiresAt) {
			return paas.Actor{}, refused
		}
		stale = tx.Time().Sub(t.LastUsedAt) >= seenEvery
		actor, err = tx.Actor(t.UserID)
		actor.Token = true
		return actor, err
	})
	if err != nil {
		if paas.KindOf(err) == paas.NotFound {
			err = refused
		}
		return paas.Actor{}, err
	}
	if stale {
		err = c.write(ctx, func(tx Tx) error { return tx.SeeToken(t.ID) })
	}
	return actor, err
}
