// Package bakery turns a repository's commit into an image: fetch, detect, find by content or build. An image is keyed by
// what goes into it, so that the same bake is found again at once and one that is under way is joined.
package bakery

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/executor/bakery/base"
	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/executor/bakery/detect"
	"github.com/slipway-paas/slipway/executor/bakery/join"
	"github.com/slipway-paas/slipway/executor/bakery/manifest"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/executor/bakery/trust"
	"github.com/slipway-paas/slipway/server/paas"
)

// Options configure a Bakery.
type Options struct {
	Engine  *client.Client
	Install string // this installation's id: only images labelled with it are found again and removed
	Sources source.Options
	Builds  buildkit.Options
	Base    base.Options // Engine, Builder and Secrets are filled in
	// CABundle is the PEM file of the authorities that build steps trust; "" means the machine's.
	CABundle string
	// Limits cap each build.
	Limits paas.Limits
	// Mirrors are the operator's own package sources, by the name a runtime knows them by (java.OptionGradleMirror,
	// r.OptionCRANMirror). They become build options of every plan, and so part of each image's key.
	Mirrors map[string]string
}

// Bakery bakes images on one engine. It is safe for concurrent use.
type Bakery struct {
	o       Options
	sources *source.Fetcher
	builder *buildkit.Builder
	base    *base.Baker
	secrets map[string][]byte
	bakes   join.Group[buildkit.Progress, baked]
	finding sync.RWMutex // held for writing while an image is removed
}

// New makes a Bakery; it asks the engine how it limits processes, and reads the machine's certificate authorities.
func New(ctx context.Context, o Options) (*Bakery, error) {
	sources, err := source.New(o.Sources)
	if err != nil {
		return nil, err
	}
	builder, err := buildkit.New(ctx, o.Engine, o.Builds)
	if err != nil {
		return nil, err
	}
	secrets, err := trust.Secrets(o.CABundle)
	if err != nil {
		return nil, err
	}
	o.Base.Engine, o.Base.Builder, o.Base.Secrets = o.Engine, builder, secrets
	return &Bakery{o: o, sources: sources, builder: builder, base: base.New(o.Base), secrets: secrets}, nil
}

// Source is where an app's code is and what the person chose about it.
type Source struct {
	URL        paas.RepoURL
	Ref        paas.Ref
	Root       paas.Subdir
	Credential source.Credential
	Choices    manifest.Manifest // each value with a Source; wins over the repository's own files
}

// Request is one bake.
type Request struct {
	App     string // its name, part of the image's reference
	Team    string // whose build it is: teams share no cache mounts
	Source  Source
	NoCache bool // build anew, every step
}

// Result is a baked image and how it came to be.
type Result struct {
	Image      string // reference in the engine's store: "slipway/app-NAME:KEY"
	ImageID    string // "sha256:…"
	Key        string // of the content; equal keys are equal images
	Commit     paas.Commit
	Plan       paas.Plan
	Dockerfile string
	Reused     bool // the image was there already
	Joined     bool // another bake of the same content was under way
	Clipped    bool // output beyond the log's cap was left out
}

// Progress is what happens during a bake, in order. Exactly one field is set.
type Progress struct {
	Step   *paas.Step     // a step began, ended or changed; its Number stays the same
	Line   *buildkit.Line // output of a step
	Note   string         // what the bake waits for or found, one sentence
	Commit *paas.Commit   // known once fetched
	Plan   *paas.Plan     // known once detected
}

// Branches lists a repository's branches for the form, the default one first.
func (b *Bakery) Branches(ctx context.Context, s Source) ([]string, error) {
	return b.sources.Branches(ctx, s.URL, s.Credential)
}

// Inspect fetches and detects, and builds nothing: what the form shows before there is an app. A failure's error holds a
// *paas.Diagnosis, and a *paas.Error with the field where one is wrong.
func (b *Bakery) Inspect(ctx context.Context, s Source) (paas.Plan, paas.Commit, error) {
	tree, err := b.sources.Fetch(ctx, fetchRequest(s))
	if err != nil {
		return paas.Plan{}, paas.Commit{}, fault(ctx, err)
	}
	defer tree.Close() // temporary: what stays is cleared at the next start
	plan, err := b.plan(tree, s)
	return plan, tree.Commit, fault(ctx, err)
}

func fetchRequest(s Source) source.Request {
	return source.Request{URL: s.URL, Ref: s.Ref, Credential: s.Credential}
}

// Base gives the reference of the base image and bakes it first where the engine has none.
func (b *Bakery) Base(ctx context.Context, tell func(Progress)) (reference string, err error) {
	j := &journal{tell: tell}
	image, err := b.base.Base(ctx, j.relay())
	return image.Reference, fault(ctx, err)
}

// Prepare bakes the base image, and the layers of the plans, ahead of the first deploy that needs them.
func (b *Bakery) Prepare(ctx context.Context, plans []paas.Plan, tell func(Progress)) error {
	if _, err := b.Base(ctx, tell); err != nil {
		return err
	}
	j := &journal{tell: tell}
	for _, p := range plans {
		layers, err := detect.Layers(p)
		if err != nil {
			return fault(ctx, err)
		}
		if _, err := b.base.Layers(ctx, layers, j.relay()); err != nil {
			return fault(ctx, err)
		}
	}
	return nil
}

// fault makes sure that a failed bake's error holds a *paas.Diagnosis: what is not the person's is the platform's. The
// end of ctx is no fault.
func fault(ctx context.Context, err error) error {
	var d *paas.Diagnosis
	var e *paas.Error
	switch {
	case err == nil, errors.As(err, &d):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &e):
		return fmt.Errorf("%w: %w", paas.Diagnose(codeOf(e), e.Message), err)
	case client.IsErrConnectionFailed(err):
		return fmt.Errorf("%w: %w", paas.Diagnose(paas.CodeEngineFault, "The container engine does not answer."), err)
	}
	return fmt.Errorf("%w: %w", paas.Diagnose(paas.CodePlatformFault, "Something in Slipway failed while it built the image."), err)
}

// codeOf gives an answer that detection wrote for a form its place in the catalogue.
func codeOf(e *paas.Error) paas.Code {
	switch e.Field {
	case "repo":
		return paas.CodeUnreachable
	case "root":
		return paas.CodeNoSuchRoot
	case "runtime":
		return paas.CodeNoRuntime
	}
	return paas.CodeManifest
}

// labels mark an image as this installation's. They have names of their own, because containers inherit them.
func (b *Bakery) labels(key string) map[string]string {
	return map[string]string{labelInstall: b.o.Install, labelKey: key}
}

const (
	labelInstall = "slipway.image.install"
	labelKey     = "slipway.image.key"
)
