package pages

import (
	"slices"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// AppHead is the top of every page of one app.
type AppHead struct {
	Name, Team string
	URL        string // "" when it has no web process
	Health     components.Look
	Stopped    bool
	Tab        string
	Owner      bool
}

// HeadOf is the head of an app's pages, with one of its tabs current.
func HeadOf(d control.AppDetail, tab string) AppHead {
	return AppHead{
		Name: d.App.Name, Team: d.App.TeamName, URL: d.URL, Health: components.Health(string(d.Health)),
		Stopped: d.App.Stopped, Tab: tab, Owner: d.Role == paas.RoleOwner,
	}
}

type tab struct{ key, label, path string }

func (h AppHead) tabs() []tab {
	base := "/apps/" + h.Name
	return []tab{
		{"overview", "Overview", base},
		{"deployments", "Deployments", base + "/deployments"},
		{"releases", "Releases", base + "/releases"},
		{"logs", "Logs", base + "/logs"},
		{"variables", "Variables", base + "/variables"},
		{"settings", "Settings", base + "/settings"},
	}
}

// Plan is what a click on Deploy would do.
type Plan struct {
	Changes      []components.Change
	Fits         string
	FitsNow      bool
	ZeroDowntime bool
	Downtime     string
	Queue        int
}

// App is the overview of an app.
type App struct {
	Head       AppHead
	App        paas.App
	Release    *paas.Release
	Ready      int
	Wanted     int
	NeedsMe    string
	Tasks      []paas.Task // of the live and the coming release; newest first
	Ended      []paas.Task // newest first
	Nodes      map[int64]string
	Active     *paas.Deployment
	Latest     *paas.Deployment
	Recent     []paas.Deployment
	Events     []paas.Event
	Undeployed []string
	Previous   *paas.Release // what a roll back would bring back
	Plan       *Plan
	Form       components.Form
}

func (m App) branch() string {
	if m.App.Branch == "" {
		return "the default branch"
	}
	return string(m.App.Branch)
}

// eventPath is where an event's subject is shown; "" when it has no page of its own.
func (m App) eventPath(e paas.Event) string {
	for _, d := range m.Recent {
		if e.Subject == paas.Topic("deployment:"+id(d.ID)) {
			return deploymentPath(d.AppName, d.Number)
		}
	}
	return ""
}

func deploymentPath(app string, number int) string {
	return "/apps/" + app + "/deployments/" + id(int64(number))
}

// Deployments is the list of an app's deployments.
type Deployments struct {
	Head        AppHead
	Deployments []paas.Deployment
	Next        string
}

// Releases is the list of an app's releases.
type Releases struct {
	Head     AppHead
	Releases []paas.Release
	LiveID   int64
	Next     string
}

// Rollback asks whether to go back to a release.
type Rollback struct {
	Head    AppHead
	Live    *paas.Release
	Target  paas.Release
	Changes []components.Change
	Form    components.Form
}

// Deployment is the page of one deployment.
type Deployment struct {
	Head       AppHead
	Deployment paas.Deployment
	Build      *paas.Build
	Steps      []paas.Step
	Release    *paas.Release
	Previous   *paas.Release
	Tasks      []paas.Task
	Ahead      int
	Usual      map[string]time.Duration
	Changes    []components.Change
	Choices    []LogChoice
	View       *LogView
	Nodes      map[int64]string
}

func (m Deployment) commit() paas.Commit {
	switch {
	case m.Release != nil:
		return m.Release.Commit
	case m.Build != nil:
		return m.Build.Commit
	default:
		return paas.Commit{}
	}
}

func (m Deployment) diagnosis() *paas.Diagnosis {
	if m.Deployment.Diagnosis == nil && m.Build != nil {
		return m.Build.Diagnosis
	}
	return m.Deployment.Diagnosis
}

// usually is how long such a deployment takes: the phases that it has, as they took before.
func (m Deployment) usually() (all time.Duration) {
	for _, p := range m.Deployment.Phases {
		if p.State != paas.PhaseSkipped {
			all += m.Usual[p.Name]
		}
	}
	return all
}

// cancelable reports whether a click can still stop it: not while the traffic moves.
func (m Deployment) cancelable() bool {
	moved := []paas.State{paas.DeploymentSwitching, paas.DeploymentDraining}
	return m.Deployment.Active() && !slices.Contains(moved, m.Deployment.State) && m.Deployment.CancelAsked.IsZero()
}

func (m Deployment) warnings() []paas.Warning {
	if m.Build == nil || m.Build.Plan == nil {
		return nil
	}
	return m.Build.Plan.Warnings
}

func rungClass(p paas.Phase) string {
	switch p.State {
	case paas.PhaseNotStarted:
		return "notstarted"
	case paas.PhaseSkipped:
		return "skipped"
	default:
		return string(p.State)
	}
}
