package api

import (
	"fmt"
	"strings"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// each converts a list; an empty one is [] in JSON, never null.
func each[A, B any](list []A, convert func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, convert(a))
	}
	return out
}

func optional[A, B any](a *A, convert func(A) B) *B {
	if a == nil {
		return nil
	}
	b := convert(*a)
	return &b
}

func appOf(a control.AppSummary) App {
	return App{
		Name: a.App.Name, Team: a.App.TeamName, Repo: a.App.Repo.String(), Branch: string(a.App.Branch), Root: string(a.App.Root),
		Runtime: a.App.Runtime, Credential: a.App.Credential, Settings: a.App.Settings, Version: a.App.Version, Stopped: a.App.Stopped,
		CreatedAt: a.App.CreatedAt, Health: string(a.Health), Ready: a.Running, Wanted: a.Wanted, NeedsMe: a.NeedsMe,
		Live: optional(a.Release, releaseOf), Latest: optional(a.Latest, deploymentOf),
	}
}

func appDetailOf(d control.AppDetail) App {
	app := appOf(d.AppSummary)
	app.URL, app.Undeployed = d.URL, d.Undeployed
	return app
}

func deploymentOf(d paas.Deployment) Deployment {
	return Deployment{
		ID: d.ID, App: d.AppName, Number: d.Number, Kind: d.Kind, State: d.State, Active: d.Active(), Reason: d.Reason, Actor: d.Actor,
		Phases: d.Phases, Diagnosis: d.Diagnosis, CreatedAt: d.CreatedAt, FinishedAt: d.FinishedAt,
	}
}

func detailOf(d control.DeploymentDetail) DeploymentDetail {
	out := DeploymentDetail{
		Deployment: deploymentOf(d.Deployment), Release: optional(d.Release, releaseOf), Previous: optional(d.Previous, releaseOf),
		Tasks: each(d.Tasks, taskOf), Ahead: d.Ahead, Changes: each(d.Changes, changeOf), Log: logPath(d.LogTopic),
	}
	if d.Build != nil {
		out.Build = &Build{
			ID: d.Build.ID, State: d.Build.State, Commit: d.Build.Commit, Image: d.Build.Image, Reused: d.Build.ReusedFrom != 0,
			Plan: d.Build.Plan, Dockerfile: d.Build.Dockerfile, Steps: each(d.Steps, stepOf), Log: fmt.Sprintf("/api/v1/logs/build/%d", d.Build.ID),
		}
	}
	for phase, usual := range d.Usual {
		if out.Usual == nil {
			out.Usual = map[string]int64{}
		}
		out.Usual[phase] = usual.Milliseconds()
	}
	return out
}

// logPath is where the log of a topic "logs:task:17" is read.
func logPath(topic paas.Topic) string {
	if topic == "" {
		return ""
	}
	return "/api/v1/" + strings.ReplaceAll(string(topic), ":", "/")
}

func stepOf(s paas.Step) Step {
	return Step{Name: s.Name, Started: s.Started, Finished: s.Finished, Cached: s.Cached, Error: s.Error}
}

func releaseOf(r paas.Release) Release {
	return Release{
		Number: r.Number, Image: r.Image, Commit: r.Commit, Runtime: r.Plan.Runtime, Variables: r.Variables,
		CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy,
	}
}

func taskOf(t paas.Task) Task {
	return Task{
		ID: t.ID, Process: t.Process, Slot: t.Slot, Attempt: t.Attempt, Release: t.Release, State: t.State, Ready: t.Ready, Node: t.NodeID,
		Resources: t.Resources, ExitCode: t.ExitCode, Reason: t.Reason, Detail: t.Detail, Waiting: t.Waiting, Since: t.Since,
		FinishedAt: t.FinishedAt, Log: fmt.Sprintf("/api/v1/logs/task/%d", t.ID),
	}
}

func changeOf(c control.Change) Change { return Change(c) }

func planOf(p control.DeployPlan) Plan {
	return Plan{Changes: each(p.Changes, changeOf), Fits: p.Fits, FitsNow: p.FitsNow, ZeroDowntime: p.ZeroDowntime, Downtime: p.Downtime, Queue: p.Queue}
}

func variableOf(v paas.Variable) Variable { return Variable(v) }

func inspectionOf(i paas.Inspection) Inspection {
	return Inspection{ID: i.ID, Repo: i.Repo.String(), State: i.State, Note: i.Note, Commit: i.Commit, Plan: i.Plan, Branches: i.Branches, Diagnosis: i.Diagnosis}
}

func eventOf(e paas.Event) Event {
	return Event{ID: e.ID, At: e.At, Kind: e.Kind, Actor: e.Actor, Text: e.Text}
}

func nodeOf(n control.NodeDetail) Node {
	return Node{
		Name: n.Node.Name, State: n.Node.State, Problem: n.Node.Problem, Warnings: n.Node.Warnings, Engine: n.Node.Engine, Capacity: n.Node.Capacity,
		Reserved: n.Node.Reserved, Used: n.Used, Labels: n.Node.Labels, SeenAt: n.Node.SeenAt, Tasks: each(n.Tasks, taskOf),
	}
}

func tokenOf(t control.Token) Token { return Token(t) }

func credentialOf(c paas.Credential) Credential {
	return Credential{ID: c.ID, Name: c.Name, Kind: c.Kind, Username: c.Username, PublicKey: c.PublicKey, CreatedAt: c.CreatedAt}
}

func memberOf(m paas.Member) Member {
	return Member{ID: m.User.ID, Name: m.User.Name, Email: m.User.Email, Role: m.Role}
}
