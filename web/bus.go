package web

import (
	"context"
	"io"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// Bus carries hints and logs; Narrow makes one of *bus.Bus.
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

// Narrow makes *bus.Bus a Bus: Go wants the very type that Subscribe gives.
func Narrow(b *bus.Bus) Bus { return narrowed{b} }

type narrowed struct{ *bus.Bus }

func (n narrowed) Subscribe(topics ...paas.Topic) Hints { return n.Bus.Subscribe(topics...) }
