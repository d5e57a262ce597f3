package executor

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// scope is how much a pass looks at.
type scope int

const (
	changedRows scope = iota // rows that changed since the last pass: after a hint
	compared                 // those, and whether rows and engine are as they are believed to be: every passEvery
	everything               // every row: at the start, and when a worker found its own out of date
)

// seen is what the agent has read of its node's rows: where to go on, and the version of each that lives.
type seen struct {
	cursor   paas.FleetCursor
	versions map[int64]int64
}

// mark adds up what was read.
func (s seen) mark() (m paas.FleetMark) {
	for id, version := range s.versions {
		m.Add(id, version)
	}
	return m
}

// pass gives every worker its newest row. Unless only changed rows are looked at, it compares rows and engine both ways.
// The engine is asked first: a container that has no row afterwards was never meant to be here or is over. An engine
// that does not answer keeps nobody from getting their rows; its orphans wait for the next comparison.
func (a *Agent) pass(ctx context.Context, look scope) error {
	if look == changedRows && a.seen.cursor != 0 {
		return a.read(ctx, a.seen.cursor, false)
	}
	containers, engineErr := a.Engine.List(ctx)
	from := a.seen.cursor
	if look == everything {
		from = 0
	}
	if err := a.read(ctx, from, true); err != nil {
		return err
	}
	for _, c := range containers {
		if _, wanted := a.seen.versions[c.Task]; !wanted {
			a.offer(ctx, orphan(c.Task, c.Fence))
		}
	}
	if engineErr != nil {
		a.outage.begin(time.Now())
		return fmt.Errorf("list containers: %w", engineErr)
	}
	a.outage.end(time.Now())
	return nil
}

// read takes in the rows that changed since a cursor (0: all rows). With check it reads all when something was missed.
func (a *Agent) read(ctx context.Context, from paas.FleetCursor, check bool) error {
	reading, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	rows, err := a.Store.NodeTasks(reading, a.node.ID, from, check && from != 0)
	if err != nil {
		return err
	}
	if from == 0 {
		a.seen.versions = make(map[int64]int64, len(rows.Tasks))
	}
	a.seen.cursor = rows.Cursor
	for _, t := range rows.Tasks {
		if t.State == paas.TaskFinished || t.NodeID != a.node.ID {
			delete(a.seen.versions, t.ID)
			a.dismiss(t.ID)
			continue
		}
		a.seen.versions[t.ID] = t.Version
		a.offer(ctx, t)
	}
	if from == 0 {
		a.dismissOthers()
	}
	if rows.Mark != nil && *rows.Mark != a.seen.mark() {
		return a.read(ctx, 0, false)
	}
	return nil
}
