package docker

import (
	"context"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/executor/engine/enginetest"
)

// distant is an engine whose files cannot be read from here.
type distant struct{ *Engine }

func (d distant) Logs(ctx context.Context, task int64, from engine.Position, each func(engine.Batch) error) error {
	return d.followAPI(ctx, task, from, each)
}

func TestOutputThroughTheAPI(t *testing.T) {
	enginetest.ExerciseOutput(t, func(t *testing.T) enginetest.Subject {
		e, err := New(Options{Install: enginetest.Install()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
			defer cancel()
			if err := e.Purge(ctx); err != nil {
				t.Errorf("clean up: %v", err)
			}
			_ = e.Close()
		})
		return enginetest.Subject{Engine: distant{e}, Image: enginetest.Image(t)}
	})
}
