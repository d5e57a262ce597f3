package edge_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/edge"
)

// records is a source whose answers a test sets.
type records struct {
	mu       sync.Mutex
	routes   edge.Routes
	err      error
	reads    int
	changed  chan struct{}
	reported chan int64
}

func newRecords() *records {
	return &records{changed: make(chan struct{}, 1), reported: make(chan int64, 100)}
}

func (r *records) Routes(context.Context) (edge.Routes, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	return r.routes, r.err
}

func (r *records) Changed() <-chan struct{} { return r.changed }

func (r *records) Report(_ context.Context, version int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.reported <- version
	return nil
}

func (r *records) set(routes edge.Routes, err error, hint bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routes, r.err = routes, err
	if hint {
		r.changed <- struct{}{}
	}
}

func await(t *testing.T, r *records) int64 {
	t.Helper()
	select {
	case version := <-r.reported:
		return version
	case <-time.After(patience):
		t.Fatal("no version was reported")
		return 0
	}
}

func TestTheEdgeFollowsItsSource(t *testing.T) {
	t.Parallel()
	e, err := edge.New(edge.Config{})
	if err != nil {
		t.Fatal(err)
	}
	source := newRecords()
	source.set(edge.Routes{Version: 1}, nil, false)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Follow(ctx, source) }()

	if got := await(t, source); got != 1 || e.Applied() != 1 {
		t.Errorf("at start: reported %d, applied %d, want 1", got, e.Applied())
	}
	hinted := time.Now()
	source.set(edge.Routes{Version: 2}, nil, true)
	if got := await(t, source); got != 2 || e.Applied() != 2 {
		t.Errorf("after a hint: reported %d, applied %d, want 2", got, e.Applied())
	}
	if took := time.Since(hinted); took > time.Second {
		t.Errorf("a hint took %s, as long as none", took)
	}
	source.set(edge.Routes{}, errors.New("the database is away"), true)
	source.set(edge.Routes{Version: 3}, nil, false) // nobody hints
	if got := await(t, source); got != 3 || e.Applied() != 3 {
		t.Errorf("without a hint: reported %d, applied %d, want 3", got, e.Applied())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("following ended with %v", err)
	}
	if len(source.reported) > 0 {
		t.Errorf("version %d was reported again", <-source.reported)
	}
}

func TestTheLastTableStaysWhileTheSourceIsAway(t *testing.T) {
	t.Parallel()
	e, err := edge.New(edge.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e.Apply(edge.Routes{Version: 5})
	source := newRecords()
	source.set(edge.Routes{}, errors.New("the database is away"), true)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Follow(ctx, source) }()
	for reads := 0; reads < 2; {
		<-time.After(time.Millisecond)
		source.mu.Lock()
		reads = source.reads
		source.mu.Unlock()
	}
	if e.Applied() != 5 {
		t.Errorf("applied %d, want the last table to stay", e.Applied())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
