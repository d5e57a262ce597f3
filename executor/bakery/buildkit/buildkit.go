// Package buildkit builds images with the BuildKit inside the Docker Engine: structured progress instead of text,
// secrets that end in no layer, and every build under the operator's caps and really stopped when it is canceled.
//
// It is written against Debian's docker.io 20.10 (BuildKit 0.8) and later engines. Of what the 0.34 client offers it uses
// the part that 0.8 understands: the built-in dockerfile.v0 frontend, local mounts, secrets, and the exporter "moby".
package buildkit

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/docker/docker/client"
	bk "github.com/moby/buildkit/client"

	"github.com/slipway-paas/slipway/server/paas"
)

// Builder runs builds on one engine. It is safe for concurrent use.
type Builder struct {
	engine *client.Client
	caps   caps
	slots  chan struct{}
	proxy  map[string]string
}

// Options configure a Builder.
type Options struct {
	// AtOnce is how many builds run at the same time; the others wait their turn. 0 means 2.
	AtOnce int
	// Total caps all builds of the engine together where its cgroups have a common parent (driver cgroupfs); a zero
	// field caps nothing. Request.Limits cap each running step.
	Total paas.Limits
	// MaxProcesses is how many processes and threads one step may have. 0 means 4096: a parallel compiler or a browser
	// test needs some hundreds, a fork bomb all there are.
	MaxProcesses int
	// Proxy holds HTTP_PROXY, HTTPS_PROXY and NO_PROXY for the build steps; BuildKit keeps them out of cache keys.
	Proxy map[string]string
	// CgroupParent is the engine's cgroup parent where it was configured (dockerd --cgroup-parent); "" is the engine's
	// own default.
	CgroupParent string
	// CgroupRoot is where the machine's cgroups are mounted; "" means /sys/fs/cgroup.
	CgroupRoot string
}

// New makes a Builder for the engine that c talks to.
func New(ctx context.Context, c *client.Client, o Options) (*Builder, error) {
	if o.AtOnce <= 0 {
		o.AtOnce = 2
	}
	info, err := c.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the engine for its cgroups: %w", err)
	}
	return &Builder{
		engine: c,
		caps:   newCaps(info, o),
		slots:  make(chan struct{}, o.AtOnce),
		proxy:  o.Proxy,
	}, nil
}

// Request is one build.
type Request struct {
	Dir        string // the build context on this machine; "" is an empty one
	Dockerfile string // its text; need not be in the context
	Ignore     string // text of the .dockerignore that goes with it; "" takes the context's own

	Image     string            // reference the image gets in the engine's store
	Labels    map[string]string // labels of the image
	Args      map[string]string // build arguments
	Secrets   map[string][]byte // by the id that RUN --mount=type=secret names
	NoCache   bool              // run every step again
	SharedKey string            // builds with the same key send only what changed in their contexts
	Limits    paas.Limits       // caps of this build; a zero field caps nothing
}

// Result is a built image.
type Result struct {
	ImageID string // of the image's config: "sha256:…"
	Clipped bool   // some output was left out of the log, because there was more than the cap
}

// Line is one line of output of a step, without its line break.
type Line struct {
	Step int // its Number
	At   time.Time
	Text string
}

// Progress is told everything as it happens, from one goroutine at a time. Exactly one field is set. A step is told
// again every time it changes; its number stays.
type Progress struct {
	Step *paas.Step
	Line *Line
	Note string // what the build waits for, a sentence
}

// dial opens a BuildKit client over the engine's own connection.
func (b *Builder) dial(ctx context.Context, more []bk.ClientOpt) (*bk.Client, error) {
	return bk.New(ctx, "", append(more,
		bk.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return b.engine.DialHijack(ctx, "/grpc", "h2c", nil)
		}),
		bk.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return b.engine.DialHijack(ctx, "/session", proto, meta)
		}),
	)...)
}
