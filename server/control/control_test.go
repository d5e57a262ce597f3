package control_test

import (
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// desk is the verbs over a fresh store, with people in two teams.
type desk struct {
	*control.Control
	*storetest.World
	clock                       *clock
	ada, bob, mallory, stranger paas.Actor // owner and member of crew, owner of another team, nobody
	session                     string     // Ada's
}

const password = "correct horse battery"

func newDesk(t *testing.T) *desk {
	t.Helper()
	return deskOn(t, storetest.SQLite)
}

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, newDesk(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, deskOn(t, storetest.PostgreSQL))
	})
}

func deskOn(t *testing.T, open func(testing.TB, ...func(*store.Config)) *store.Store) *desk {
	t.Helper()
	ctx := t.Context()
	clock := &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	s := open(t, func(c *store.Config) { c.Now = clock.now })
	c, err := control.New(s, control.Config{Now: clock.now, EdgeURL: "http://localhost:8000", PortalHost: "Portal.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.SetUpToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := c.SetUp(ctx, control.SetUp{Token: token, Email: "ada@example.com", Name: "Ada", Password: password, Team: "crew"})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Control: c, clock: clock, session: session}
	if d.ada, err = c.Authenticate(ctx, session); err != nil {
		t.Fatal(err)
	}
	var team paas.Team
	err = s.Write(ctx, func(tx *store.Tx) error {
		teams, err := tx.Teams(nil)
		team = teams[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.World = storetest.OnTeam(t, s, team)
	if _, err := c.MemberAdd(ctx, d.ada, "crew", "bob@example.com", "Bob", paas.RoleMember); err != nil {
		t.Fatal(err)
	}
	d.Do(func(tx *store.Tx) error {
		bob, _, err := tx.UserByEmail("bob@example.com")
		if err != nil {
			return err
		}
		if d.bob, err = tx.Actor(bob.ID); err != nil {
			return err
		}
		other, err := tx.InsertTeam("rivals")
		if err != nil {
			return err
		}
		hash := "$argon2id$unused"
		m, err := tx.InsertUser(paas.User{Email: "mallory@example.com", Name: "Mallory"}, hash)
		if err != nil {
			return err
		}
		if err := tx.SetMember(other.ID, m.ID, paas.RoleOwner); err != nil {
			return err
		}
		d.mallory, err = tx.Actor(m.ID)
		return err
	})
	return d
}

// create makes an app by the verb.
func (d *desk) create(t *testing.T, name string, change ...func(*control.AppCreate)) paas.App {
	t.Helper()
	in := control.AppCreate{Name: name, Repo: "https://git.example.com/crew/" + name + ".git"}
	for _, f := range change {
		f(&in)
	}
	a, _, err := d.AppCreate(t.Context(), d.ada, in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantKind(t *testing.T, what string, err error, want paas.Kind) {
	t.Helper()
	if err == nil || paas.KindOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}
