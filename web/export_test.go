package web

import "github.com/slipway-paas/slipway/server/paas"

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

// ParseVariables and AppendLines are tested from outside, as the fakes import this package.
var (
	ParseVariables = parseVariables
	LocalPath      = localPath
)

// AppendLines is appendLines.
func AppendLines(b []byte, lines []paas.Log) []byte { return appendLines(b, lines) }
