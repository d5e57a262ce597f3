package control

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-paas/slipway/server/auth"
	"github.com/slipway-paas/slipway/server/paas"
)

func parseEmail(errs *paas.FieldErrors, s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || strings.ContainsFunc(s, unicode.IsControl) {
		*errs = append(*errs, paas.FieldErrorf("email", "Enter an e-mail address, such as ada@example.com."))
	}
	return s
}

func parsePersonName(errs *paas.FieldErrors, s string) string {
	return parseLabel(errs, "name", s, "Enter a name.")
}

// parseLabel checks a short text for people: one line, at most 100 characters.
func parseLabel(errs *paas.FieldErrors, field, s, missing string) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		*errs = append(*errs, paas.FieldErrorf(field, "%s", missing))
	case len([]rune(s)) > 100 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		*errs = append(*errs, paas.FieldErrorf(field, "Use at most 100 printable characters."))
	}
	return s
}

// Teams lists the actor's teams.
func (c *Control) Teams(ctx context.Context, actor paas.Actor) ([]paas.Team, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Team, error) { return myTeams(tx, actor) })
}

// Members lists the people of a team.
func (c *Control) Members(ctx context.Context, actor paas.Actor, teamName string) ([]paas.Member, error) {
	return answer(ctx, c, func(tx Tx) ([]paas.Member, error) {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return nil, err
		}
		return tx.Members(t.ID)
	})
}

// MemberAdd gives somebody a role in a team. Who has no account yet gets one, and the password to hand over is
// returned; it is shown once.
func (c *Control) MemberAdd(ctx context.Context, actor paas.Actor, teamName, email, name string, role paas.Role) (oneTimePassword string, err error) {
	var errs paas.FieldErrors
	email = parseEmail(&errs, email)
	if role != paas.RoleOwner && role != paas.RoleMember {
		errs = append(errs, paas.FieldErrorf("role", "Choose owner or member."))
	}
	if name = strings.TrimSpace(name); name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	name = parsePersonName(&errs, name)
	if err := errs.Or(); err != nil {
		return "", err
	}
	password, err := auth.NewPassword()
	if err != nil {
		return "", err
	}
	hash, err := auth.HashPassword(password)
	if err != nil {
		return "", err
	}
	return result(ctx, c, func(tx Tx) (string, error) {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return "", err
		}
		if err := owner(actor, t.ID, "add members"); err != nil {
			return "", err
		}
		shown := ""
		u, _, err := tx.UserByEmail(email)
		if paas.KindOf(err) == paas.NotFound {
			shown = password
			u, err = tx.InsertUser(paas.User{Email: email, Name: name}, hash)
		}
		if err != nil {
			return "", err
		}
		if role == paas.RoleMember {
			if err := keepsAnOwner(tx, t.ID, u.ID); err != nil {
				return "", err
			}
		}
		if err := tx.SetMember(t.ID, u.ID, role); err != nil {
			return "", err
		}
		tx.Event(paas.Event{TeamID: t.ID, Kind: "member.added", Subject: topic("team", t.ID), Actor: actor.Name, Text: "Made " + u.Name + " " + string(role) + " of " + t.Name + "."})
		return shown, nil
	})
}

// keepsAnOwner refuses to leave a team without an owner when user is none any more.
func keepsAnOwner(tx Tx, team, user int64) error {
	members, err := tx.LockMembers(team)
	if err != nil {
		return err
	}
	last := false
	for _, m := range members {
		if m.Role != paas.RoleOwner {
			continue
		}
		if m.User.ID != user {
			return nil
		}
		last = true
	}
	if last {
		return paas.Errorf(paas.Conflict, "A team needs an owner. Make somebody else an owner first.")
	}
	return nil
}

// MemberRemove takes somebody out of a team. Everybody may leave; removing others is an owner's.
func (c *Control) MemberRemove(ctx context.Context, actor paas.Actor, teamName string, user int64) error {
	return c.write(ctx, func(tx Tx) error {
		t, err := team(tx, actor, teamName)
		if err != nil {
			return err
		}
		if user != actor.UserID {
			if err := owner(actor, t.ID, "remove members"); err != nil {
				return err
			}
		}
		members, err := tx.Members(t.ID)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.User.ID != user {
				continue
			}
			if err := keepsAnOwner(tx, t.ID, user); err != nil {
				return err
			}
			tx.Event(paas.Event{TeamID: t.ID, Kind: "member.removed", Subject: topic("team", t.ID), Actor: actor.Name, Text: "Removed " + m.User.Name + " from " + t.Name + "."})
			return tx.DeleteMember(t.ID, user)
		}
		return paas.Errorf(paas.NotFound, "There is no such member.")
	})
}

// PasswordChange sets the actor's own password and ends all her sessions, also this one.
func (c *Control) PasswordChange(ctx context.Context, actor paas.Actor, old, new string) error {
	type account struct {
		user paas.User
		hash string
	}
	a, err := answer(ctx, c, func(tx Tx) (a account, err error) {
		a.user, a.hash, err = tx.User(actor.UserID)
		return a, err
	})
	if err != nil {
		return err
	}
	if err := c.byAccount.Try(a.user.Email, c.now()); err != nil {
		return err
	}
	var errs paas.FieldErrors
	if !auth.CheckPassword(a.hash, old) {
		errs = append(errs, paas.FieldErrorf("old", "This is not your present password."))
	}
	if err := gather(&errs, auth.ValidatePassword("new", new, a.user.Email)); err != nil {
		return err
	}
	if err := errs.Or(); err != nil {
		return err
	}
	hash, err := auth.HashPassword(new)
	if err != nil {
		return err
	}
	return c.write(ctx, func(tx Tx) error { return tx.SetPassword(actor.UserID, hash) })
}

// Tokens lists the actor's API tokens.
func (c *Control) Tokens(ctx context.Context, actor paas.Actor) ([]Token, error) {
	return answer(ctx, c, func(tx Tx) ([]Token, error) {
		tokens, err := tx.Tokens(actor.UserID)
		views := make([]Token, len(tokens))
		for i, t := range tokens {
			views[i] = tokenView(t)
		}
		return views, err
	})
}

func tokenView(t paas.Token) Token {
	return Token{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt}
}

// TokenCreate makes an API token that may do what the actor may, until it expires. ttl 0 is 90 days.
func (c *Control) TokenCreate(ctx context.Context, actor paas.Actor, name string, ttl time.Duration) (secret string, token Token, err error) {
	var errs paas.FieldErrors
	name = parseLabel(&errs, "name", name, "Give the token a name, such as what will use it.")
	if ttl == 0 {
		ttl = auth.TokenUsual
	}
	if ttl < time.Minute || ttl > auth.TokenMax {
		errs = append(errs, paas.FieldErrorf("ttl", "A token lives from a minute to a year."))
	}
	if err := errs.Or(); err != nil {
		return "", Token{}, err
	}
	if actor.UserID == 0 {
		return "", Token{}, notSignedIn()
	}
	return c.newToken(ctx, name, ttl, func(Tx) (int64, error) { return actor.UserID, nil })
}

func (c *Control) newToken(ctx context.Context, name string, ttl time.Duration, whose func(Tx) (int64, error)) (string, Token, error) {
	secret, err := auth.NewToken()
	if err != nil {
		return "", Token{}, err
	}
	view, err := result(ctx, c, func(tx Tx) (Token, error) {
		user, err := whose(tx)
		if err != nil {
			return Token{}, err
		}
		t, err := tx.InsertToken(paas.Token{Hash: auth.Hash(secret), UserID: user, Name: name, ExpiresAt: tx.Time().Add(ttl)})
		return tokenView(t), err
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, view, nil
}

// TokenForOwner makes a token of the first operator, for whoever owns the data directory. Where nobody has an account
// yet it makes one for the machine's owner, with a team, so that everything can be done without a browser; the set-up
// link goes on working, and whoever uses it owns what was made meanwhile.
func (c *Control) TokenForOwner(ctx context.Context) (secret string, err error) {
	unknown, err := auth.NewPassword()
	if err != nil {
		return "", err
	}
	hash, err := auth.HashPassword(unknown)
	if err != nil {
		return "", err
	}
	secret, _, err = c.newToken(ctx, "slipway admin token", auth.TokenUsual, func(tx Tx) (int64, error) {
		u, err := tx.FirstOperator()
		if paas.KindOf(err) != paas.NotFound || err == nil {
			return u.ID, err
		}
		u, err = tx.InsertUser(paas.User{Email: "owner@localhost", Name: "Owner", Operator: true}, hash)
		if err != nil {
			return 0, err
		}
		if _, err := firstTeam(tx, "main", u); err != nil {
			return 0, err
		}
		return u.ID, tx.SetSetting(machineSetting, "yes")
	})
	return secret, err
}

// TokenRevoke ends one of the actor's API tokens.
func (c *Control) TokenRevoke(ctx context.Context, actor paas.Actor, id int64) error {
	return c.write(ctx, func(tx Tx) error { return tx.DeleteToken(actor.UserID, id) })
}
