package executor

import (
	"context"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Store is what the agent reads and writes of the records.
type Store interface {
	// NodeTasks lists the node's tasks that changed since a cursor, or all unfinished ones from the beginning (0); with
	// check, also the mark of all unfinished ones.
	NodeTasks(ctx context.Context, node int64, since paas.FleetCursor, check bool) (paas.NodeTasks, error)
	// ReportTask writes what was observed, by paas.TaskReport.Apply: a Conflict when the task was placed anew.
	ReportTask(ctx context.Context, r paas.TaskReport) error
	// TaskEnv is the task's environment, decrypted.
	TaskEnv(ctx context.Context, t paas.Task) (map[string]string, error)
	// SaveNode adds the node or brings the one of that name up to date; the answer has its id.
	SaveNode(ctx context.Context, n paas.Node) (paas.Node, error)
	// Heartbeat says that the node is there; problem is why it is not well, "" when it is.
	Heartbeat(ctx context.Context, node int64, problem string) error
}

// Logs is where output goes. Lines are numbered from 1 without gaps; lines with numbers that are stored already are
// skipped, so that an append whose fate is unknown can be repeated.
type Logs interface {
	AppendLogs(ctx context.Context, topic paas.Topic, lines []paas.Log, pos string) error
	LastLog(ctx context.Context, topic paas.Topic) (seq int64, pos string, err error)
}

// Drainer is the edge: Drain returns when no request to the address is under way any more, or ctx ends.
type Drainer interface {
	Drain(ctx context.Context, address string) error
}

// Prober asks a program whether it is ready. address is "ip:port".
type Prober interface {
	Probe(ctx context.Context, task int64, address, path string) engine.Answer
}

// Hints tell of changes: the channel receives after changes of any of the topics, coalesced, until ctx ends.
type Hints interface {
	Watch(ctx context.Context, topics ...paas.Topic) <-chan struct{}
}
