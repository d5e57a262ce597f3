package bakery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
)

// find looks for an image of that content and gives it the reference; "" when there is none.
func (b *Bakery) find(ctx context.Context, key, reference string) (id string, err error) {
	images, err := b.images(ctx, filters.Arg("label", labelKey+"="+key))
	if err != nil || len(images) == 0 {
		return "", err
	}
	if slices.Contains(images[0].RepoTags, reference) {
		return images[0].ID, nil
	}
	return images[0].ID, b.tag(ctx, images[0].ID, reference)
}

func (b *Bakery) images(ctx context.Context, more ...filters.KeyValuePair) ([]image.Summary, error) {
	ours := filters.NewArgs(append(more, filters.Arg("label", labelInstall+"="+b.o.Install))...)
	images, err := b.o.Engine.ImageList(ctx, image.ListOptions{Filters: ours})
	if err != nil {
		return nil, fmt.Errorf("list the bakery's images: %w", err)
	}
	return images, nil
}

func (b *Bakery) tag(ctx context.Context, id, reference string) error {
	if err := b.o.Engine.ImageTag(ctx, id, reference); err != nil {
		return fmt.Errorf("name the image %s: %w", reference, err)
	}
	return nil
}

// Prune removes this installation's app images whose references are not in keep, and returns those it removed. An image
// that a container still uses stays. Nothing else on the engine is touched.
func (b *Bakery) Prune(ctx context.Context, keep []string) (removed []string, err error) {
	images, err := b.images(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		for _, reference := range i.RepoTags {
			if slices.Contains(keep, reference) || !strings.HasPrefix(reference, "slipway/app-") {
				continue
			}
			_, e := b.o.Engine.ImageRemove(ctx, reference, image.RemoveOptions{})
			switch {
			case e == nil:
				removed = append(removed, reference)
			case errdefs.IsConflict(e), errdefs.IsNotFound(e): // in use, or removed by somebody else
			default:
				err = errors.Join(err, fmt.Errorf("remove image %s: %w", reference, e))
			}
		}
	}
	return removed, err
}
