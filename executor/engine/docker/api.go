package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
)

// How long the engine may take. Sources: measured on a loaded two-core machine, a create takes up to 2 s, a start up
// to 5 s while images are being built; ten times that is a hang, not load.
const (
	readDeadline  = 10 * time.Second // list, inspect, info
	writeDeadline = 60 * time.Second // create, start, remove, networks
)

// api is the bare calls, each with its deadline and with an error that says which call it was.
type api struct{ docker *client.Client }

// call runs one request under a deadline. The deadline's error names the call: "create container: deadline exceeded".
func call[T any](ctx context.Context, name string, deadline time.Duration, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	value, err := do(ctx)
	if err == nil {
		return value, nil
	}
	if ctx.Err() != nil { // the client's own error may hide which one it was
		return value, fmt.Errorf("%s: %w", name, ctx.Err())
	}
	return value, fmt.Errorf("%s: %w", name, err)
}

// none adapts a call without a result.
func none(do func(context.Context) error) func(context.Context) (struct{}, error) {
	return func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) }
}

func (a api) info(ctx context.Context) (system.Info, error) {
	return call(ctx, "ask engine", readDeadline, a.docker.Info)
}

func (a api) create(ctx context.Context, r request) (id string, err error) {
	made, err := call(ctx, "create container", writeDeadline, func(ctx context.Context) (container.CreateResponse, error) {
		return a.docker.ContainerCreate(ctx, r.Config, r.HostConfig, r.Networking, nil, r.Name)
	})
	return made.ID, err
}

func (a api) start(ctx context.Context, name string) error {
	_, err := call(ctx, "start container", writeDeadline, none(func(ctx context.Context) error {
		return a.docker.ContainerStart(ctx, name, container.StartOptions{})
	}))
	return err
}

// limit changes nothing but the CPU limit: zero fields of an update are left as they are.
func (a api) limit(ctx context.Context, name string, nanoCPUs int64) error {
	_, err := call(ctx, "update container", writeDeadline, func(ctx context.Context) (container.UpdateResponse, error) {
		return a.docker.ContainerUpdate(ctx, name, container.UpdateConfig{Resources: container.Resources{NanoCPUs: nanoCPUs}})
	})
	return err
}

// stop blocks until the container has ended; the engine itself kills it after grace.
func (a api) stop(ctx context.Context, name string, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	_, err := call(ctx, "stop container", grace+writeDeadline, none(func(ctx context.Context) error {
		return a.docker.ContainerStop(ctx, name, container.StopOptions{Timeout: &seconds})
	}))
	return err
}

// remove also deletes the container's anonymous volumes.
func (a api) remove(ctx context.Context, name string) error {
	_, err := call(ctx, "remove container", writeDeadline, none(func(ctx context.Context) error {
		return a.docker.ContainerRemove(ctx, name, container.RemoveOptions{Force: true, RemoveVolumes: true})
	}))
	return err
}

func (a api) inspect(ctx context.Context, name string) (container.InspectResponse, error) {
	return call(ctx, "inspect container", readDeadline, func(ctx context.Context) (container.InspectResponse, error) {
		return a.docker.ContainerInspect(ctx, name)
	})
}

func (a api) list(ctx context.Context, install string) ([]container.Summary, error) {
	return call(ctx, "list containers", readDeadline, func(ctx context.Context) ([]container.Summary, error) {
		return a.docker.ContainerList(ctx, container.ListOptions{All: true, Filters: ours(install)})
	})
}

// image gives the volumes the image declares.
func (a api) image(ctx context.Context, ref string) ([]string, error) {
	return call(ctx, "inspect image", readDeadline, func(ctx context.Context) ([]string, error) {
		found, err := a.docker.ImageInspect(ctx, ref)
		if err != nil || found.Config == nil {
			return nil, err
		}
		var volumes []string
		for v := range found.Config.Volumes {
			volumes = append(volumes, v)
		}
		return volumes, nil
	})
}

func (a api) networks(ctx context.Context) ([]network.Summary, error) {
	return call(ctx, "list networks", readDeadline, func(ctx context.Context) ([]network.Summary, error) {
		return a.docker.NetworkList(ctx, network.ListOptions{})
	})
}

func (a api) createNetwork(ctx context.Context, name string, o network.CreateOptions) error {
	_, err := call(ctx, "create network", writeDeadline, func(ctx context.Context) (network.CreateResponse, error) {
		return a.docker.NetworkCreate(ctx, name, o)
	})
	return err
}

func (a api) removeNetwork(ctx context.Context, id string) error {
	_, err := call(ctx, "remove network", writeDeadline, none(func(ctx context.Context) error {
		return a.docker.NetworkRemove(ctx, id)
	}))
	return err
}
