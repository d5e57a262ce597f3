package base

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docker/docker/api/types/image"

	"github.com/slipway-paas/slipway/server/paas"
)

// operators gives an image the operator configured, pulling it where the engine does not have it.
func (b *Baker) operators(ctx context.Context, reference string) (Image, error) {
	found, err := b.find(ctx, reference)
	if !errors.Is(err, errMissing) {
		return found, err
	}
	answer, err := b.o.Engine.ImagePull(ctx, reference, image.PullOptions{})
	if err == nil {
		_, err = io.Copy(io.Discard, answer)
		err = errors.Join(err, answer.Close())
	}
	if err == nil {
		found, err = b.find(ctx, reference)
	}
	if err != nil {
		return Image{}, fmt.Errorf("%w: %w", paas.Diagnose(paas.CodeBaseBakeFailed, "The configured image "+reference+" cannot be pulled."), err)
	}
	return found, nil
}
