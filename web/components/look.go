// Package components holds the small parts that pages are made of: states with icon, word and colour, times that tick
// in the browser, icons, fields and live fragments.
package components

import (
	"strconv"

	"github.com/slipway-paas/slipway/server/paas"
)

// Look is how a state is shown: never by colour alone.
type Look struct {
	Icon string
	Tone string // good, warn, bad, busy or idle
	Word string
	Spin bool
}

// Health is the look of an app's health, by control's words.
func Health(health string) Look {
	switch health {
	case "running":
		return Look{Icon: "circle-check", Tone: "good", Word: "Running"}
	case "deploying":
		return Look{Icon: "loader-circle", Tone: "busy", Word: "First deploy", Spin: true}
	case "degraded":
		return Look{Icon: "triangle-alert", Tone: "warn", Word: "Degraded"}
	case "failing":
		return Look{Icon: "circle-x", Tone: "bad", Word: "Failing"}
	case "stopped":
		return Look{Icon: "circle-pause", Tone: "idle", Word: "Stopped"}
	case "finished":
		return Look{Icon: "circle-check", Tone: "good", Word: "Finished"}
	default:
		return Look{Icon: "circle-dashed", Tone: "idle", Word: "Not deployed"}
	}
}

// Deployment is the look of a deployment's state.
func Deployment(state paas.State) Look {
	switch state {
	case paas.DeploymentLive:
		return Look{Icon: "circle-check", Tone: "good", Word: "Live"}
	case paas.DeploymentFailed:
		return Look{Icon: "circle-x", Tone: "bad", Word: "Failed"}
	case paas.DeploymentCanceled:
		return Look{Icon: "ban", Tone: "idle", Word: "Canceled"}
	case paas.DeploymentSuperseded:
		return Look{Icon: "check", Tone: "idle", Word: "Replaced"}
	case paas.DeploymentQueued:
		return Look{Icon: "hourglass", Tone: "busy", Word: "Queued"}
	default:
		return Look{Icon: "loader-circle", Tone: "busy", Word: Capital(string(state)), Spin: true}
	}
}

// Task is the look of a task. A running task that does not answer yet is not shown as well.
func Task(t paas.Task) Look {
	switch t.State {
	case paas.TaskRunning:
		if t.Ready || t.Process != paas.WebProcess {
			return Look{Icon: "circle-check", Tone: "good", Word: "Ready"}
		}
		return Look{Icon: "loader-circle", Tone: "busy", Word: "Getting ready", Spin: true}
	case paas.TaskAccepted:
		return Look{Icon: "hourglass", Tone: "warn", Word: "Waiting"}
	case paas.TaskFinished:
		return finished(t)
	default:
		return Look{Icon: "loader-circle", Tone: "busy", Word: Capital(string(t.State)), Spin: true}
	}
}

func finished(t paas.Task) Look {
	switch {
	case t.Reason == paas.ReasonNormal:
		return Look{Icon: "check", Tone: "idle", Word: "Finished"}
	case t.Reason.Fault() == paas.FaultNone:
		return Look{Icon: "circle-stop", Tone: "idle", Word: "Stopped"}
	case t.Reason == paas.ReasonFailed:
		return Look{Icon: "circle-x", Tone: "bad", Word: "Crashed, exit " + strconv.Itoa(t.ExitCode)}
	default:
		return Look{Icon: "circle-x", Tone: "bad", Word: reasonWords[t.Reason]}
	}
}

var reasonWords = map[paas.TaskReason]string{
	paas.ReasonKilled:       "Killed by a signal",
	paas.ReasonStuck:        "Stuck",
	paas.ReasonUnready:      "Never got ready",
	paas.ReasonOutOfMemory:  "Out of memory",
	paas.ReasonTimeLimit:    "Time limit",
	paas.ReasonNoCommand:    "No such command",
	paas.ReasonNodeLost:     "Node lost",
	paas.ReasonImageMissing: "Image missing",
	paas.ReasonEngineFault:  "Engine fault",
}

// Phase is the look of one rung of the ladder.
func Phase(state paas.PhaseState) Look {
	switch state {
	case paas.PhaseRunning:
		return Look{Icon: "loader-circle", Tone: "busy", Word: "Running", Spin: true}
	case paas.PhaseSucceeded:
		return Look{Icon: "circle-check", Tone: "good", Word: "Succeeded"}
	case paas.PhaseFailed:
		return Look{Icon: "circle-x", Tone: "bad", Word: "Failed"}
	case paas.PhaseCanceled:
		return Look{Icon: "ban", Tone: "idle", Word: "Canceled"}
	case paas.PhaseSkipped:
		return Look{Icon: "check", Tone: "idle", Word: "Not needed"}
	default:
		return Look{Icon: "circle", Tone: "idle", Word: "Not started"}
	}
}

// Node is the look of a node's state.
func Node(n paas.Node) Look {
	switch n.State {
	case paas.NodeReady:
		if n.Problem != "" {
			return Look{Icon: "triangle-alert", Tone: "warn", Word: "Degraded"}
		}
		return Look{Icon: "circle-check", Tone: "good", Word: "Ready"}
	case paas.NodeLost:
		return Look{Icon: "circle-x", Tone: "bad", Word: "Lost"}
	case paas.NodeDraining:
		return Look{Icon: "hourglass", Tone: "warn", Word: "Draining"}
	default:
		return Look{Icon: "circle-dashed", Tone: "idle", Word: Capital(string(n.State))}
	}
}

// Capital makes a state's word the start of a sentence.
func Capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]&^0x20) + s[1:]
}
