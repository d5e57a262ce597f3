package flow

import (
	"context"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// lookAgain is how often a waiting step looks without being woken.
const lookAgain = 500 * time.Millisecond

// until calls look at once, after every hint about one of the topics and every half second, until it answers true or
// fails, or ctx ends.
func (f *Flows) until(ctx context.Context, look func(context.Context) (bool, error), topics ...paas.Topic) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	changed := f.Hints.Watch(watching, topics...)
	timer := time.NewTicker(lookAgain)
	defer timer.Stop()
	for {
		done, err := look(ctx)
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		case <-timer.C:
		}
	}
}
