package docker

import (
	"context"
	"errors"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// Logs implements engine.Engine.
func (e *Engine) Logs(context.Context, int64, engine.Position, func(engine.Batch) error) error {
	return errors.ErrUnsupported
}

// Tail implements engine.Engine.
func (e *Engine) Tail(context.Context, int64, int) ([]paas.Log, error) {
	return nil, errors.ErrUnsupported
}
