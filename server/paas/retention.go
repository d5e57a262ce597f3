package paas

import (
	"strings"
	"time"
)

// Retention is how long what is over is remembered. Apps, releases and deployments are never forgotten.
type Retention struct {
	Tasks     time.Duration // finished tasks, and server groups that have none left
	Builds    time.Duration // steps, plan and Dockerfile of a finished build; the live releases keep theirs
	Routine   time.Duration // routine events
	Events    time.Duration // all other events: who did what, how each deployment ended
	Workflows time.Duration // what the durable workflows recorded of sequences that ended
}

// Routine reports whether an event tells of something that happens by itself, to a task, a build or a node: nobody asks
// for it after some months, unlike for who did what.
func (k EventKind) Routine() bool {
	kind := string(k)
	return strings.HasPrefix(kind, "task.") || strings.HasPrefix(kind, "build.") || strings.HasPrefix(kind, "node.")
}
