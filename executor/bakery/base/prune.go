package base

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
)

// noteEvery is how exactly the engine knows when an image was last built on.
const noteEvery = 24 * time.Hour

// Prune removes the base images and layers that nobody has built on for a time, whichever installation baked them: the next
// who needs one bakes it again. A time under a day and an hour counts as that, since uses are noted once a day.
func (b *Baker) Prune(ctx context.Context, unused time.Duration) error {
	unused = max(unused, noteEvery+time.Hour)
	images, err := b.o.Engine.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", labelBase))})
	if err != nil {
		return fmt.Errorf("list base images: %w", err)
	}
	layers, err := b.o.Engine.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("label", labelLayer))})
	if err != nil {
		return fmt.Errorf("list layers: %w", err)
	}
	var errs error
	for _, i := range append(layers, images...) { // a layer on an operator's own base has only the second label
		for _, reference := range i.RepoTags {
			if isOurs(reference, i.Labels) {
				errs = errors.Join(errs, b.prune(ctx, reference, unused))
			}
		}
	}
	return errs
}

// isOurs tells a base image or a layer from what is built on it, which has the same labels but never their names.
func isOurs(reference string, labels map[string]string) bool {
	if layer := labels[labelLayer]; layer != "" && strings.HasPrefix(reference, "slipway/"+layer+":") {
		return true
	}
	return labels[labelBase] != "" && strings.HasPrefix(reference, "slipway/base:")
}

func (b *Baker) prune(ctx context.Context, reference string, unused time.Duration) error {
	b.finding.Lock()
	defer b.finding.Unlock()
	found, err := b.o.Engine.ImageInspect(ctx, reference)
	switch {
	case errdefs.IsNotFound(err): // removed by somebody else
		return nil
	case err != nil:
		return fmt.Errorf("look at image %s: %w", reference, err)
	case found.Metadata.LastTagTime.IsZero(): // nobody built on it since it was baked: its time counts from now
		return b.o.Engine.ImageTag(ctx, found.ID, reference)
	case time.Since(found.Metadata.LastTagTime) < unused:
		return nil
	}
	_, err = b.o.Engine.ImageRemove(ctx, reference, image.RemoveOptions{})
	if err == nil || errdefs.IsConflict(err) || errdefs.IsNotFound(err) { // in use, or removed by somebody else
		return nil
	}
	return fmt.Errorf("remove image %s: %w", reference, err)
}
