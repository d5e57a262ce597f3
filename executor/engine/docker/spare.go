package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/slipway-paas/slipway/executor/engine"
)

// The life of spares.
const (
	// mostSpares is for how many networks a spare is kept: those that tasks were started in last. Each takes a process
	// of a page and one of containerd's, 12 MB.
	mostSpares = 8
	// spareSettle is how long after a start the next spare is made: the program that starts needs the processor first.
	spareSettle = 2 * time.Second
	// spareIdle is for how long a network without tasks keeps its spare.
	spareIdle = 10 * time.Minute
	// sweepEvery is how often sandboxes that nobody needs are looked for: longer than a container may take to be made.
	sweepEvery = 2 * writeDeadline
	// listLag is for how long the engine's list may show a container as running whose end it has told of.
	listLag = 500 * time.Millisecond
	// sandboxGrace is how long an engine that shuts down waits for a sandbox, which does not listen to SIGTERM, so that
	// programs can end their requests meanwhile. In seconds.
	sandboxGrace = 3
)

// sandbox is a container that does nothing but hold a network namespace, attached to a network, for one task's container
// to join. Kubernetes' pods are made so.
type sandbox struct{ id, ip string }

// spares are sandboxes that wait for a task: attaching a container to a network is most of what starting it takes (200 of
// 290 ms with Docker 20.10), and can be done before there is a task. A task that finds no spare is attached by itself.
//
// Whose a sandbox is can be seen in the engine: the container that joins it names it. Nothing has to be remembered.
type spares struct {
	api     api
	install string
	log     *slog.Logger
	settle  time.Duration
	wake    chan struct{} // holds a token when a task was started
	died    chan struct{} // holds a token when a sandbox ended

	mu       sync.Mutex
	used     map[string]time.Time // networks and when a task was last started there
	ready    map[string]sandbox   // by network
	suspects map[string]bool      // sandboxes that the last sweep found without use
}

func newSpares(a api, install string, log *slog.Logger) *spares {
	return &spares{
		api: a, install: install, log: log, settle: spareSettle, wake: make(chan struct{}, 1), died: make(chan struct{}, 1),
		used: map[string]time.Time{}, ready: map[string]sandbox{}, suspects: map[string]bool{},
	}
}

// take gives out the network's spare, if there is one.
func (s *spares) take(network string) (sandbox, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, there := s.ready[network]
	delete(s.ready, network)
	return b, there
}

// offer makes a sandbox that no container has joined the network's spare. If there is one already, a sweep removes it.
func (s *spares) offer(network string, b sandbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, another := s.ready[network]; !another {
		s.ready[network] = b
	}
}

// started notes that a task was started in a network.
func (s *spares) started(network string) {
	s.mu.Lock()
	s.used[network] = time.Now()
	s.mu.Unlock()
	poke(s.wake)
}

// poke leaves a token, unless there is one that nobody has taken yet.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// keep makes and removes spares until ctx ends, and then removes those that nobody took.
func (s *spares) keep(ctx context.Context) {
	if info, err := s.api.info(ctx); err != nil || info.Architecture != pauseMachine {
		return // the engine does not answer, and Watch will end too; or the program is not for this machine
	}
	s.mu.Lock()
	for _, b := range s.ready { // of an engine that may have been down since
		s.suspects[b.id] = true
	}
	clear(s.ready)
	s.mu.Unlock()
	s.tend(ctx, s.sweep)
	s.tend(ctx, s.rescue)
	s.tend(ctx, s.fill)
	timer := time.NewTicker(sweepEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.close(context.WithoutCancel(ctx))
			return
		case <-timer.C:
			s.tend(ctx, s.sweep)
			s.tend(ctx, s.rescue)
		case <-s.died:
			pause(ctx, listLag)
			s.tend(ctx, s.rescue)
		case <-s.wake:
			pause(ctx, s.settle)
		}
		s.tend(ctx, s.fill)
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// tend does what can be done without: a failure is for the operator only.
func (s *spares) tend(ctx context.Context, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "spare networks", "error", err)
	}
}

// due is the networks that should have a spare and have none, and the spares of those that should have none.
func (s *spares) due() (networks []string, beyond []sandbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range slices.SortedFunc(maps.Keys(s.used), func(a, b string) int { return s.used[b].Compare(s.used[a]) }) {
		b, there := s.ready[n]
		switch {
		case i < mostSpares && !there:
			networks = append(networks, n)
		case i >= mostSpares:
			delete(s.used, n)
			if delete(s.ready, n); there {
				beyond = append(beyond, b)
			}
		}
	}
	return networks, beyond
}

// fill makes a spare for each network that should have one, and removes what is beyond that.
func (s *spares) fill(ctx context.Context) (err error) {
	networks, beyond := s.due()
	for _, b := range beyond {
		err = errors.Join(err, s.remove(ctx, b.id))
	}
	for _, n := range networks {
		if ctx.Err() != nil {
			return err
		}
		b, e := s.make(ctx, n)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("for %s: %w", n, e))
			continue
		}
		s.offer(n, b)
	}
	return err
}

// make makes and starts a sandbox. One that cannot be started is removed, or by a later sweep.
func (s *spares) make(ctx context.Context, network string) (sandbox, error) {
	if err := s.api.ensurePause(ctx); err != nil {
		return sandbox{}, err
	}
	r := sandboxRequest(s.install, network)
	r.Name = fmt.Sprintf("slipway-%s-sandbox-%s", s.install, strings.ToLower(rand.Text()[:8]))
	id, err := s.api.create(ctx, r)
	if err != nil {
		return sandbox{}, err
	}
	err = s.api.start(ctx, id)
	var found container.InspectResponse
	if err == nil {
		found, err = s.api.inspect(ctx, id)
	}
	if err == nil && address(found) == "" {
		err = errors.New("a sandbox has no address")
	}
	if err != nil {
		return sandbox{}, errors.Join(err, s.remove(context.WithoutCancel(ctx), id))
	}
	return sandbox{id, address(found)}, nil
}

// sandboxRequest is pure but for the name, which is to be set. Nothing runs in a sandbox, and what runs may do nothing.
func sandboxRequest(install, network string) request {
	user, grace, pids := engine.Tasks.User, sandboxGrace, int64(64) // the engine itself needs some threads to start it
	return request{
		Config: &container.Config{
			Image: pauseImage, User: user, StopTimeout: &grace,
			Labels: map[string]string{labelInstall: install, labelSandbox: network},
		},
		HostConfig: &container.HostConfig{
			NetworkMode:    container.NetworkMode(network),
			RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
			CapDrop:        engine.Tasks.CapDrop,
			SecurityOpt:    []string{noNewPrivileges},
			IpcMode:        container.IPCModePrivate,
			ReadonlyRootfs: true,
			LogConfig:      container.LogConfig{Type: "none"},
			Resources:      container.Resources{PidsLimit: &pids, CPUShares: 2},
		},
	}
}

// join makes a task's container use a sandbox's network.
func (r request) join(b sandbox) request {
	r.HostConfig.NetworkMode = container.NetworkMode("container:" + b.id)
	r.Config.Labels[labelAddress] = b.ip
	return r
}

// joined is the sandbox whose network a container uses, "" for its own.
func joined(c container.InspectResponse) string {
	if c.ContainerJSONBase == nil || c.HostConfig == nil {
		return ""
	}
	return c.HostConfig.NetworkMode.ConnectedContainer()
}

// sweep removes sandboxes that nobody uses and learns which networks have tasks.
//
// A sandbox that a task is just being given looks unused. It is removed only when it did twice in a row.
func (s *spares) sweep(ctx context.Context) (err error) {
	all, err := s.api.list(ctx, s.install)
	if err != nil {
		return err
	}
	use := inspectUse(all)
	var remove []string
	s.mu.Lock()
	suspects := map[string]bool{}
	for id := range use.sandboxes {
		switch {
		case use.joined[id], slices.ContainsFunc(slices.Collect(maps.Values(s.ready)), func(b sandbox) bool { return b.id == id }):
		case s.suspects[id]:
			remove = append(remove, id)
		default:
			suspects[id] = true
		}
	}
	s.suspects = suspects
	for network, at := range use.networks {
		if at.After(s.used[network]) {
			s.used[network] = at
		}
	}
	for network, at := range s.used {
		if _, living := use.networks[network]; living || time.Since(at) < spareIdle {
			continue
		}
		delete(s.used, network)
		if b, there := s.ready[network]; there {
			delete(s.ready, network)
			remove = append(remove, b.id)
		}
	}
	s.mu.Unlock()
	for _, id := range remove {
		err = errors.Join(err, s.remove(ctx, id))
	}
	return err
}

// rescue ends programs whose sandbox has ended: they run, and nobody reaches them. Their tasks are started anew.
func (s *spares) rescue(ctx context.Context) (err error) {
	all, err := s.api.list(ctx, s.install)
	if err != nil {
		return err
	}
	for _, id := range inspectUse(all).stranded {
		s.log.WarnContext(ctx, "a container has lost its network and is ended", "container", id)
		err = errors.Join(err, s.api.stop(ctx, id, 0))
	}
	return err
}

// use is what an install's containers say of its networks.
type use struct {
	sandboxes map[string]string    // id → network
	joined    map[string]bool      // sandboxes with a task's container
	networks  map[string]time.Time // with living tasks, and when the newest was made
	stranded  []string             // running containers whose sandbox does not run
}

func inspectUse(all []container.Summary) use {
	u := use{sandboxes: map[string]string{}, joined: map[string]bool{}, networks: map[string]time.Time{}}
	running := map[string]bool{}
	for _, c := range all {
		if network := c.Labels[labelSandbox]; network != "" {
			u.sandboxes[c.ID], running[c.ID] = network, status(string(c.State)) == engine.Running
		}
	}
	for _, c := range all {
		if _, _, task := identity(c.Labels); !task {
			continue
		}
		network := c.HostConfig.NetworkMode
		living := status(string(c.State)) == engine.Running
		if id, ok := strings.CutPrefix(network, "container:"); ok {
			network, u.joined[id] = u.sandboxes[id], true
			if living && !running[id] {
				u.stranded = append(u.stranded, c.ID)
			}
		}
		if made := time.Unix(c.Created, 0); living && network != "" && made.After(u.networks[network]) {
			u.networks[network] = made
		}
	}
	return u
}

// remove deletes a sandbox.
func (s *spares) remove(ctx context.Context, id string) error {
	err := s.api.remove(ctx, id)
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) { // it is gone, or being removed
		return nil
	}
	return err
}

// close removes the spares.
func (s *spares) close(ctx context.Context) {
	s.mu.Lock()
	left := slices.Collect(maps.Values(s.ready))
	clear(s.ready)
	s.mu.Unlock()
	for _, b := range left {
		s.tend(ctx, func(ctx context.Context) error { return s.remove(ctx, b.id) })
	}
}
