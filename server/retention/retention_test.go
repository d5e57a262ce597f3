package retention

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// heap has rows and workflows to forget.
type heap struct {
	rows      int64
	workflows int
	err       error
}

func (h *heap) Forget(_ context.Context, _ paas.Retention, batch int) (int64, error) {
	n := min(h.rows, int64(batch))
	h.rows -= n
	return n, h.err
}

type ended struct{ *heap }

func (e ended) Forget(_ context.Context, _ time.Duration, batch int) (int, error) {
	n := min(e.workflows, batch)
	e.workflows -= n
	return n, nil
}

func TestASweepForgetsInBatchesUntilNothingIsTooOld(t *testing.T) {
	t.Parallel()
	h := &heap{rows: batchRows + 1, workflows: 2*batchRows + 1}
	l := Loop{Store: h, Workflows: ended{h}, Log: slog.New(slog.DiscardHandler)}
	total, err := l.sweep(t.Context())
	if err != nil || total != 3*batchRows+2 || h.rows != 0 || h.workflows != 0 {
		t.Errorf("forgot %d, %v; %d rows and %d workflows are left", total, err, h.rows, h.workflows)
	}
	h.err = errors.New("the disk is full")
	if _, err := l.sweep(t.Context()); !errors.Is(err, h.err) {
		t.Errorf("got %v", err)
	}
}
