package web

import (
	"github.com/slipway-paas/slipway/web/api"
)

// apiRoutes is the API's table as routes of the portal, and its description.
func (s *Server) apiRoutes() []route {
	a := &api.API{Control: s.Control, Logs: s.Bus, Requests: s.Requests}
	routes := []route{{get, "/api/openapi.json", public, a.Describe(), false}}
	for _, o := range a.Operations() {
		routes = append(routes, route{o.Method, o.Path, policy(o.Policy), a.Handle(o), false})
	}
	return routes
}
