package web

import (
	"context"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
	"github.com/slipway-paas/slipway/web/logs"
)

// Control is what pages and the API ask the platform to do; *control.Control does it. Every verb checks the actor's
// rights itself.
type Control interface {
	api.Control
	logs.Control
	SetupNeeded(ctx context.Context) (bool, error)
	SetUp(ctx context.Context, in control.SetUp) (session string, err error)
	SignIn(ctx context.Context, email, password, ip, agent string) (session string, err error)
	SignOut(ctx context.Context, session string) error
	Authenticate(ctx context.Context, session string) (paas.Actor, error)
	AuthenticateToken(ctx context.Context, token string) (paas.Actor, error)
	PasswordChange(ctx context.Context, actor paas.Actor, old, new string) error
}
