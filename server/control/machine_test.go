package control_test

import (
	"testing"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// Who owns the machine can work before anybody has an account, and who sets Slipway up later owns what was made.
func TestTheMachinesOwnerNeedsNoBrowser(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := control.New(storetest.SQLite(t), control.Config{EdgeURL: "http://localhost:8000", LocalRepos: true})
	if err != nil {
		t.Fatal(err)
	}
	link, err := c.SetUpToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := c.TokenForOwner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := c.AuthenticateToken(ctx, secret)
	if err != nil || !owner.Operator {
		t.Fatalf("the token is %+v, %v, want an operator's", owner, err)
	}
	if _, _, err := c.AppCreate(ctx, owner, control.AppCreate{Name: "early", Repo: "https://example.test/a.git"}); err != nil {
		t.Fatal(err)
	}
	if open, err := c.SetupNeeded(ctx); err != nil || !open {
		t.Fatalf("the set-up is closed (%v) by the machine's owner", err)
	}
	session, err := c.SetUp(ctx, control.SetUp{Token: link, Email: "ada@example.com", Name: "Ada", Password: password, Team: "crew"})
	if err != nil {
		t.Fatal(err)
	}
	ada, err := c.Authenticate(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.App(ctx, ada, "early"); err != nil {
		t.Errorf("Ada does not see what was made before: %v", err)
	}
	if open, err := c.SetupNeeded(ctx); err != nil || open {
		t.Errorf("the set-up is still open (%v)", err)
	}
	if _, err := c.SetUp(ctx, control.SetUp{Token: link, Email: "b@example.com", Name: "B", Password: password, Team: "x"}); paas.KindOf(err) != paas.Conflict {
		t.Errorf("the link works twice: %v", err)
	}
	if again, err := c.TokenForOwner(ctx); err != nil || again == secret {
		t.Errorf("a second token: %v", err)
	}
}
