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

// find looks for an image of that content and gives it the reference, anew when it has it already, so that Prune sees it
// is in use; "" when there is none. Of several, made anew without cache, the one that bears the reference counts, else the
// newest.
func (b *Bakery) find(ctx context.Context, key, reference string) (id string, err error) {
	b.finding.RLock()
	defer b.finding.RUnlock()
	images, err := b.images(ctx, filters.Arg("label", labelKey+"="+key))
	if err != nil || len(images) == 0 {
		return "", err
	}
	for _, i := range images {
		if slices.Contains(i.RepoTags, reference) {
			return i.ID, b.tag(ctx, i.ID, reference)
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

// Prune removes this installation's app images that retire gives up, and returns the references of those it removed. An
// image that was named within the last while is not asked about: its bake may not be on record yet. One that a container
// still uses stays. Nothing else on the engine is touched. Pruning goes on after an image that cannot be removed.
func (b *Bakery) Prune(ctx context.Context, unnamed time.Duration, retire func(ctx context.Context, reference string) (bool, error)) (removed []string, err error) {
	images, err := b.images(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		references := slices.DeleteFunc(slices.Clone(i.RepoTags), func(r string) bool { return r == "<none>:<none>" })
		if len(references) == 0 { // its name went to one made anew, and with it everything that knew of it
			references = []string{i.ID}
		}
		for _, reference := range references {
			gone, e := b.prune(ctx, reference, unnamed, func() (bool, error) {
				if reference == i.ID {
					return true, nil
				}
				return retire(ctx, reference)
			})
			err = errors.Join(err, e)
			if gone {
				removed = append(removed, reference)
			}
		}
	}
	return removed, err
}

// prune removes one image if it is old enough and given up. No bake finds it meanwhile.
func (b *Bakery) prune(ctx context.Context, reference string, unnamed time.Duration, retire func() (bool, error)) (gone bool, err error) {
	b.finding.Lock()
	defer b.finding.Unlock()
	found, err := b.o.Engine.ImageInspect(ctx, reference)
	if errdefs.IsNotFound(err) { // removed by somebody else
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at image %s: %w", reference, err)
	}
	switch named := found.Metadata.LastTagTime; {
	case named.IsZero() && reference != found.ID: // its bake was killed before it named it: its time counts from now
		return false, b.tag(ctx, found.ID, reference)
	case time.Since(named) < unnamed:
		return false, nil
	}
	if yes, err := retire(); err != nil || !yes {
		return false, err
	}
	_, err = b.o.Engine.ImageRemove(ctx, reference, image.RemoveOptions{})
	if errdefs.IsConflict(err) || errdefs.IsNotFound(err) { // in use, or removed by somebody else
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove image %s: %w", reference, err)
	}
	return true, nil
}

// PruneCaches forgets, of what only makes later bakes faster, what is not worth its place: repositories that nobody
// fetched and runtimes' layers that nobody built on for a time, and the engine's build cache beyond keepBytes, the longest
// unused first.
func (b *Bakery) PruneCaches(ctx context.Context, unused time.Duration, keepBytes int64) error {
	err := errors.Join(b.sources.Prune(ctx, unused), b.base.Prune(ctx, unused))
	_, e := b.o.Engine.BuildCachePrune(ctx, build.CachePruneOptions{KeepStorage: keepBytes})
	if e != nil {
		err = errors.Join(err, fmt.Errorf("prune the build cache: %w", e))
	}
	return err
}
