package buildkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"time"

	bk "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Build runs one build and waits for it. When ctx ends, the build's processes are stopped before Build returns. Its
// error is ctx's, a *paas.Diagnosis when the build itself is at fault, and anything else when the platform is.
func (b *Builder) Build(ctx context.Context, r Request, progress func(Progress)) (Result, error) {
	select {
	case b.slots <- struct{}{}:
	default:
		progress(Progress{Note: fmt.Sprintf("Waiting for one of %d build slots.", cap(b.slots))})
		select {
		case b.slots <- struct{}{}:
		case <-ctx.Done():
			return Result{}, context.Cause(ctx)
		}
	}
	defer func() { <-b.slots }()
	return b.build(ctx, r, progress)
}

func (b *Builder) build(ctx context.Context, r Request, progress func(Progress)) (Result, error) {
	id := rand.Text()
	opt, err := b.solveOpt(id, r)
	if err != nil {
		return Result{}, err
	}

	drain := newDrain()
	conn, err := b.dial(ctx, drain.options())
	if err != nil {
		return Result{}, fmt.Errorf("open the engine's BuildKit: %w", err)
	}
	defer conn.Close()

	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.Limits.Time > 0 {
		var cancel context.CancelFunc
		run, cancel = context.WithTimeoutCause(run, r.Limits.Time, errTime)
		defer cancel()
	}
	status := make(chan *bk.SolveStatus)
	told := newTold(r.Limits.LogBytes, progress)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for s := range status {
			told.hear(s)
		}
	}()
	guard := b.caps.guard(id, r.Limits, stop)
	resp, err := conn.Solve(run, nil, opt, status)
	<-heard
	if err != nil && drain.wasCut() && run.Err() == nil {
		told.blame(err)
	}
	told.flush(err == nil)
	seen := guard.end()
	if err != nil {
		return Result{}, classify(ctx, run, err, told, seen, r.Limits)
	}
	return Result{ImageID: resp.ExporterResponse["containerimage.digest"], Clipped: told.clipped || told.engineClipped}, nil
}

// solveOpt says the request in BuildKit's words.
func (b *Builder) solveOpt(id string, r Request) (bk.SolveOpt, error) {
	var sources fsutil.FS = staticfs.NewFS()
	if r.Dir != "" {
		var err error
		if sources, err = rootOwned(r.Dir); err != nil {
			return bk.SolveOpt{}, err
		}
	}
	attrs := map[string]string{
		"filename": dockerfileName,
		// The engine's own images first: layers of ours are in no registry.
		"image-resolve-mode": "local",
	}
	for name, value := range r.Args {
		attrs["build-arg:"+name] = value
	}
	for name, value := range b.proxyArgs(id) {
		attrs["build-arg:"+name] = value
	}
	for name, value := range r.Labels {
		attrs["label:"+name] = value
	}
	if r.NoCache {
		attrs["no-cache"] = ""
	}
	return bk.SolveOpt{
		Exports:       []bk.ExportEntry{{Type: "moby", Attrs: map[string]string{"name": r.Image}}},
		LocalMounts:   map[string]fsutil.FS{"context": sources, "dockerfile": dockerfile(r)},
		SharedKey:     r.SharedKey,
		Frontend:      "dockerfile.v0",
		FrontendAttrs: attrs,
		Session:       []session.Attachable{secretsprovider.FromMap(r.Secrets)},
	}, nil
}

const dockerfileName = "Dockerfile"

// dockerfile is a folder in memory with the Dockerfile in it, which so need not be among the app's sources.
func dockerfile(r Request) fsutil.FS {
	files := staticfs.NewFS()
	// BuildKit keeps what it was sent under the same SharedKey and asks again only for a file whose size or time differs:
	// without a time of its own, a Dockerfile as long as the last one would be taken for that.
	now := time.Now().UnixNano()
	files.Add(dockerfileName, &fstypes.Stat{ModTime: now}, []byte(r.Dockerfile))
	if r.Ignore != "" {
		// BuildKit looks for this name before the context's own .dockerignore.
		files.Add(dockerfileName+".dockerignore", &fstypes.Stat{ModTime: now}, []byte(r.Ignore))
	}
	return files
}

// rootOwned sends a folder with every file owned by root: who checked it out must not change the cache key.
func rootOwned(dir string) (fsutil.FS, error) {
	files, err := fsutil.NewFS(dir)
	if err != nil {
		return nil, fmt.Errorf("read the build context: %w", err)
	}
	return fsutil.NewFilterFS(files, &fsutil.FilterOpt{Map: func(_ string, st *fstypes.Stat) fsutil.MapResult {
		st.Uid, st.Gid = 0, 0
		return fsutil.MapResultKeep
	}})
}

// proxyArgs are the operator's proxies with the build's mark among the hosts that need none. BuildKit hands these
// arguments to every process of the build, also of an app's own Dockerfile, and leaves them out of cache keys: so the
// guard finds a build's processes by its mark, and no cached step is lost for it.
func (b *Builder) proxyArgs(id string) map[string]string {
	args := maps.Clone(b.proxy)
	if args == nil {
		args = map[string]string{}
	}
	none := args["NO_PROXY"]
	if none != "" {
		none += ","
	}
	args["NO_PROXY"] = none + mark(id)
	return args
}

// mark is a host name that exists nowhere (RFC 2606).
func mark(id string) string { return "slipway-build-" + id + ".invalid" }

var errTime = errors.New("the build's time is over")
