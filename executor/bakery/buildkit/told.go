package buildkit

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/slipway-paas/slipway/server/paas"
)

const (
	// maxLine is the longest line handed on, in bytes; what is longer arrives in pieces, so that one endless line
	// neither fills memory nor is lost.
	maxLine = 16 << 10
	// tailLines is how many last lines of a step are kept as evidence.
	tailLines = 25
)

// clippedByEngine begins the line that BuildKit writes where it leaves output out: by default beyond 1 MiB a step or
// 100 KiB a second. The engine's environment can say otherwise, BUILDKIT_STEP_LOG_MAX_SIZE and _SPEED in bytes.
// Source: buildkit, util/progress/logs.
const clippedByEngine = "[output clipped, log limit "

// told turns BuildKit's status messages into Progress and remembers what a diagnosis needs. One goroutine uses it.
type told struct {
	progress func(Progress)
	left     int64 // bytes of log still handed on; below 0 when the cap was met
	capped   bool  // there is a cap at all
	clipped  bool
	// engineClipped: BuildKit itself left output out.
	engineClipped bool
	steps         map[digest.Digest]*heardStep
	order         []*heardStep
}

type heardStep struct {
	paas.Step
	partial map[int][]byte // by stream: the line that has no end yet
	at      time.Time      // of the last output
	last    []string
}

func newTold(logBytes int64, progress func(Progress)) *told {
	return &told{progress: progress, left: logBytes, capped: logBytes > 0, steps: map[digest.Digest]*heardStep{}}
}

func (t *told) hear(s *bk.SolveStatus) {
	for _, v := range s.Vertexes {
		t.vertex(v)
	}
	for _, l := range s.Logs {
		step := t.step(l.Vertex)
		step.at = l.Timestamp
		t.output(step, l.Stream, l.Data)
	}
}

func (t *told) step(d digest.Digest) *heardStep {
	step, ok := t.steps[d]
	if !ok {
		step = &heardStep{Step: paas.Step{Number: len(t.order) + 1}, partial: map[int][]byte{}}
		t.steps[d] = step
		t.order = append(t.order, step)
	}
	return step
}

func (t *told) vertex(v *bk.Vertex) {
	step := t.step(v.Digest)
	before := step.Step
	step.Name = readableName(v.Name)
	if v.Started != nil && step.Started.IsZero() {
		step.Started = v.Started.UTC()
	}
	if v.Completed != nil {
		step.Finished = v.Completed.UTC()
		t.endLines(step)
	}
	step.Cached, step.Error = v.Cached, v.Error
	if step.Step != before {
		now := step.Step
		t.progress(Progress{Step: &now})
	}
}

// output splits what a step printed into lines. A carriage return starts a line over, as on a terminal: of a progress
// bar only the last state is a line.
func (t *told) output(step *heardStep, stream int, data []byte) {
	data = append(step.partial[stream], data...)
	for {
		i := bytes.IndexByte(data, '\n')
		if i < 0 && len(data) <= maxLine {
			break
		}
		if i < 0 || i > maxLine {
			t.line(step, data[:maxLine])
			data = data[maxLine:]
			continue
		}
		t.line(step, data[:i])
		data = data[i+1:]
	}
	step.partial[stream] = bytes.Clone(data)
}

func (t *told) line(step *heardStep, data []byte) {
	data = bytes.TrimRight(data, "\r")
	if i := bytes.LastIndexByte(data, '\r'); i >= 0 {
		data = data[i+1:]
	}
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	if strings.HasPrefix(text, clippedByEngine) {
		t.engineClipped = true
	}
	step.last = append(step.last, text)
	if len(step.last) > tailLines {
		step.last = step.last[1:]
	}
	if t.capped {
		if t.clipped {
			return
		}
		if t.left -= int64(len(text)) + 1; t.left < 0 {
			t.clipped = true
			text = "[the rest of the output is left out: the build printed more than its limit]"
		}
	}
	t.progress(Progress{Line: &Line{Step: step.Number, At: step.at.UTC(), Text: text}})
}

func (t *told) endLines(step *heardStep) {
	for stream, data := range step.partial {
		if len(data) > 0 {
			t.line(step, data)
		}
		delete(step.partial, stream)
	}
}

// blame gives a failed build's error to the step that ran last, when the engine was not heard to its end.
func (t *told) blame(err error) {
	for _, step := range slices.Backward(t.order) {
		if !step.Started.IsZero() && step.Finished.IsZero() {
			step.Error = err.Error()
			return
		}
	}
}

// flush hands on what the end of the build left without a line's end, and closes steps the engine never closed, or was not
// heard to.
func (t *told) flush(succeeded bool) {
	for _, step := range t.order {
		t.endLines(step)
		if !step.Started.IsZero() && step.Finished.IsZero() {
			step.Finished = step.Started
			if step.at.After(step.Finished) {
				step.Finished = step.at.UTC()
			}
			if step.Error == "" && !succeeded {
				step.Error = "stopped"
			}
			now := step.Step
			t.progress(Progress{Step: &now})
		}
	}
}

// failed is the step that failed by itself: others are canceled because of it. nil when none did.
func (t *told) failed() *paas.Step {
	for _, step := range t.order {
		if step.Error != "" && step.Error != "stopped" && !strings.Contains(step.Error, "context canceled") {
			return &step.Step
		}
	}
	return nil
}

// running is the step that was stopped in the middle, else the one given.
func (t *told) running(otherwise *paas.Step) *paas.Step {
	for _, step := range t.order {
		if step.Error == "stopped" || strings.Contains(step.Error, "context canceled") {
			return &step.Step
		}
	}
	return otherwise
}

// tail is the last output of a step, or of whichever printed last when step is nil.
func (t *told) tail(step *paas.Step) []string {
	var found *heardStep
	for _, s := range t.order {
		if step != nil && s.Number == step.Number {
			return s.last
		}
		if len(s.last) > 0 && (found == nil || s.at.After(found.at)) {
			found = s
		}
	}
	if found == nil || step != nil {
		return nil
	}
	return found.last
}

// ownSteps are the beginnings of the steps that stand in no Dockerfile: what the engine calls them and what people do.
var ownSteps = []struct{ engine, people string }{
	{"[internal] load build definition from ", "Read the "},
	{"[internal] load .dockerignore", "Read .dockerignore"},
	{"[internal] load build context", "Send the source to the engine"},
	{"[internal] load metadata for docker.io/slipway/", lookForImage + "slipway/"},
	{"[internal] load metadata for ", lookForImage},
	{"exporting to image", "Save the image"},
}

// lookForImage begins the name of the step that looks for an image a Dockerfile builds on.
const lookForImage = "Look for the image "

// cacheExport matches the export that points a package client at a cache mount.
var cacheExport = regexp.MustCompile(`export [^&]*=/var/cache/slipway/[^&]* && `)

// maxName is how long a step's name may be, in characters: an instruction can hold a whole script.
const maxName = 300

// readableName is a vertex's name without what Slipway itself added to the instruction: secret and cache mounts, the
// exports that point package clients at the CA bundle, and the JSON form in which it writes what has several lines.
func readableName(name string) string {
	for _, own := range ownSteps {
		if rest, ok := strings.CutPrefix(name, own.engine); ok {
			return own.people + rest
		}
	}
	for {
		before, after, ok := strings.Cut(name, "--mount=")
		if !ok {
			break
		}
		_, rest, _ := strings.Cut(after, " ")
		name = before + rest
	}
	if before, list, ok := strings.Cut(name, `RUN ["/bin/sh","-c",`); ok {
		var script []string
		if json.Unmarshal([]byte("["+list), &script) == nil && len(script) == 1 {
			name = before + "RUN " + script[0]
		}
	}
	if before, after, ok := strings.Cut(name, "export SSL_CERT_FILE=/run/slipway/"); ok {
		if _, rest, ok := strings.Cut(after, " && "); ok {
			name = before + rest
		}
	}
	name = cacheExport.ReplaceAllString(name, "")
	name = strings.Join(strings.Fields(name), " ")
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName]) + "…"
	}
	return name
}

// reason shortens BuildKit's error of a step to what a person needs: the exit code, not the command again.
func reason(message string) string {
	if i := strings.LastIndex(message, "exit code: "); i >= 0 {
		return "exit code " + strings.TrimSpace(message[i+len("exit code: "):])
	}
	message = strings.TrimSpace(message)
	if i := strings.LastIndex(message, "rpc error: code = Unknown desc = "); i >= 0 {
		message = message[i+len("rpc error: code = Unknown desc = "):]
	}
	return message
}
