package executor

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slipway-paas/slipway/executor/engine"
	"github.com/slipway-paas/slipway/server/paas"
)

// evidenceLines is how many of a task's last lines a diagnosis shows; the whole output has its own page.
const evidenceLines = 20

// outcome says why a task whose container has ended is over. It is pure. listened is whether it was ever seen to take a
// connection, tail the end of its output.
func outcome(t paas.Task, c engine.Container, listened bool, tail []string) paas.TaskReport {
	r := paas.TaskReport{State: paas.TaskFinished, ExitCode: c.ExitCode, FinishedAt: c.EndedAt}
	what, lived := subject(t), c.EndedAt.Sub(c.StartedAt)
	switch {
	case t.Reason != "": // decided when it was stopped
		r.Reason, r.Detail = t.Reason, t.Detail
	case t.Stop:
		r.Reason = paas.ReasonScaledDown
		if c.ExitCode == killed {
			r.Detail = fmt.Sprintf("%s did not end within %s of SIGTERM and was killed.", what, span(grace(t)))
		}
	case c.OutOfMemory:
		r.Reason = paas.ReasonOutOfMemory
		r.Detail = fmt.Sprintf("%s needed more than its %s of memory and was killed %s after its start.", what, paas.Bytes(t.Resources.Or(paas.DefaultResources).MemoryBytes), span(lived))
		r.Diagnosis = paas.Diagnose(paas.CodeOutOfMemory, r.Detail, tail...)
	case c.ExitCode == 0:
		r.Reason = paas.ReasonNormal
		switch {
		case t.Spec.Port == 0 || t.Spec.Once:
		case t.Spec.MayFinish && t.ReadyAt.IsZero() && !listened:
			r.Detail = fmt.Sprintf("%s ended with exit code 0 after %s and never listened, so it counts as a program that finishes.", what, span(lived))
		default:
			r.Detail = fmt.Sprintf("%s ended with exit code 0 after %s, although it should serve requests.", what, span(lived))
			r.Diagnosis = paas.Diagnose(paas.CodeExitedEarly, r.Detail, tail...)
		}
	case isNoCommand(c.ExitCode, tail):
		r.Reason = paas.ReasonNoCommand
		r.Detail = fmt.Sprintf("%s could not be started: the command %s.", what, noCommandWords(c.ExitCode))
		r.Diagnosis = paas.Diagnose(paas.CodeNoCommand, r.Detail, tail...)
	default:
		r.Reason = paas.ReasonFailed
		r.Detail = fmt.Sprintf("%s %s, %s after its start.", what, exitWords(c.ExitCode), span(lived))
		if c.ExitCode == killed || c.ExitCode == 128+int(syscall.SIGTERM) {
			r.Reason = paas.ReasonKilled
			r.Detail = strings.TrimSuffix(r.Detail, ".") + "; Slipway did not send it."
		}
		r.Diagnosis = paas.Diagnose(paas.CodeCrashed, r.Detail, tail...)
		blameReadOnly(t, r.Diagnosis)
	}
	return r
}

// readOnlyForm finds what the C library says of a write to a read-only disk, which programs repeat, and SQLite's words for
// it.
var readOnlyForm = regexp.MustCompile(`(?i)read-only file system|\bEROFS\b|attempt to write a readonly database`)

// blameReadOnly adds to a diagnosis that the program tried to write where it cannot, if its last lines say so.
func blameReadOnly(t paas.Task, d *paas.Diagnosis) {
	if t.Spec.WritableRoot || !slices.ContainsFunc(d.Evidence, readOnlyForm.MatchString) {
		return
	}
	d.Cause += " It tried to write to its own folders, which are read-only."
	d.Next = "Make it write below /tmp, or give it a writable file system (in its settings, or `writable-root: true` under `run` in slipway.yaml), and deploy again. Either is lost with its container: keep what must last in a database."
}

// killed is the exit code of a program that SIGKILL ended.
const killed = 128 + int(syscall.SIGKILL)

// refused is the outcome of a task that the engine cannot start.
func refused(t paas.Task, err error) paas.TaskReport {
	r := paas.TaskReport{State: paas.TaskFinished}
	code := paas.CodeEngineFault
	switch {
	case errors.Is(err, engine.ErrImageMissing):
		r.Reason, code = paas.ReasonImageMissing, paas.CodeImageMissing
		r.Detail = fmt.Sprintf("The image %s is not on this node any more.", t.Image)
	case errors.Is(err, engine.ErrNoCommand):
		r.Reason, code = paas.ReasonNoCommand, paas.CodeNoCommand
		r.Detail = fmt.Sprintf("%s could not be started: there is no such command.", subject(t))
	default:
		r.Reason = paas.ReasonEngineFault
		r.Detail = fmt.Sprintf("The engine could not start %s.", lower(subject(t)))
	}
	r.Diagnosis = paas.Diagnose(code, r.Detail, err.Error())
	return r
}

// vanished is the outcome of a task whose container is gone.
func vanished(t paas.Task) paas.TaskReport {
	detail := fmt.Sprintf("The container of %s vanished from the engine.", lower(subject(t)))
	return paas.TaskReport{
		State: paas.TaskFinished, Reason: paas.ReasonEngineFault, Detail: detail,
		Diagnosis: paas.Diagnose(paas.CodeEngineFault, detail),
	}
}

// unready says why a running task did not get ready in time.
func unready(t paas.Task, a engine.Answer, listeners []engine.Listener, tail []string) *paas.Diagnosis {
	d := silence(t, a, listeners, tail)
	blameReadOnly(t, d)
	return d
}

// silence tells the ways of not getting ready apart.
func silence(t paas.Task, a engine.Answer, listeners []engine.Listener, tail []string) *paas.Diagnosis {
	what, limit, port := subject(t), span(startTimeout(t)), t.Spec.Port
	switch {
	case a.Connected && a.Status > 0:
		evidence := append([]string{fmt.Sprintf("GET %s → %d", t.Spec.HealthPath, a.Status)}, lines(a.Excerpt)...)
		return paas.Diagnose(paas.CodeUnhealthy,
			fmt.Sprintf("%s still answered GET %s with status %d after %s.", what, t.Spec.HealthPath, a.Status, limit), append(evidence, tail...)...)
	case a.Connected || slices.Contains(listeners, engine.Listener{Port: port}):
		return paas.Diagnose(paas.CodeStartTimeout,
			fmt.Sprintf("%s listens on port %d but gave no answer to GET %s within %s (%s).", what, port, t.Spec.HealthPath, limit, a.Error), tail...)
	case slices.Contains(listeners, engine.Listener{Port: port, Loopback: true}):
		return paas.Diagnose(paas.CodeNotListening,
			fmt.Sprintf("%s listens on 127.0.0.1:%d, where nothing outside its container can reach it.", what, port), tail...)
	case len(listeners) > 0:
		return paas.Diagnose(paas.CodeNotListening,
			fmt.Sprintf("%s should listen on port %d (the variable PORT), but listens on %s.", what, port, places(listeners)), tail...)
	}
	return paas.Diagnose(paas.CodeNotListening, fmt.Sprintf("%s did not listen on port %d (the variable PORT) within %s.", what, port, limit), tail...)
}

func places(listeners []engine.Listener) string {
	words := make([]string, len(listeners))
	for i, l := range listeners {
		words[i] = "port " + strconv.Itoa(l.Port)
		if l.Loopback {
			words[i] = "127.0.0.1:" + strconv.Itoa(l.Port)
		}
	}
	return strings.Join(words, " and ")
}

// missingForm finds what shells, the init process and runtimes say of a program that cannot be run.
var missingForm = regexp.MustCompile(`(?i)not found|no such file|permission denied|cannot execute|exec format`)

// isNoCommand recognises the codes that shells and Docker's init use for a program that cannot be run. A program may
// use the same codes for itself, so that its last words must agree.
func isNoCommand(code int, tail []string) bool {
	return (code == 127 || code == 126) && slices.ContainsFunc(tail, missingForm.MatchString)
}

func noCommandWords(code int) string {
	if code == 126 {
		return "cannot be executed"
	}
	return "does not exist"
}

func exitWords(code int) string {
	if code <= 128 || code > 128+64 {
		return fmt.Sprintf("exited with code %d", code)
	}
	return fmt.Sprintf("was ended by signal %d (%s)", code-128, syscall.Signal(code-128))
}

// subject names a task in a sentence.
func subject(t paas.Task) string { return fmt.Sprintf("The %s process", t.Process) }

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// span shows a duration without needless digits.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

func lines(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func grace(t paas.Task) time.Duration {
	if t.Spec.StopTimeout > 0 {
		return t.Spec.StopTimeout
	}
	return paas.DefaultStopTimeout
}

func startTimeout(t paas.Task) time.Duration {
	if t.Spec.StartTimeout > 0 {
		return t.Spec.StartTimeout
	}
	return paas.DefaultStartTimeout
}
