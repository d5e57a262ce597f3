package executor

import (
	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// step is the one thing to do next about a task.
type step string

const (
	stepNone    step = "none"    // over: no container, nothing wanted
	stepYield   step = "yield"   // the engine has a newer placement than our row: wait for a newer row
	stepStart   step = "start"   // make the container and start it
	stepAdopt   step = "adopt"   // it runs: say so
	stepProbe   step = "probe"   // it runs and that is known: see whether it is ready
	stepCalm    step = "calm"    // it has started: take the CPU back that it had for that
	stepStop    step = "stop"    // end the program
	stepReplace step = "replace" // remove the container of an older placement
	stepVanish  step = "vanish"  // the container is gone although nobody asked: the task is over
	stepFinish  step = "finish"  // the program has ended: say how
	stepRemove  step = "remove"  // all is said: remove the container
)

// decide picks the next step from what is wanted (the row) and what is there (the container, nil when there is none).
// It is pure, and every step brings the two nearer: whoever repeats "look, decide, do" gets there from anywhere, also
// after a crash between any two instructions.
func decide(t paas.Task, c *engine.Container) step {
	over := t.State == paas.TaskFinished
	if c == nil {
		switch {
		case over:
			return stepNone
		case t.Stop || t.State == paas.TaskStopping:
			return stepFinish
		case t.StartedAt.IsZero():
			return stepStart
		}
		return stepVanish
	}
	switch {
	case c.Fence < t.Fence:
		return stepReplace
	case c.Fence > t.Fence:
		return stepYield
	}
	switch c.Status {
	case engine.Created:
		switch {
		case over:
			return stepRemove
		case t.Stop || t.State == paas.TaskStopping:
			return stepFinish
		}
		return stepStart
	case engine.Running:
		switch {
		case over || t.Stop || t.State == paas.TaskStopping:
			return stepStop
		case t.State != paas.TaskRunning || t.StartedAt.IsZero():
			return stepAdopt
		case t.Ready && c.CPUMillis > booked(t).CPUMillis:
			return stepCalm
		}
		return stepProbe
	}
	if over {
		return stepRemove
	}
	return stepFinish
}
