// Package base bakes the images that apps are built on: the base image from Debian's packages, since registries may be
// out of reach or rationed, and on it each runtime's shared layers. Every image is named by a hash of its definition, so
// it is baked once per engine and found again by any installation on it; who asks for one that is being baked
// joins.
package base

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/executor/bakery/join"
	"github.com/slipway-paas/slipway/executor/bakery/runtime"
	"github.com/slipway-paas/slipway/server/paas"
)

// Options configure a Baker.
type Options struct {
	Engine  *client.Client
	Builder *buildkit.Builder
	// Suite is the Debian release of the base image. "" means trixie.
	Suite string
	// Mirrors are sources.list lines to install from, for the base and, in it, for the layers. None means those of the
	// machine's own apt configuration, else Debian's default.
	Mirrors []string
	// Image is a reference to use as the base instead of baking one: an image the operator made, Debian-like.
	Image string
	// Layers are references to use instead of baking the layer of that name: "java-21" → "eclipse-temurin:21".
	Layers map[string]string
	// CacheDir keeps the base image's archive, so that a new engine imports it instead of installing Debian again.
	CacheDir string
	// Secrets are build secrets for the layers' steps: the certificate authorities.
	Secrets map[string][]byte
	// Limits cap the bake of one layer.
	Limits paas.Limits
}

// Baker bakes base images and layers. It is safe for concurrent use.
type Baker struct {
	o       Options
	bakes   join.Group[buildkit.Progress, Image]
	finding sync.RWMutex // held for writing while an image is removed

	mu    sync.Mutex // guards what was read of the machine, and when
	host  host
	asked time.Time
}

// askAgain is how often the machine's own configuration is read: every build needs it, and asking apt starts a program.
const askAgain = time.Minute

// New makes a Baker.
func New(o Options) *Baker {
	o.Suite = cmp.Or(o.Suite, "trixie")
	return &Baker{o: o}
}

// Image is a baked image.
type Image struct {
	Reference string
	Content   string // hash of its file system: equal contents are equal files, whenever and wherever baked
}

// The labels of what this package bakes, for people and for pruning. They name no installation: these images are shared.
const (
	labelBase  = "slipway.base"
	labelLayer = "slipway.layer"
)

// Base gives the base image, baking it first where the engine does not have it.
func (b *Baker) Base(ctx context.Context, tell func(buildkit.Progress)) (Image, error) {
	if b.o.Image != "" {
		return b.operators(ctx, b.o.Image)
	}
	d, err := b.definition(ctx)
	if err != nil {
		return Image{}, err
	}
	reference := "slipway/base:" + key(d)
	return b.once(ctx, reference, tell, func(ctx context.Context, report func(buildkit.Progress)) error {
		return b.bootstrap(ctx, d, reference, report)
	})
}

// Layers gives the images of layers, each built on the one it names, baking those the engine does not have. The
// result is by layer name and includes "" for the base.
func (b *Baker) Layers(ctx context.Context, layers []runtime.Layer, tell func(buildkit.Progress)) (map[string]Image, error) {
	var steps buildkit.Sequence
	below, err := b.Base(ctx, steps.Relay(tell))
	if err != nil {
		return nil, err
	}
	images := map[string]Image{"": below}
	for _, l := range layers {
		from, ok := images[l.From]
		if !ok {
			return nil, fmt.Errorf("layer %s is built on %q, which does not come before it", l.Name, l.From)
		}
		if images[l.Name], err = b.layer(ctx, from, l, steps.Relay(tell)); err != nil {
			return nil, err
		}
	}
	return images, nil
}

func (b *Baker) layer(ctx context.Context, from Image, l runtime.Layer, tell func(buildkit.Progress)) (Image, error) {
	if reference := b.o.Layers[l.Name]; reference != "" {
		return b.operators(ctx, reference)
	}
	reference := "slipway/" + l.Name + ":" + key([]any{from.Content, l.Lines})
	return b.once(ctx, reference, tell, func(ctx context.Context, report func(buildkit.Progress)) error {
		_, err := b.o.Builder.Build(ctx, buildkit.Request{
			Dockerfile: "FROM " + from.Reference + "\n" + strings.Join(l.Lines, "\n") + "\n",
			Image:      reference,
			Labels:     map[string]string{labelLayer: l.Name},
			Secrets:    b.o.Secrets,
			Limits:     b.o.Limits,
		}, func(p buildkit.Progress) {
			if p.Step != nil {
				step := *p.Step
				step.Name = l.Name + ": " + step.Name
				p.Step = &step
			}
			report(p)
		})
		return named(l.Name, err)
	})
}

// once gives the image with that reference and bakes it when the engine has none, joining a bake under way.
func (b *Baker) once(ctx context.Context, reference string, tell func(buildkit.Progress), bake func(context.Context, func(buildkit.Progress)) error) (Image, error) {
	image, err := b.find(ctx, reference)
	if err == nil || !errors.Is(err, errMissing) {
		return image, err
	}
	image, _, err = b.bakes.Do(ctx, reference, tell, func(ctx context.Context, report func(buildkit.Progress)) (Image, error) {
		// Somebody may have finished it between our look and now.
		if image, err := b.find(ctx, reference); err == nil {
			return image, nil
		}
		if err := bake(ctx, report); err != nil {
			return Image{}, err
		}
		return b.find(ctx, reference)
	})
	return image, err
}

var errMissing = errors.New("the engine has no such image")

// find looks for an image, and notes with its name in the engine that it is used.
func (b *Baker) find(ctx context.Context, reference string) (Image, error) {
	b.finding.RLock()
	defer b.finding.RUnlock()
	found, err := b.o.Engine.ImageInspect(ctx, reference)
	if errdefs.IsNotFound(err) {
		return Image{}, errMissing
	}
	if err != nil {
		return Image{}, fmt.Errorf("look for image %s: %w", reference, err)
	}
	if time.Since(found.Metadata.LastTagTime) > noteEvery {
		if err := b.o.Engine.ImageTag(ctx, found.ID, reference); err != nil {
			return Image{}, fmt.Errorf("note the use of image %s: %w", reference, err)
		}
	}
	return Image{Reference: reference, Content: key(found.RootFS.Layers)}, nil
}

// named puts the layer's name before the diagnosis of a failed bake: the person built no such thing, so it is the
// platform's fault whatever failed.
func named(what string, err error) error {
	var d *paas.Diagnosis
	if err == nil || !errors.As(err, &d) {
		return err
	}
	return paas.Diagnose(paas.CodeBaseBakeFailed, "Preparing "+what+" failed: "+d.Cause, d.Evidence...)
}

// key names a definition by its content.
func key(definition any) string {
	text, err := json.Marshal(definition)
	if err != nil { // definitions are plain data
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
