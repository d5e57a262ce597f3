package fake

import (
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// phaseNames is the ladder of a deploy, in order.
var phaseNames = []string{"queue", "fetch", "build", "release", "place", "start", "ready", "switch", "drain"}

// Phases makes a ladder that has come as far as the named phase, which runs since a while; "" means all are done.
func Phases(now time.Time, running string) (phases []paas.Phase) {
	took := []time.Duration{200, 1900, 41_000, 0, 120, 900, 3300, 150, 10_000}
	at := now.Add(-75 * time.Second)
	reached := false
	for i, name := range phaseNames {
		p := paas.Phase{Name: name, State: paas.PhaseSucceeded, Started: at, Finished: at.Add(took[i] * time.Millisecond)}
		switch {
		case reached:
			p = paas.Phase{Name: name, State: paas.PhaseNotStarted}
		case name == running:
			reached = true
			p.State, p.Finished = paas.PhaseRunning, time.Time{}
		case name == "release":
			p.State, p.Finished, p.Started = paas.PhaseSkipped, time.Time{}, time.Time{}
		default:
			at = p.Finished
		}
		phases = append(phases, p)
	}
	return phases
}

func usual() map[string]time.Duration {
	return map[string]time.Duration{"queue": 200 * time.Millisecond, "fetch": 2 * time.Second, "build": 44 * time.Second, "place": 100 * time.Millisecond, "start": time.Second, "ready": 4 * time.Second, "switch": 200 * time.Millisecond, "drain": 10 * time.Second}
}

func commit(n int, now time.Time) paas.Commit {
	subjects := []string{"Show berths with their depth", "Correct the tide table for leap years", "Answer faster when the cache is cold", "Let visitors book a berth for one night", "Update express to 5.1"}
	return paas.Commit{SHA: fmt.Sprintf("%08x7c2d9e41aa", n*73_912_771), Author: "Grace Hopper", Email: "grace@example.com", Subject: subjects[n%len(subjects)], At: now.Add(-time.Duration(n) * 3 * time.Hour)}
}

func nodePlan() paas.Plan {
	return paas.Plan{
		Runtime: "node", Title: "Node.js", Framework: "Express", Version: "22", Asked: ">=20",
		Saw: []string{"package.json names a start script.", "package-lock.json fixes the dependencies.", "package.json depends on express."},
		Why: "package.json is there and asks for Node.js >=20; 22 is the newest that fits.",
		Processes: []paas.Process{
			{Name: "web", Command: paas.Command{Line: "node server.js"}, Source: "package.json scripts.start"},
			{Name: "worker", Command: paas.Command{Line: "node worker.js"}, Source: "Procfile line 2"},
		},
		Build: paas.BuildSettings{Install: "npm ci", Command: "npm run build"},
		Run:   paas.RunSettings{Port: 8080, HealthPath: "/healthz"},
		Settings: []paas.Setting{
			{Name: "Install command", Value: "npm ci", Source: "package-lock.json"},
			{Name: "Build command", Value: "npm run build", Source: "package.json scripts.build"},
			{Name: "Start command", Value: "node server.js", Source: "package.json scripts.start"},
			{Name: "Node.js version", Value: "22", Source: "package.json engines.node"},
			{Name: "Port", Value: "8080", Source: "default"},
		},
	}
}

// Detected is an inspection that found a Node.js app.
func Detected(now time.Time, id int64, repo paas.RepoURL) paas.Inspection {
	plan := nodePlan()
	plan.Needs = []string{"DATABASE_URL"}
	plan.Warnings = []paas.Warning{{Code: "SLP-2003", Message: "The folder node_modules is in the repository; it is ignored and installed anew."}}
	return paas.Inspection{ID: id, TeamID: 1, Repo: repo, Branch: "main", State: paas.InspectionDone, Commit: commit(1, now), Plan: &plan, Branches: []string{"main", "next", "fix/tide-table"}, CreatedAt: now.Add(-4 * time.Second), FinishedAt: now}
}

func release(app int64, n int, now time.Time) paas.Release {
	return paas.Release{ID: app*1000 + int64(n), AppID: app, Number: n, BuildID: app*1000 + int64(n), Commit: commit(n, now), Plan: nodePlan(), Variables: []string{"DATABASE_URL", "GREETING"}, CreatedAt: now.Add(-time.Duration(20-n) * 5 * time.Hour), CreatedBy: "Ada"}
}

func task(app paas.App, id int64, process string, slot int, state paas.State, ready bool, now time.Time) paas.Task {
	return paas.Task{
		ID: id, AppID: app.ID, AppName: app.Name, TeamID: app.TeamID, Process: process, Slot: slot, Attempt: 1, State: state, Ready: ready, Release: 12,
		NodeID: 1, Resources: paas.DefaultResources, Since: now.Add(-5 * time.Hour), StartedAt: now.Add(-5 * time.Hour), CreatedAt: now.Add(-5 * time.Hour),
	}
}

// Live makes an app with a live release, its history and its tasks.
func Live(now time.Time, id int64, name string) *App {
	repo, err := paas.ParseRepoURL("https://git.example.com/harbor/" + name + ".git")
	if err != nil {
		panic(err) // a constant of this package
	}
	app := paas.App{ID: id, TeamID: 1, TeamName: "harbor", Name: name, Repo: repo, Branch: "main", Version: 3, CreatedAt: now.Add(-240 * time.Hour)}
	app.Settings = paas.AppSettings{Scale: map[string]int{"web": 3, "worker": 1}}
	live := release(id, 12, now)
	app.LiveID = live.ID
	a := &App{Plan: control.DeployPlan{Current: &live, Fits: "Fits on 2 of 3 nodes.", FitsNow: true, ZeroDowntime: true}}
	for n := 12; n > 6; n-- {
		a.Detail.Releases = append(a.Detail.Releases, release(id, n, now))
	}
	a.Detail.Releases[5].ImageGone = now.Add(-time.Hour)
	for n := 14; n > 4; n-- {
		a.add(finished(app, n, now))
	}
	base := id * 1000
	a.Detail.Tasks = []paas.Task{
		task(app, base+1, "web", 1, paas.TaskRunning, true, now), task(app, base+2, "web", 2, paas.TaskRunning, true, now),
		task(app, base+3, "web", 3, paas.TaskRunning, true, now), task(app, base+4, "worker", 1, paas.TaskRunning, true, now),
	}
	ended := task(app, base+5, "web", 2, paas.TaskFinished, false, now)
	ended.Release, ended.Reason, ended.ExitCode, ended.Detail, ended.FinishedAt = 11, paas.ReasonOutOfMemory, 137, "Killed at its limit of 512 MiB.", now.Add(-26*time.Hour)
	a.Detail.Tasks = append(a.Detail.Tasks, ended)
	a.Detail.AppSummary = control.AppSummary{App: app, Health: control.HealthRunning, Latest: &a.Detail.Recent[0], Release: &live, Running: 4, Wanted: 4, LastActor: "Ada", LastChange: now.Add(-5 * time.Hour)}
	a.Detail.URL = "http://" + name + ".localhost:8000"
	events := []string{"v12 is live on 4 tasks.", "Deployment 14 was asked for.", "web scaled from 2 to 3 tasks.", "Variable GREETING was set.", "Deployment 13 failed: the app crashed.", "v11 is live on 3 tasks."}
	for i, text := range events {
		a.Detail.Events = append(a.Detail.Events, paas.Event{ID: int64(100 - i), At: now.Add(-time.Duration(i*i+1) * time.Hour), AppID: id, Actor: []string{"Slipway", "Ada", "Ben"}[i%3], Text: text, Subject: paas.Topic(fmt.Sprintf("deployment:%d", base+int64(14-i)))})
	}
	a.Variables = []paas.Variable{
		{Name: "DATABASE_URL", UpdatedAt: now.Add(-200 * time.Hour), UpdatedBy: "Ada", Released: true},
		{Name: "GREETING", UpdatedAt: now.Add(-9 * time.Hour), UpdatedBy: "Ben", Released: true},
		{Name: "PAYMENT_TOKEN", UpdatedAt: now.Add(-20 * time.Minute), UpdatedBy: "Ada"},
	}
	return a
}

func (a *App) add(d control.DeploymentDetail) {
	a.Deployments = append(a.Deployments, d)
	a.Detail.Recent = append(a.Detail.Recent, d.Deployment)
}

func finished(app paas.App, n int, now time.Time) control.DeploymentDetail {
	started := now.Add(-time.Duration(15-n) * 7 * time.Hour)
	d := paas.Deployment{
		ID: app.ID*1000 + int64(n), AppID: app.ID, AppName: app.Name, TeamID: app.TeamID, Number: n, Kind: paas.KindDeploy, State: paas.DeploymentSuperseded,
		Actor: []string{"Ada", "Ben"}[n%2], Phases: Phases(started.Add(75*time.Second), ""), CreatedAt: started, FinishedAt: started.Add(58 * time.Second),
		BuildID: app.ID*1000 + int64(n),
	}
	switch n {
	case 14:
		d.State = paas.DeploymentLive
	case 11:
		d.Kind = paas.KindRollback
	case 9:
		d.State, d.Reason = paas.DeploymentCanceled, "Canceled by Ben."
	}
	r := release(app.ID, min(n, 12), now)
	return control.DeploymentDetail{Deployment: d, App: app, Build: build(d, paas.BuildSucceeded, now), Steps: steps(started), Release: &r, Usual: usual(), LogTopic: paas.Topic(fmt.Sprintf("logs:build:%d", d.BuildID))}
}

func build(d paas.Deployment, state paas.State, now time.Time) *paas.Build {
	plan := nodePlan()
	return &paas.Build{ID: d.BuildID, AppID: d.AppID, Number: d.Number, State: state, Commit: commit(d.Number, now), Plan: &plan, Dockerfile: "FROM slipway/node:22\n", CreatedAt: d.CreatedAt}
}

func steps(at time.Time) []paas.Step {
	names := []string{"FROM slipway/node:22", "COPY package.json package-lock.json ./", "RUN npm ci", "COPY . .", "RUN npm run build", "Export the image"}
	took := []time.Duration{0, 0, 18_400, 300, 21_000, 1200}
	var list []paas.Step
	for i, name := range names {
		list = append(list, paas.Step{Number: i + 1, Name: name, Cached: i < 2, Started: at, Finished: at.Add(took[i] * time.Millisecond)})
		at = at.Add(took[i] * time.Millisecond)
	}
	return list
}

// Building adds a deployment to the app that builds right now.
func (a *App) Building(now time.Time) *App {
	d := finished(a.Detail.App, 15, now)
	d.Deployment.State, d.Deployment.Kind, d.Deployment.Reason = paas.DeploymentBuilding, paas.KindDeploy, "Step 5 of 6: npm run build"
	d.Deployment.CreatedAt, d.Deployment.FinishedAt, d.Deployment.Phases = now.Add(-31*time.Second), time.Time{}, Phases(now.Add(46*time.Second), "build")
	d.Build.State, d.Release = paas.BuildBuilding, nil
	d.Steps = steps(now.Add(-28 * time.Second))
	d.Steps[4].Finished, d.Steps[5].Started, d.Steps[5].Finished = time.Time{}, time.Time{}, time.Time{}
	previous := *a.Detail.Release
	d.Previous = &previous
	d.Changes = []control.Change{{What: "Variable PAYMENT_TOKEN", After: "new"}, {What: "Memory of web", Before: "512 MiB", After: "1 GiB"}}
	return a.now(d)
}

// Failed adds a deployment that failed with the diagnosis.
func (a *App) Failed(now time.Time, phase string, diagnosis *paas.Diagnosis) *App {
	d := finished(a.Detail.App, 15, now)
	d.Deployment.State, d.Deployment.Kind, d.Deployment.Diagnosis, d.Deployment.Reason = paas.DeploymentFailed, paas.KindDeploy, diagnosis, diagnosis.Cause
	d.Deployment.CreatedAt, d.Deployment.FinishedAt = now.Add(-9*time.Minute), now.Add(-8*time.Minute)
	d.Deployment.Phases = Phases(now.Add(-8*time.Minute), phase)
	for i, p := range d.Deployment.Phases {
		if p.State == paas.PhaseRunning {
			d.Deployment.Phases[i].State, d.Deployment.Phases[i].Finished = paas.PhaseFailed, now.Add(-8*time.Minute)
		}
	}
	if phase == "build" {
		d.Build.State = paas.BuildFailed
		d.Steps[4].Error = "exit code 1"
		d.Steps = d.Steps[:5]
		d.Release = nil
	}
	previous := *a.Detail.Release
	d.Previous = &previous
	a.now(d)
	a.Detail.Active = nil
	a.Detail.NeedsMe = "Deployment 15 failed: " + diagnosis.Title + "."
	return a
}

// now makes d the app's newest deployment.
func (a *App) now(d control.DeploymentDetail) *App {
	a.Deployments = append([]control.DeploymentDetail{d}, a.Deployments...)
	a.Detail.Recent = append([]paas.Deployment{d.Deployment}, a.Detail.Recent[:9]...)
	a.Detail.Latest, a.Detail.Active = &a.Detail.Recent[0], &a.Detail.Recent[0]
	a.Detail.LastChange, a.Detail.LastActor = d.Deployment.CreatedAt, d.Deployment.Actor
	return a
}
