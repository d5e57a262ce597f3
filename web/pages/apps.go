package pages

import (
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
)

// AppRow is one line of the apps page.
type AppRow struct {
	Name, Team    string
	Health        components.Look
	Ready, Wanted int
	Release       *paas.Release
	Latest        *paas.Deployment
	NeedsMe       string
	LastActor     string
	LastChange    time.Time
	ShowTeam      bool
}

// Apps is the home page.
type Apps struct {
	Query string
	Rows  []AppRow
	Next  string // address of the next page, "" on the last
	First bool   // there is no app at all
}

// Needing are the rows where a person has to act.
func (m Apps) Needing() (rows []AppRow) {
	for _, r := range m.Rows {
		if r.NeedsMe != "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// Moving are the deployments on their way.
func (m Apps) Moving() (n int) {
	for _, r := range m.Rows {
		if r.Latest != nil && r.Latest.Active() {
			n++
		}
	}
	return n
}

// Sample is an app to try Slipway with.
type Sample struct{ Title, Text, Name, Repo, Root string }

// NewApp is the first screen of a new app: which repository.
type NewApp struct {
	Form        components.Form
	Samples     []Sample
	Teams       []paas.Team
	Credentials []paas.Credential
	Runtimes    []components.Choice
}

// NewAppReview is the second screen: what Slipway makes of the repository, with every default to look at and change.
type NewAppReview struct {
	Form       components.Form
	Inspection paas.Inspection
	Teams      []paas.Team
	Runtimes   []components.Choice
	Web        *paas.Process // nil when nothing gets traffic
	Name       string        // suggested
}

func (m NewAppReview) title() string {
	t := m.Inspection.Plan.Title
	if v := m.Inspection.Plan.Version; v != "" {
		t += " " + v
	}
	if f := m.Inspection.Plan.Framework; f != "" {
		t += " · " + f
	}
	return t
}

func (m NewAppReview) teamChoices() (choices []components.Choice) {
	for _, t := range m.Teams {
		choices = append(choices, components.Choice{Value: t.Name, Label: t.Name})
	}
	return choices
}

func (m NewAppReview) branchChoices() (choices []components.Choice) {
	for i, b := range m.Inspection.Branches {
		label := b
		if i == 0 {
			label += " (default)"
		}
		choices = append(choices, components.Choice{Value: b, Label: label})
	}
	return choices
}

// needs fills the variables' field with the names that the source asks for.
func (m NewAppReview) needs() (text string) {
	for _, n := range m.Inspection.Plan.Needs {
		text += n + "=\n"
	}
	return text
}

func credentialChoices(credentials []paas.Credential) []components.Choice {
	choices := []components.Choice{{Value: "0", Label: "None (public)"}}
	for _, c := range credentials {
		choices = append(choices, components.Choice{Value: id(c.ID), Label: c.Name + " · " + credentialKinds[c.Kind]})
	}
	return choices
}
