package pages

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// Variables is the page of an app's environment. Values are write-only.
type Variables struct {
	Head      AppHead
	Variables []paas.Variable
	Form      components.Form
	Review    []components.Change // what applying the pasted lines would do; nil when nothing was reviewed
	HasLive   bool
}

func (m Variables) pending() (n int) {
	for _, v := range m.Variables {
		if !v.Released {
			n++
		}
	}
	return n
}

// Settings is the page of an app's source, scale, resources and end.
type Settings struct {
	Head        AppHead
	App         paas.App
	Plan        *paas.Plan // of the live release; nil before the first
	Processes   []ProcessSettings
	Credentials []paas.Credential
	Runtimes    []components.Choice
	Form        components.Form // of the section that was sent
	Section     string          // which one: "source", "run", "scale", "danger"
	Stops       int             // tasks that destroying would stop
}

// ProcessSettings is one process type on the settings page.
type ProcessSettings struct {
	Name    string
	Command string // the person's override; "" takes Default
	Default string
	Scale   int
	Asked   paas.Resources
}

// form is the entered form for its own section, an empty one for the others.
func (m Settings) form(section string) components.Form {
	if m.Section == section {
		return m.Form
	}
	return components.Form{}
}

func (m Settings) startTimeout() string {
	t := m.App.Settings.StartTimeout
	if t == 0 {
		t = paas.DefaultStartTimeout
	}
	return strconv.Itoa(int(t / time.Second))
}

func (m Settings) healthPath() string {
	if m.App.Settings.HealthPath == "" && m.Plan != nil {
		return orSlash(m.Plan.Run.HealthPath)
	}
	return orSlash(m.App.Settings.HealthPath)
}

func (m Settings) port() string {
	if m.App.Settings.Port == 0 && m.Plan != nil {
		return portText(m.Plan.Run.Port)
	}
	return portText(m.App.Settings.Port)
}

func (m Settings) needsWritableRoot() bool {
	if w := m.App.Settings.WritableRoot; w != nil {
		return *w
	}
	return m.Plan != nil && m.Plan.Run.WritableRoot
}

// shownTasks is how many tasks a node's page lists: nobody reads more, and a page of 2,000 took 117 ms to make.
const shownTasks = 200

// shown are the tasks that the page lists.
func (n NodeRow) shown() []paas.Task { return n.Tasks[:min(len(n.Tasks), shownTasks)] }

// NodeRow is one machine as a bin.
type NodeRow struct {
	Node  paas.Node
	Used  paas.Resources
	Tasks []paas.Task
}

// Nodes is the fleet.
type Nodes struct{ Nodes []NodeRow }

func (r NodeRow) room() paas.Resources {
	return paas.Resources{
		CPUMillis:   max(0, r.Node.Capacity.CPUMillis-r.Node.Reserved.CPUMillis),
		MemoryBytes: max(0, r.Node.Capacity.MemoryBytes-r.Node.Reserved.MemoryBytes),
	}
}

// slice is one task's part of a bin, in percent of the bin.
type slice struct {
	Task        paas.Task
	Left, Width float64
	Tone        string
}

// slices cuts a bin by what its tasks use of one resource.
func (r NodeRow) slices(of func(paas.Resources) int64) (cut []slice) {
	whole := of(r.room())
	left := 0.0
	for _, t := range r.Tasks {
		width := percent(of(t.Resources.Or(paas.DefaultResources)), whole)
		width = min(width, 100-left)
		cut = append(cut, slice{Task: t, Left: left, Width: width, Tone: components.Task(t).Tone})
		left += width
	}
	return cut
}

func memoryOf(r paas.Resources) int64 { return r.MemoryBytes }
func cpuOf(r paas.Resources) int64    { return r.CPUMillis }

func labels(n paas.Node) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(n.Labels)) {
		all = append(all, k+"="+n.Labels[k])
	}
	return strings.Join(all, ", ")
}

// Failure is an error as a page.
type Failure struct {
	Status    int
	Title     string
	Message   string
	Reference string // of the request, for the operator; always shown
	SignedIn  bool
}
