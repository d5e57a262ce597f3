package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"github.com/slipway-paas/slipway/assets"
	"github.com/slipway-paas/slipway/executor"
	"github.com/slipway-paas/slipway/executor/bakery"
	"github.com/slipway-paas/slipway/executor/bakery/base"
	"github.com/slipway-paas/slipway/executor/bakery/buildkit"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/java"
	"github.com/slipway-paas/slipway/executor/bakery/runtimes/r"
	"github.com/slipway-paas/slipway/executor/bakery/source"
	"github.com/slipway-paas/slipway/executor/edge"
	"github.com/slipway-paas/slipway/executor/engine/docker"
	"github.com/slipway-paas/slipway/executor/janitor"
	"github.com/slipway-paas/slipway/scheduler"
	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/config"
	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/flow"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/retention"
	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/web"
)

// platform is all parts of Slipway in one process. Parts know each other only through the interfaces they declare;
// this file is the one place that knows them all.
type platform struct {
	config  config.Config
	log     *slog.Logger
	secrets *secret.Keeper
	store   *store.Store
	bus     *bus.Bus
	flows   *flow.Flows
	bakery  *bakery.Bakery
	agent   *executor.Agent
	edge    *edge.Edge
	loop    *scheduler.Loop
	janitor *janitor.Janitor
	forget  *retention.Loop
	control *control.Control
	web     *web.Server
	closers []func() error
}

// open makes the parts in the order in which they need each other; run starts them.
func open(ctx context.Context, c config.Config, fail failpoints, log *slog.Logger) (_ *platform, err error) {
	p := &platform{config: c, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err := p.openRecords(ctx); err != nil {
		return nil, err
	}
	install, err := p.store.InstallID(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.openEngine(ctx, install, fail); err != nil {
		return nil, err
	}
	if err := p.openServer(ctx, fail); err != nil {
		return nil, err
	}
	return p, p.openPortal()
}

// openRecords opens what remembers: the database, the key to its secrets, the bus.
func (p *platform) openRecords(ctx context.Context) error {
	var err error
	p.secrets, err = secret.Load(p.config.Data, p.config.MasterKey)
	if err != nil {
		return err
	}
	p.store, err = store.Open(ctx, store.Config{
		Path: p.config.Database(), DatabaseURL: p.config.DatabaseURL, Secrets: p.secrets, EdgeDomain: p.config.EdgeDomain,
	})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	p.closers = append(p.closers, p.store.Close)
	p.bus, err = bus.Open(ctx, bus.Config{
		Dir: filepath.Join(p.config.Data, "nats"), URL: p.config.NATSURL, Logger: p.log,
		LogAge: p.config.LogAge, LogBytes: p.config.LogBytes, TopicBytes: p.config.LogTask, LogReplicas: p.config.LogCopies,
	})
	if err != nil {
		return fmt.Errorf("open the bus: %w", err)
	}
	p.closers = append(p.closers, func() error { p.bus.Close(); return nil })
	return nil
}

// openEngine opens what touches the machine: containers, builds, the edge.
func (p *platform) openEngine(ctx context.Context, install string, fail failpoints) error {
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return fmt.Errorf("find the Docker Engine: %w", err)
	}
	p.closers = append(p.closers, engine.Close)
	if _, err := engine.Ping(ctx); err != nil {
		return paas.Errorf(paas.Unavailable, "The Docker Engine does not answer at %s. Run `make setup`, which installs and starts it.",
			engine.DaemonHost()).Because(err)
	}
	driver, err := docker.New(docker.Options{Install: install, Client: engine, Log: p.log})
	if err != nil {
		return err
	}
	p.edge, err = edge.New(edge.Config{Listen: p.config.Edge, Domains: []string{p.config.EdgeDomain}, Logger: p.log})
	if err != nil {
		return err
	}
	p.agent = executor.New(executor.Config{
		Engine: driver, Store: fail.executorStore(p.store), Logs: p.bus, Drainer: p.edge, Hints: p.bus, Log: p.log,
	})
	p.bakery, err = bakery.New(ctx, bakery.Options{
		Engine: engine, Install: install,
		Sources: source.Options{Dir: filepath.Join(p.config.Data, "sources"), AllowLocal: p.config.LocalRepos, RefusePrivate: !p.config.PrivateRepos},
		Builds:  buildkit.Options{AtOnce: p.config.Builds},
		Base:    base.Options{CacheDir: filepath.Join(p.config.Cache, "base"), Limits: layerLimits},
		Limits:  p.config.Build,
		Mirrors: mirrors(p.config),
	})
	if err != nil {
		return fmt.Errorf("open the bakery: %w", err)
	}
	p.janitor = &janitor.Janitor{
		Bakery: p.bakery, Store: p.store, Engine: driver, Log: p.log,
		Keep: janitor.Keep{Releases: p.config.KeepReleases, Cache: p.config.KeepCache, Unused: p.config.KeepUnused},
	}
	return nil
}

// mirrors are the operator's own package sources, where there are any.
func mirrors(c config.Config) map[string]string {
	all := map[string]string{}
	for name, url := range map[string]string{java.OptionGradleMirror: c.GradleMirror, r.OptionCRANMirror: c.CRANMirror} {
		if url != "" {
			all[name] = url
		}
	}
	return all
}

// layerLimits cap the bake of a runtime's layer. They are wide: R's or Java's packages take minutes, and nobody but us
// wrote what runs there.
var layerLimits = paas.Limits{MemoryBytes: 4 << 30, DiskBytes: 20 << 30, LogBytes: 64 << 20, Time: time.Hour}

// openServer opens what decides: workflows, the scheduler, the verbs.
func (p *platform) openServer(ctx context.Context, fail failpoints) error {
	sqlite, postgres := p.store.SystemDB()
	flows, err := flow.New(ctx, flow.Config{
		SQLite: sqlite, Postgres: postgres, Executor: "local",
		Store: fail.flowStore(p.store), Bakery: bakes{p.bakery}, Hints: p.bus, Logs: p.bus, Now: time.Now, Log: p.log,
	})
	if err != nil {
		return err
	}
	p.flows = flows
	// The workflows' library closes the database that it shares, so the workflows end last but for the store.
	p.closers = append(p.closers, flows.Close)
	p.forget = &retention.Loop{Store: p.store, Workflows: flows, Keep: p.config.Keep, Log: p.log}
	p.store.Use(store.Hooks{Notify: notify(context.WithoutCancel(ctx), p.bus, p.log), Enqueue: flows})
	p.loop = &scheduler.Loop{
		Store: fail.scheduleStore(p.store), Hints: p.bus, Holder: "local", Now: time.Now, Log: p.log,
	}
	p.control, err = control.New(p.store, control.Config{
		EdgeURL: p.config.EdgeURL.String(), PortalHost: p.config.PublicURL.Hostname(), LocalRepos: p.config.LocalRepos,
	})
	return err
}

// openPortal opens what people see.
func (p *platform) openPortal() error {
	files, err := assets.Load()
	if err != nil {
		return err
	}
	p.web, err = web.New(web.Config{
		Control: p.control, Bus: portalBus{p.bus}, Requests: requests{p.store}, Drafts: p.secrets, Assets: files, PublicURL: p.config.PublicURL.String(), Log: p.log,
		Samples: samples(p.config.Data), Runtimes: runtimeChoices(), Ready: p.ready,
	})
	return err
}

// ready reports whether the parts that everything needs answer.
func (p *platform) ready(ctx context.Context) error {
	return errors.Join(p.store.Ping(ctx), p.bus.Check(ctx))
}

// run starts every part and waits until ctx ends or one of them fails; then all end. Apps go on running.
func (p *platform) run(ctx context.Context, out io.Writer) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.config.Portal)
	if err != nil {
		return paas.FieldErrorf("portal", "The portal cannot listen on %s. Is another Slipway running? Choose another address with --portal.",
			p.config.Portal).Because(err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	parts := map[string]func(context.Context) error{
		"portal": func(ctx context.Context) error { return p.web.Serve(ctx, listener) },
		"edge":   p.edge.Run,
		"routes": func(ctx context.Context) error {
			return p.edge.Follow(ctx, routes{p.store, p.bus.Watch(ctx, "routes")})
		},
		"scheduler": p.loop.Run,
		"workflows": p.flows.Run,
		"executor":  p.agent.Run,
		"janitor":   p.janitor.Run,
		"retention": p.forget.Run,
		"bakery":    func(ctx context.Context) error { return p.prepare(ctx, out) },
	}
	var running sync.WaitGroup
	for name, part := range parts {
		running.Go(func() {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				stop(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	if err := p.greet(ctx, out); err != nil {
		stop(err)
	}
	<-ctx.Done()
	cause := context.Cause(ctx)
	running.Wait()
	if errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}

// prepare makes the samples and bakes the base image in the background, so that the first deploy need not wait for it.
// A failure shows in the build that needs it.
func (p *platform) prepare(ctx context.Context, out io.Writer) error {
	if err := publishSamples(ctx, p.config.Data); err != nil {
		p.log.ErrorContext(ctx, "make the samples", "error", err)
	}
	told := false
	err := p.bakery.Prepare(ctx, nil, func(progress bakery.Progress) {
		if progress.Step != nil && !told {
			told = true
			fmt.Fprintln(out, "\nPreparing the base image from Debian's packages in the background; a first build waits for it.")
		}
	})
	switch {
	case err != nil && ctx.Err() == nil:
		p.log.ErrorContext(ctx, "bake the base image", "error", err)
	case told && err == nil:
		fmt.Fprintln(out, "The base image is ready.")
	}
	return nil
}

// greet tells the operator where things are, and how to begin when nobody has yet.
func (p *platform) greet(ctx context.Context, out io.Writer) error {
	token, err := p.control.SetUpToken(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Slipway %s\n  portal  %s\n  apps    %s\n  data    %s\n", version, p.config.PublicURL, p.config.AppURL("NAME"), p.config.Data)
	if token != "" {
		fmt.Fprintf(out, "\nOpen this link to create the first account; it works once:\n  %s/setup?token=%s\n", p.config.PublicURL, token)
	}
	return nil
}

// close ends the parts in the reverse order of their making.
func (p *platform) close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	return errors.Join(errs...)
}
