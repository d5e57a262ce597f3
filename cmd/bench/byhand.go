package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	bk "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/slipway-paas/slipway/executor/bakery/trust"
)

// hand does what a person does with `docker build` and `docker run`, by the same calls to the engine: the client of a
// machine may be without BuildKit.
type hand struct {
	*bench
	image string
}

func (b *bench) hand(name string) *hand {
	return &hand{b, "slipway-bench-" + filepath.Base(b.dir) + ":" + name}
}

// build is `docker build --secret … DIR`. Files are sent as owned by root, as `docker build` sends them.
func (h *hand) build(ctx context.Context, dir string) error {
	secrets, err := trust.Secrets("")
	if err != nil {
		return err
	}
	files, err := fsutil.NewFS(dir)
	if err == nil {
		files, err = fsutil.NewFilterFS(files, &fsutil.FilterOpt{Map: func(_ string, st *fstypes.Stat) fsutil.MapResult {
			st.Uid, st.Gid = 0, 0
			return fsutil.MapResultKeep
		}})
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", dir, err)
	}
	engine, err := bk.New(ctx, "",
		bk.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return h.docker.DialHijack(ctx, "/grpc", "h2c", nil)
		}),
		bk.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return h.docker.DialHijack(ctx, "/session", proto, meta)
		}))
	if err != nil {
		return fmt.Errorf("open the engine's BuildKit: %w", err)
	}
	_, err = engine.Solve(ctx, nil, bk.SolveOpt{
		Exports:       []bk.ExportEntry{{Type: "moby", Attrs: map[string]string{"name": h.image}}},
		LocalMounts:   map[string]fsutil.FS{"context": files, "dockerfile": files},
		SharedKey:     h.image,
		Frontend:      "dockerfile.v0",
		FrontendAttrs: map[string]string{"filename": "Dockerfile", "image-resolve-mode": "local"},
		Session:       []session.Attachable{secretsprovider.FromMap(secrets)},
	}, nil)
	return errors.Join(err, engine.Close())
}

// run is `docker run --detach`; address is where the program is asked.
func (h *hand) run(ctx context.Context) (id, address string, err error) {
	made, err := h.docker.ContainerCreate(ctx, &container.Config{Image: h.image, Env: []string{"PORT=8080"}}, nil, nil, nil, "")
	if err != nil {
		return "", "", err
	}
	if err := h.docker.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return made.ID, "", err
	}
	is, err := h.docker.ContainerInspect(ctx, made.ID)
	if err != nil {
		return made.ID, "", err
	}
	for _, n := range is.NetworkSettings.Networks {
		address = net.JoinHostPort(n.IPAddress, "8080")
	}
	return made.ID, address, nil
}

func (h *hand) removeContainer(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	return h.docker.ContainerRemove(context.WithoutCancel(ctx), id, container.RemoveOptions{Force: true, RemoveVolumes: true})
}

func (h *hand) removeImage(ctx context.Context) error {
	_, err := h.docker.ImageRemove(context.WithoutCancel(ctx), h.image, image.RemoveOptions{Force: true, PruneChildren: true})
	return err
}
