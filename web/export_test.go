package web

import (
	"github.com/slipway-paas/slipway/web/entry"
	"github.com/slipway-paas/slipway/web/render"
)

// Line is a route as tests see it.
type Line struct {
	Method, Path, Policy string
	Live                 bool
}

// Table is every route of the portal.
func (s *Server) Table() []Line {
	var lines []Line
	for _, r := range s.routes() {
		lines = append(lines, Line{r.method, r.path, string(r.policy), r.live})
	}
	return lines
}

// RegisterUnguarded tries to register a route without a policy.
func (s *Server) RegisterUnguarded() error {
	return s.register([]route{{method: get, path: "/unguarded", handle: s.health}})
}

// What moved to packages below is tested through the portal.
var (
	ParseVariables = entry.ParseVariables
	LocalPath      = render.LocalPath
)
