package edge

import (
	"context"
	"reflect"
	"time"
)

// reloadEvery is how often the edge reads the routes when nobody tells it that they changed: hints may be lost.
const reloadEvery = 2 * time.Second

// Source is where the edge learns its routes: the database, with hints from the bus.
type Source interface {
	// Routes computes the whole table from the records.
	Routes(ctx context.Context) (Routes, error)
	// Changed is ready when Routes may have changed (bus.Hints.Wake of the topic "routes").
	Changed() <-chan struct{}
	// Report records that the table of this version is in use; a deploy waits for it before it stops the old version.
	Report(ctx context.Context, version int64) error
}

// Follow keeps the table as the source says until ctx ends. While the source cannot be read, the last table stays.
func (e *Edge) Follow(ctx context.Context, source Source) error {
	timer := time.NewTicker(reloadEvery)
	defer timer.Stop()
	f := follower{edge: e, source: source}
	for {
		if err := f.reload(ctx); err != nil && ctx.Err() == nil {
			e.cfg.Logger.ErrorContext(ctx, "follow routes", "error", err) // the next round starts from the database
		}
		select {
		case <-ctx.Done():
			return nil
		case <-source.Changed():
		case <-timer.C:
		}
	}
}

type follower struct {
	edge     *Edge
	source   Source
	applied  *Routes
	reported bool // of applied
}

// reload is one round: read, apply what is new, report it until that has worked.
func (f *follower) reload(ctx context.Context) error {
	routes, err := f.source.Routes(ctx)
	if err != nil {
		return err
	}
	if f.applied == nil || !reflect.DeepEqual(*f.applied, routes) {
		f.edge.Apply(routes)
		f.applied, f.reported = &routes, false
	}
	if f.reported {
		return nil
	}
	if err := f.source.Report(ctx, routes.Version); err != nil {
		return err
	}
	f.reported = true
	return nil
}
