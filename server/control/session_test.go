package control_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestSetUpWorksOnceAndWithTheLastLinkOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := storetest.SQLite(t)
	c, err := control.New(s, control.Config{EdgeURL: "http://localhost:8000"})
	if err != nil {
		t.Fatal(err)
	}
	if needed, err := c.SetupNeeded(ctx); err != nil || !needed {
		t.Fatalf("set-up needed: %v, %v", needed, err)
	}
	old, err := c.SetUpToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.SetUpToken(ctx)
	if err != nil || token == old || len(token) < 40 {
		t.Fatalf("tokens %q and %q, %v", old, token, err)
	}
	if got := storetest.Strings(t, storetest.SQL(t, s), "SELECT value FROM settings"); len(got) != 1 || strings.Contains(got[0], token) {
		t.Errorf("the settings hold %v, want one hash", got)
	}
	in := control.SetUp{Email: "Ada@Example.com ", Name: "Ada", Password: password, Team: "crew"}
	for _, wrong := range []string{"", old, token + "x"} {
		in.Token = wrong
		if _, err := c.SetUp(ctx, in); paas.KindOf(err) != paas.Invalid {
			t.Errorf("with the token %q: %v, want invalid", wrong, err)
		}
	}
	in.Token = token
	session, err := c.SetUp(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	ada, err := c.Authenticate(ctx, session)
	if err != nil || ada.Name != "Ada" || !ada.Operator || len(ada.Teams) != 1 {
		t.Errorf("signed in as %+v, %v", ada, err)
	}
	if _, err := c.SetUp(ctx, in); paas.KindOf(err) != paas.Conflict {
		t.Errorf("a second set-up: %v, want a conflict", err)
	}
	if again, err := c.SetUpToken(ctx); err != nil || again != "" {
		t.Errorf("after the set-up there is the token %q, %v", again, err)
	}
	if _, err := c.SignIn(ctx, "ada@example.com", password, "::1", "test"); err != nil {
		t.Errorf("signing in: %v", err)
	}
}

func TestEveryWrongFieldOfTheSetUpIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	c, err := control.New(storetest.SQLite(t), control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.SetUp(t.Context(), control.SetUp{Email: "nobody", Password: "short", Team: "Bad Name"})
	wantFields(t, err, "email", "name", "team", "password")
}

func wantFields(t *testing.T, err error, want ...string) {
	t.Helper()
	var many paas.FieldErrors
	if !errors.As(err, &many) {
		t.Fatalf("got %v, want errors of the fields %v", err, want)
	}
	named := map[string]bool{}
	for _, e := range many {
		named[e.Field] = true
		if e.Message == "" || e.Kind != paas.Invalid {
			t.Errorf("field %s: %+v", e.Field, e)
		}
	}
	for _, field := range want {
		if !named[field] {
			t.Errorf("field %s was not named in %v", field, err)
		}
	}
	if len(named) != len(want) {
		t.Errorf("named %v, want %v", named, want)
	}
}

func TestGuessingAPasswordIsSlowedDown(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		for i := range 5 {
			if _, err := d.SignIn(ctx, "ada@example.com", "wrong", "10.0.0.1", ""); paas.KindOf(err) != paas.Unauthorized {
				t.Fatalf("try %d: %v, want unauthorized", i+1, err)
			}
		}
		_, err := d.SignIn(ctx, " ADA@example.com", password, "10.0.0.2", "")
		wantKind(t, "the sixth try for one account, from elsewhere and with the right password", err, paas.TooMany)
		d.clock.at = d.clock.at.Add(time.Minute)
		if _, err := d.SignIn(ctx, "ada@example.com", password, "10.0.0.1", ""); err != nil {
			t.Errorf("a minute later: %v", err)
		}
		_, unknown := d.SignIn(ctx, "nobody@example.com", password, "10.0.0.3", "")
		_, wrong := d.SignIn(ctx, "ada@example.com", "wrong", "10.0.0.3", "")
		if unknown == nil || wrong == nil || unknown.Error() != wrong.Error() {
			t.Errorf("an unknown account says %q, a wrong password %q; want the same", unknown, wrong)
		}
		var last error
		for i := range 21 {
			_, last = d.SignIn(ctx, strings.Repeat("x", i+1)+"@example.com", "wrong", "10.0.0.9", "")
		}
		wantKind(t, "the 21st try from one address", last, paas.TooMany)
	})
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do    func(t *testing.T, d *desk)
		alive bool
	}{
		"not while it is used":       {func(_ *testing.T, d *desk) { d.clock.at = d.clock.at.Add(59 * time.Minute) }, true},
		"an hour after its last use": {func(_ *testing.T, d *desk) { d.clock.at = d.clock.at.Add(time.Hour) }, false},
		"twelve hours after sign-in however much it is used": {func(t *testing.T, d *desk) {
			for range 24 {
				if _, err := d.Authenticate(t.Context(), d.session); err != nil {
					t.Fatal(err)
				}
				d.clock.at = d.clock.at.Add(30 * time.Minute)
			}
		}, false},
		"by signing out": {func(t *testing.T, d *desk) {
			for range 2 {
				if err := d.SignOut(t.Context(), d.session); err != nil {
					t.Fatal(err)
				}
			}
		}, false},
		"by a new password": {func(t *testing.T, d *desk) {
			if err := d.PasswordChange(t.Context(), d.ada, password, "another long password"); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			tt.do(t, d)
			_, err := d.Authenticate(t.Context(), d.session)
			if (err == nil) != tt.alive || (err != nil && paas.KindOf(err) != paas.Unauthorized) {
				t.Errorf("alive: %v, %v; want %v", err == nil, err, tt.alive)
			}
		})
	}
}

func TestATokenActsForItsOwnerUntilItEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	secret, token, err := d.TokenCreate(ctx, d.bob, "CI", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := d.AuthenticateToken(ctx, secret)
	if err != nil || actor.UserID != d.bob.UserID || !actor.Token {
		t.Errorf("the token is %+v, %v; want Bob's", actor, err)
	}
	if got := storetest.Strings(t, storetest.SQL(t, d.Store), "SELECT hex(hash) || name FROM tokens"); len(got) != 1 || strings.Contains(got[0], secret) {
		t.Errorf("the database holds %v", got)
	}
	list, err := d.Tokens(ctx, d.bob)
	if err != nil || len(list) != 1 || list[0].LastUsedAt.IsZero() || list[0].Name != "CI" {
		t.Errorf("Bob's tokens: %+v, %v", list, err)
	}
	d.clock.at = d.clock.at.Add(time.Hour)
	_, err = d.AuthenticateToken(ctx, secret)
	wantKind(t, "an hour later", err, paas.Unauthorized)
	if err := d.TokenRevoke(ctx, d.bob, token.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "revoking it twice", d.TokenRevoke(ctx, d.bob, token.ID), paas.NotFound)
	_, _, err = d.TokenCreate(ctx, d.bob, "", 400*24*time.Hour)
	wantFields(t, err, "name", "ttl")
	admin, err := d.TokenForOwner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if actor, err := d.AuthenticateToken(ctx, admin); err != nil || actor.UserID != d.ada.UserID {
		t.Errorf("the admin's token is %+v, %v; want Ada's", actor, err)
	}
}

func TestATeamKeepsAnOwner(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		wantKind(t, "the last owner leaving", d.MemberRemove(ctx, d.ada, "crew", d.ada.UserID), paas.Conflict)
		_, err := d.MemberAdd(ctx, d.ada, "crew", "ada@example.com", "", paas.RoleMember)
		wantKind(t, "the last owner becoming a member", err, paas.Conflict)
		if _, err := d.MemberAdd(ctx, d.ada, "crew", "bob@example.com", "", paas.RoleOwner); err != nil {
			t.Fatal(err)
		}
		if err := d.MemberRemove(ctx, d.ada, "crew", d.ada.UserID); err != nil {
			t.Errorf("leaving to another owner: %v", err)
		}
		ada, err := d.Authenticate(ctx, d.session)
		if err != nil || len(ada.Teams) != 0 {
			t.Errorf("who left is still in %v, %v", ada.Teams, err)
		}
	})
}

func TestAHandedOutPasswordWorks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		handed, err := d.MemberAdd(t.Context(), d.ada, "", "eve@example.com", "Eve", paas.RoleMember)
		if err != nil || handed == "" {
			t.Fatalf("password %q, %v", handed, err)
		}
		if _, err := d.SignIn(t.Context(), "eve@example.com", handed, "::1", ""); err != nil {
			t.Error(err)
		}
		again, err := d.MemberAdd(t.Context(), d.ada, "", "eve@example.com", "Eve", paas.RoleMember)
		if err != nil || again != "" {
			t.Errorf("adding her again gave the password %q, %v; want none", again, err)
		}
	})
}

func TestDeployKeysAreMadeAndReadNotShown(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		key, err := d.CredentialCreate(ctx, d.ada, "", "deploy key", paas.CredentialSSHKey, "", "")
		if err != nil || !strings.HasPrefix(key.PublicKey, "ssh-ed25519 ") {
			t.Fatalf("%+v, %v", key, err)
		}
		_, secret, err := d.CredentialSecret(ctx, key.ID)
		if err != nil || !strings.HasPrefix(secret, "-----BEGIN OPENSSH PRIVATE KEY-----") {
			t.Errorf("the private half: %v", err)
		}
		_, err = d.CredentialCreate(ctx, d.ada, "", "", paas.CredentialSSHKey, "a b", "no key at all")
		wantFields(t, err, "name", "username", "secret")
		if strings.Contains(err.Error(), "no key at all") {
			t.Error("the error repeats the secret")
		}
		d.create(t, "shop", func(in *control.AppCreate) { in.Credential = key.ID })
		wantKind(t, "deleting a credential that is used", d.CredentialDelete(ctx, d.ada, "", key.ID), paas.Conflict)
	})
}
