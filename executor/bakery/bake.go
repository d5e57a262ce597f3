package bakery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/executor/bakery/detect"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/server/paas"
)

// Bake makes the image of a commit and waits for it. When ctx ends, everything it started is stopped first, unless another
// caller waits for the same bake. A failure's error holds a *paas.Diagnosis; commit, plan and Dockerfile are in the
// Result as far as they were known.
func (b *Bakery) Bake(ctx context.Context, r Request, tell func(Progress)) (Result, error) {
	j := &journal{tell: tell}
	var result Result
	var tree *source.Tree
	err := j.step("Fetch the source", func() (err error) {
		tree, err = b.sources.Fetch(ctx, fetchRequest(r.Source))
		return err
	})
	if err != nil {
		return result, fault(ctx, err)
	}
	// A folder of temporary data, cleared at the next start when it cannot be removed now.
	defer func() {
		if tree != nil {
			tree.Close()
		}
	}()
	result.Commit = tree.Commit
	tell(Progress{Commit: &result.Commit})

	err = j.step("Detect the runtime", func() (err error) {
		result.Plan, err = b.plan(tree, r.Source)
		return err
	})
	if err != nil {
		return result, fault(ctx, err)
	}
	tell(Progress{Plan: &result.Plan})
	if len(result.Plan.Processes) == 0 {
		return result, paas.Diagnose(paas.CodeNoProcess,
			fmt.Sprintf("This was recognised as %s, but no file of it says what to start, and there is no Procfile.", result.Plan.Title))
	}

	recipe, err := b.recipe(ctx, tree, result.Plan, j)
	if err != nil {
		return result, fault(ctx, err)
	}
	result.Dockerfile, result.Key = recipe.Dockerfile, recipe.key()
	result.Image = "slipway/app-" + r.App + ":" + result.Key

	if !r.NoCache {
		id, err := b.find(ctx, result.Key, result.Image)
		if err != nil {
			return result, fault(ctx, err)
		}
		if id != "" {
			result.ImageID, result.Reused = id, true
			tell(Progress{Note: "The image of this content is there already."})
			return result, nil
		}
	}
	request := b.buildRequest(r, recipe, tree, result)
	mine := tree
	tree = nil // belongs to the build, which goes on for others when this caller leaves
	err = b.build(ctx, r, request, mine, &result, j)
	return result, fault(ctx, err)
}

func (b *Bakery) plan(tree *source.Tree, s Source) (paas.Plan, error) {
	// Rooted: no symbolic link of the repository leads detection out of it.
	root, err := os.OpenRoot(tree.Dir)
	if err != nil {
		return paas.Plan{}, fmt.Errorf("open the source tree: %w", err)
	}
	defer root.Close()
	plan, err := detect.Detect(root.FS(), detect.Options{Root: s.Root.Path(), Choices: s.Choices})
	if err == nil && len(b.o.Mirrors) > 0 {
		options := maps.Clone(b.o.Mirrors)
		maps.Copy(options, plan.Build.Options)
		plan.Build.Options = options
	}
	return plan, err
}

// recipe is all that decides what is in an app's image.
type recipe struct {
	Version    int    // of the way images are made of recipes
	Install    string // installations on one engine share no names: each removes its own
	Tree       string // git's hash of the whole repository: a workspace's lock file is at its root
	Dockerfile string // generated: names the layers by their contents; else the app's own
	Context    string // folder of the tree that is the build context
	Ignore     string
	Build      paas.BuildSettings
}

func (r recipe) key() string {
	text, err := json.Marshal(r)
	if err != nil { // plain data
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:10])
}

// recipe writes the Dockerfile, after it has seen to the layers it is built on.
func (b *Bakery) recipe(ctx context.Context, tree *source.Tree, p paas.Plan, j *journal) (recipe, error) {
	r := recipe{Version: 1, Install: b.o.Install, Tree: tree.Hash, Context: ".", Build: p.Build}
	if file, folder, ok := detect.Own(p); ok {
		var err error
		r.Context = folder
		r.Dockerfile, r.Ignore, err = ownDockerfile(tree.Dir, file)
		return r, err
	}
	layers, err := detect.Layers(p)
	if err != nil {
		return r, err
	}
	images, err := b.base.Layers(ctx, layers, j.relay())
	if err != nil {
		return r, err
	}
	var unknown error
	r.Dockerfile, err = detect.Dockerfile(p, func(layer string) string {
		image, ok := images[layer]
		if !ok {
			unknown = fmt.Errorf("the %s runtime builds on a layer %q that it does not list", p.Runtime, layer)
		}
		return image.Reference
	})
	r.Ignore = detect.Ignore
	return r, errors.Join(unknown, err)
}

// baked is what joined bakes share.
type baked struct {
	id      string
	clipped bool
}

// build builds, or joins the same build, and sees to it that the tree is closed when nobody reads it any more.
func (b *Bakery) build(ctx context.Context, r Request, request buildkit.Request, tree *source.Tree, result *Result, j *journal) error {
	key := result.Key
	if r.NoCache {
		key += " anew" // joins only others that asked for the same
	}
	image, joined, err := b.bakes.Do(ctx, key, j.relay(), func(ctx context.Context, report func(buildkit.Progress)) (baked, error) {
		defer tree.Close()
		res, err := b.builder.Build(ctx, request, report)
		return baked{id: res.ImageID, clipped: res.Clipped}, err
	})
	if joined { // another's tree was built
		tree.Close()
	}
	if err != nil {
		return err
	}
	result.ImageID, result.Joined, result.Clipped = image.id, joined, image.clipped
	// One that was joined bears the other app's name so far, and of one just built the engine does not note the time.
	return b.tag(ctx, image.id, result.Image)
}

func (b *Bakery) buildRequest(r Request, recipe recipe, tree *source.Tree, result Result) buildkit.Request {
	return buildkit.Request{
		Dir:        filepath.Join(tree.Dir, filepath.FromSlash(recipe.Context)),
		Dockerfile: recipe.Dockerfile,
		Ignore:     recipe.Ignore,
		Image:      result.Image,
		Labels:     b.labels(result.Key),
		Args:       buildArgs(r.Team, recipe.Build.Env),
		Secrets:    b.secrets,
		NoCache:    r.NoCache,
		SharedKey:  "slipway-" + r.App,
		Limits:     b.o.Limits,
	}
}

// buildArgs are the variables visible to the build, and the namespace of its cache mounts: a build of one team must not
// find, or leave, packages in the cache of another. BuildKit leaves the namespace out of the steps' keys.
func buildArgs(team string, env map[string]string) map[string]string {
	args := make(map[string]string, len(env)+1)
	maps.Copy(args, env)
	args["BUILDKIT_CACHE_MOUNT_NS"] = "slipway-" + team
	return args
}
