package web

import (
	"context"
	"io"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// Bus carries hints and logs; *bus.Bus is one but for Subscribe, whose own type Go
// does not take for Hints.
type Bus interface {
	// Subscribe collects hints about topics until it is closed.
	Subscribe(topics ...paas.Topic) Hints
	api.LogReader
	// SearchLogs gives the numbers of the lines that match, from line from on.
	SearchLogs(ctx context.Context, topic paas.Topic, query string, regex bool, from int64, limit int) ([]int64, error)
	// WriteLogs writes the whole log as text.
	WriteLogs(ctx context.Context, topic paas.Topic, w io.Writer) error
}

// Hints are "something about this topic changed".
type Hints interface {
	Next(ctx context.Context) ([]paas.Topic, error)
	Add(topics ...paas.Topic)
	Close()
}
