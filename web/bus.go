package web

import (
	"github.com/slipway-paas/slipway/web/live"
	"github.com/slipway-paas/slipway/web/logs"
)

// Bus carries hints and logs; *bus.Bus is one but for Subscribe, whose own type Go
// does not take for Hints.
type Bus interface {
	live.Bus
	logs.Bus
}

// Hints are "something about this topic changed".
type Hints = live.Hints
