package bakery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
)

// find looks for an image of that content and gives it the reference; "" when there is none. Of several, made anew
// without cache, the one that bears the reference counts, else the newest.
func (b *Bakery) find(ctx context.Context, key, reference string) (id string, err error) {
	images, err := b.images(ctx, filters.Arg("label", labelKey+"="+key))
	if err != nil || len(images) == 0 {
		return "", err
	}
	for _, i := range images {
		if slices.Contains(i.RepoTags, reference) {
			return i.ID, nil
		}
	}
	newest := slices.MaxFunc(images, func(a, b image.Summary) int { return cmp.Compare(a.Created, b.Created) })
	return newest.ID, b.tag(ctx, newest.ID, reference)
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
		references := slices.DeleteFunc(slices.Clone(i.RepoTags), func(r string) bool { return r == "<none>:<none>" })
		if len(references) == 0 { // its name went to one made anew
			references = []string{i.ID}
		}
		for _, reference := range references {
			if slices.Contains(keep, reference) {
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

// PruneCaches forgets, of what only makes later bakes faster, what is not worth its place: repositories that nobody
// fetched for a time, and the engine's build cache beyond keepBytes, the longest unused first.
func (b *Bakery) PruneCaches(ctx context.Context, unused time.Duration, keepBytes int64) error {
	err := b.sources.Prune(ctx, unused)
	_, e := b.o.Engine.BuildCachePrune(ctx, build.CachePruneOptions{KeepStorage: keepBytes})
	if e != nil {
		err = errors.Join(err, fmt.Errorf("prune the build cache: %w", e))
	}
	return err
}
