package web

import (
	"context"
	"io"

	"github.com/slipway-paas/slipway/server/paas"
)

// Bus carries hints and logs; *bus.Bus with its Subscribe narrowed is one.
type Bus interface {
	Subscribe(topics ...paas.Topic) Hints
	Logs
}

// Hints collects "something about this topic changed" until Close.
type Hints interface {
	Next(ctx context.Context) ([]paas.Topic, error)
	Add(topics ...paas.Topic)
	Close()
}

// Logs reads the numbered lines of tasks and builds.
type Logs interface {
	ReadLogs(ctx context.Context, topic paas.Topic, from int64, limit int) ([]paas.Log, error)
	CountLogs(ctx context.Context, topic paas.Topic) (first, last int64, err error)
	FollowLogs(ctx context.Context, topic paas.Topic, from int64, fn func([]paas.Log) error) error
	SearchLogs(ctx context.Context, topic paas.Topic, query string, regex bool, from int64, limit int) ([]int64, error)
	WriteLogs(ctx context.Context, topic paas.Topic, w io.Writer) error
}
