// Package engine is the contract between Slipway and whatever runs containers on a node. Drivers implement Engine;
// enginetest.Exercise is the suite every driver passes.
//
// A container is known by its task: one engine holds at most one container of a task, whatever happens in between.
// Containers also carry the fence of the placement they were started for. Several installs of Slipway may share one
// machine: an engine only ever sees, counts and removes what carries its own install's label.
package engine

import (
	"context"
	"errors"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Engine runs containers. All calls may be made concurrently; calls about the same task are made one after another by
// the agent, but a driver must survive when they are not. Every call ends by its own deadline even when ctx has none,
// with an error that wraps context.DeadlineExceeded: an engine that hangs never holds its caller. Logs and Watch have
// none, they last as long as ctx and the container.
//
// Order: EnsureNetwork before the first Start in that network; Stop before Remove; everything else in any order.
type Engine interface {
	// Info describes the machine and the engine. It is cheap enough to be called every few seconds.
	Info(ctx context.Context) (Info, error)

	// HasImage reports whether the engine's own store has the image.
	HasImage(ctx context.Context, image string) (bool, error)

	// EnsureNetwork makes the network if it is not there. Idempotent, also when two callers race.
	EnsureNetwork(ctx context.Context, n Network) error

	// Start creates the task's container and starts it. Idempotent: a container of the same task and fence that was
	// created but never started is started, one that runs or has ended is returned as it is and never started again.
	// A container of the same task with another fence gives ErrOtherFence and stays untouched. Other errors:
	// ErrImageMissing, ErrNoCommand (nothing is left behind), ErrRefused.
	Start(ctx context.Context, s Spec) (Container, error)

	// Limit changes how much CPU the task's running container may use, in thousandths of a core. A machine with fewer
	// cores gives what it has. Idempotent; ErrGone when there is no container; one that has ended gives nil or ErrGone.
	Limit(ctx context.Context, task int64, cpuMillis int64) error

	// Stop asks the program to end (SIGTERM), and kills it when it is still there after grace. It returns when the
	// container has ended. Idempotent: an ended container gives nil; ErrGone when there is none. When ctx ends before,
	// the engine may or may not go on; Stop again finishes it.
	Stop(ctx context.Context, task int64, grace time.Duration) error

	// Remove deletes an ended container and its output; a running one is killed first. Idempotent: nil when gone.
	Remove(ctx context.Context, task int64) error

	// List gives every container of this install, ended ones too, in no order. It may leave out IP, Pid and CPUMillis.
	List(ctx context.Context) ([]Container, error)

	// Inspect gives the task's container; ErrGone when there is none.
	Inspect(ctx context.Context, task int64) (Container, error)

	// Watch calls hint with the task of each container that just changed, until ctx ends (nil) or the engine's stream
	// breaks (error; watch again). Hints may be lost or repeated: they only save waiting for the next pass. A hint of
	// 0 means "look at everything".
	Watch(ctx context.Context, hint func(task int64)) error

	// Logs hands the container's output from a position on to each, in order, and returns nil when the container has
	// ended and everything was handed over, each's error when that fails, ErrGone when there is no container, or ctx's
	// error. The batch and its lines are only valid during the call.
	Logs(ctx context.Context, task int64, from Position, each func(Batch) error) error

	// Tail gives the last n lines of output, oldest first, of a running or an ended container. Seq is 0.
	Tail(ctx context.Context, task int64, n int) ([]paas.Log, error)

	// Listeners gives the TCP addresses the container's programs listen on. ErrUnsupported where the engine's machine
	// cannot be looked into from here.
	Listeners(ctx context.Context, task int64) ([]Listener, error)
}

// The errors a caller can act on; drivers wrap them.
var (
	ErrGone         = errors.New("no such container")
	ErrOtherFence   = errors.New("the task has a container of another placement")
	ErrImageMissing = errors.New("no such image")
	ErrNoCommand    = errors.New("no such command")
	ErrRefused      = errors.New("the engine refuses this specification") // it will refuse it again
	ErrUnsupported  = errors.New("not supported here")
)

// Info is what an engine says of itself and its machine.
type Info struct {
	Name     string         // host name
	Engine   string         // "Docker 20.10.24"
	Capacity paas.Resources // of the whole machine; DiskBytes is what is free where containers are kept, 0 when unknown
	Running  int            // containers of this install
	Disk     int64          // bytes of the disk where containers and images are kept, free and not; 0 when unknown
	Problems []string       // sentences for the operator: why tasks cannot run here
	Warnings []string       // sentences for the operator: what weakens the isolation here
}

// Free disk space counts as low under a tenth of the disk, at least 2 GiB and at most 20 GiB: below it a build or two may
// fill the rest.
const (
	lowShare = 10
	lowLeast = 2 << 30
	lowMost  = 20 << 30
)

// DiskLow reports whether the disk where containers and images are kept is nearly full.
func (i Info) DiskLow() bool {
	return i.Disk > 0 && i.Capacity.DiskBytes < min(max(i.Disk/lowShare, lowLeast), lowMost)
}

// Network is the private network of one team in one environment. Containers of one network reach each other;
// containers of different networks do not.
type Network struct {
	Team        int64
	Environment string // "production" unless there are others
}

// DefaultEnvironment is where tasks run while an app has only one environment.
const DefaultEnvironment = "production"

// Spec is everything an engine needs to run one task. What all tasks have in common is in Profile.
type Spec struct {
	Task, Fence int64
	Team        string // names are for labels, so that an operator recognises a container
	App         string
	Release     int
	Process     string
	Network     Network
	Image       string
	Args        []string          // replaces the image's entry point and command; empty keeps them
	Env         map[string]string // values never appear in labels, logs or errors
	Port        int               // told to the program as PORT; 0 for processes without traffic
	Resources   paas.Resources
	StartCPU    int64  // the CPU limit until Limit is called, in thousandths of a core; 0 is Resources.CPUMillis
	User        string // "uid[:gid]"; "" is the profile's
	Writable    bool   // the root file system may be written to; weakens the profile
}

// Status is what a container does.
type Status string

// The statuses of a container.
const (
	Created Status = "created" // exists, was never started
	Running Status = "running"
	Ended   Status = "ended"
)

// Container is one container as the engine sees it.
type Container struct {
	Task, Fence int64
	ID          string // the engine's own
	Status      Status
	IP          string // in its network, as reached from the engine's machine; "" when it does not run
	CPUMillis   int64  // the CPU limit in force, in thousandths of a core; 0 when there is none
	Pid         int    // of its first process on the engine's machine; 0 when unknown
	ExitCode    int    // 128+n when signal n ended it
	OutOfMemory bool   // the kernel killed one of its processes at the memory limit
	Error       string // the engine's own words when it could not start it
	StartedAt   time.Time
	EndedAt     time.Time
}

// Listener is one listening TCP socket inside a container.
type Listener struct {
	Port     int
	Loopback bool // only reachable from inside the container
}
