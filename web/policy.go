package web

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// policy says who may use a route. It is the first gate; which app, team or node it is about is decided by control,
// which answers "not found" for what belongs to others.
type policy string

// The policies. A route without one stops the start.
const (
	public   policy = "public"
	signedIn policy = "signed-in"
	member   policy = "member"   // belongs to a team
	owner    policy = "owner"    // owns a team
	operator policy = "operator" // runs the fleet
)

var policies = map[policy]func(paas.Actor) error{
	public:   func(paas.Actor) error { return nil },
	signedIn: func(paas.Actor) error { return nil },
	member: func(a paas.Actor) error {
		if len(a.Teams) == 0 {
			return paas.Errorf(paas.Forbidden, "You belong to no team yet. Ask the owner of a team to add you.")
		}
		return nil
	},
	owner: func(a paas.Actor) error {
		for _, role := range a.Teams {
			if role == paas.RoleOwner {
				return nil
			}
		}
		return paas.Errorf(paas.Forbidden, "Only an owner of the team can do this.")
	},
	operator: func(a paas.Actor) error {
		if !a.Operator {
			return paas.Errorf(paas.Forbidden, "Only an operator of Slipway can see this.")
		}
		return nil
	},
}

// route is one line of the table.
type route struct {
	method, path string
	policy       policy
	handle       echo.HandlerFunc
	live         bool // the page is kept fresh by the websocket
}

// register enters the table into the router. A route without a policy or a handler stops the start.
func (s *Server) register(routes []route) error {
	seen := map[string]bool{}
	for _, r := range routes {
		key := r.method + " " + r.path
		if policies[r.policy] == nil || r.handle == nil || seen[key] {
			return fmt.Errorf("route %s needs exactly one policy and one handler", key)
		}
		seen[key] = true
		s.live[r.path] = s.live[r.path] || r.live
		s.shown[r.path] = s.shown[r.path] || r.method == get
		s.echo.Add(r.method, r.path, s.guard(r))
	}
	return nil
}

// guard lets a request pass to its handler when the route's policy does, and hands the handler its actor.
func (s *Server) guard(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.policy == public {
			return r.handle(c)
		}
		actor, err := s.authenticate(c)
		if err != nil {
			return err
		}
		if err := policies[r.policy](actor); err != nil {
			return err
		}
		c.Set(api.ActorKey, actor)
		return r.handle(c)
	}
}
