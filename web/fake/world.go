package fake

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
)

// World fills the platform with an app in every state, nodes, logs and other lists. more is how many further apps
// there are, to see long lists.
func (f *Control) World(more int) {
	now := f.Now()
	for n := range more {
		f.Add(Live(now, int64(100+n), fmt.Sprintf("berth-%04d", n)))
	}
	f.Add(Live(now, 1, "harbor-shop"))
	f.Add(Live(now, 2, "tide-tables").Building(now))

	broken := paas.Diagnose(paas.CodeBuildFailed, "The step RUN npm run build ended with exit code 1.", "src/berth.ts(41,7): error TS2322: Type 'string' is not assignable to type 'number'.", "npm error code 1")
	broken.Step, broken.LogLine = "RUN npm run build", 46
	f.Add(Live(now, 3, "pilot-board").Failed(now, "build", broken))

	deaf := paas.Diagnose(paas.CodeNotListening, "It runs, but nothing listens on port 8080; it listens on 127.0.0.1:3000.", "Listening on http://127.0.0.1:3000")
	deaf.LogLine = 12
	f.Add(Live(now, 4, "lighthouse").Failed(now, "ready", deaf))

	waiting := Live(now, 5, "crane-scheduler")
	w := &waiting.Detail.Tasks[2]
	w.State, w.Ready, w.NodeID, w.StartedAt = paas.TaskAccepted, false, 0, time.Time{}
	w.Since = now.Add(-3 * time.Minute)
	w.Waiting = &paas.WaitingReason{Sentence: "Needs 2 GiB; the roomiest of 3 nodes has 1.2 GiB free.", Position: 2}
	waiting.Detail.Running, waiting.Detail.Health = 3, control.HealthDegraded
	waiting.Plan = control.DeployPlan{Fits: "Does not fit now: needs 2 GiB; the roomiest of 3 nodes has 1.2 GiB free.", Downtime: "Without room for both, the old tasks stop before the new ones start: a short downtime.", Queue: 1,
		Changes: []control.Change{{What: "Variable PAYMENT_TOKEN", After: "new"}, {What: "Memory of web", Before: "512 MiB", After: "2 GiB"}}}
	waiting.Detail.Undeployed = []string{"PAYMENT_TOKEN", "memory of web"}
	f.Add(waiting)

	crashing := Live(now, 6, "gangway")
	for i := range crashing.Detail.Tasks[:3] {
		t := &crashing.Detail.Tasks[i]
		t.State, t.Reason, t.ExitCode, t.Attempt, t.FinishedAt, t.Detail = paas.TaskFinished, paas.ReasonFailed, 1, 5, now.Add(-20*time.Second), "Exit code 1: Cannot find module 'express'."
	}
	crashing.Detail.Running, crashing.Detail.Health, crashing.Detail.NeedsMe = 1, control.HealthFailing, "web crashes since 4 min: exit code 1. Roll back, or read its log."
	f.Add(crashing)

	stopped := Live(now, 7, "winter-store")
	stopped.Detail.App.Stopped, stopped.Detail.Health, stopped.Detail.Running, stopped.Detail.Wanted, stopped.Detail.Tasks = true, control.HealthStopped, 0, 0, nil
	f.Add(stopped)

	fresh := Live(now, 8, "new-idea")
	*fresh = App{Detail: control.AppDetail{AppSummary: control.AppSummary{App: fresh.Detail.App, Health: control.HealthNew}, URL: fresh.Detail.URL}, Plan: control.DeployPlan{Fits: "Fits on 3 of 3 nodes.", FitsNow: true, ZeroDowntime: true}}
	fresh.Detail.App.LiveID = 0
	f.Add(fresh)

	other := Live(now, 9, "stone-yard")
	other.Detail.App.TeamID, other.Detail.App.TeamName = 2, "quarry"
	f.Add(other)

	f.fleet(now)
	f.lists(now)
	f.fillLogs(now)
}

func (f *Control) fleet(now time.Time) {
	capacity := paas.Resources{CPUMillis: 8000, MemoryBytes: 16 << 30}
	reserved := paas.Resources{CPUMillis: 1000, MemoryBytes: 2 << 30}
	var on [3][]paas.Task
	for i, a := range f.apps {
		for j, t := range a.Detail.Tasks {
			if t.State == paas.TaskRunning && len(on[(i+j)%3]) < 14 {
				t.Resources = paas.Resources{CPUMillis: int64(250 + 250*(j%3)), MemoryBytes: int64(512+512*(i%3)) << 20}
				on[(i+j)%3] = append(on[(i+j)%3], t)
			}
		}
	}
	nodes := []paas.Node{
		{ID: 1, Name: "quay-1", State: paas.NodeReady, Engine: "Docker 20.10.24", SeenAt: now, Labels: map[string]string{"zone": "north"}, Warnings: "runc 1.1.5 is older than 1.2.8, which closed ways out of a container."},
		{ID: 2, Name: "quay-2", State: paas.NodeDraining, Engine: "Docker 20.10.24", SeenAt: now.Add(-2 * time.Second)},
		{ID: 3, Name: "quay-3", State: paas.NodeLost, Engine: "Docker 20.10.24", SeenAt: now.Add(-4 * time.Minute), Problem: "Silent since 4 min; its tasks were started elsewhere."},
	}
	for i, n := range nodes {
		n.Capacity, n.Reserved = capacity, reserved
		d := control.NodeDetail{Node: n, Tasks: on[i]}
		for _, t := range on[i] {
			d.Used.CPUMillis += t.Resources.CPUMillis
			d.Used.MemoryBytes += t.Resources.MemoryBytes
		}
		f.nodes = append(f.nodes, d)
	}
}

func (f *Control) lists(now time.Time) {
	f.tokens = []control.Token{
		{ID: 1, Name: "laptop", CreatedAt: now.Add(-400 * time.Hour), ExpiresAt: now.Add(1500 * time.Hour), LastUsedAt: now.Add(-3 * time.Minute)},
		{ID: 2, Name: "nightly job", CreatedAt: now.Add(-90 * time.Hour), ExpiresAt: now.Add(600 * time.Hour)},
	}
	f.credentials = []paas.Credential{
		{ID: 1, TeamID: 1, Name: "forge-read", Kind: paas.CredentialToken, Username: "robot", CreatedAt: now.Add(-300 * time.Hour)},
		{ID: 2, TeamID: 1, Name: "charts", Kind: paas.CredentialSSHKey, PublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8wVh0Zr4yqk3pXn7d2mB1uE5tQf6cGhYs9aLoKzRwT slipway-charts", CreatedAt: now.Add(-200 * time.Hour)},
	}
	repo, err := paas.ParseRepoURL("https://git.example.com/harbor/tugboat.git")
	if err != nil {
		panic(err) // a constant of this package
	}
	done := Detected(now, 1, repo)
	f.inspections[1] = done
	running := paas.Inspection{ID: 2, TeamID: 1, Repo: repo, State: paas.InspectionRunning, Note: "Fetching main from git.example.com", CreatedAt: now.Add(-3 * time.Second)}
	f.inspections[2] = running
	failed := running
	failed.ID, failed.State, failed.Diagnosis = 3, paas.InspectionFailed, paas.Diagnose(paas.CodeNoRuntime, "Looked for package.json, pom.xml, build.gradle, requirements.txt, go.mod, a Dockerfile and index.html; none is in the folder.")
	f.inspections[3] = failed
}

func (f *Control) fillLogs(now time.Time) {
	for _, a := range f.apps {
		for _, d := range a.Deployments {
			if d.Build != nil && d.Deployment.Number >= 13 {
				f.Bus.Append(paas.Topic(fmt.Sprintf("logs:build:%d", d.Build.ID)), buildLog(now, d.Build.State)...)
			}
		}
		if a.Detail.App.ID < 100 {
			for _, t := range a.Detail.Tasks {
				f.Bus.Append(paas.Topic(fmt.Sprintf("logs:task:%d", t.ID)), TaskLog(now.Add(-5*time.Minute), 300)...)
			}
		}
	}
}

func buildLog(now time.Time, state paas.State) (lines []paas.Log) {
	at := now.Add(-time.Minute)
	say := func(stream, text string) {
		at = at.Add(700 * time.Millisecond)
		lines = append(lines, paas.Log{At: at, Stream: stream, Text: text})
	}
	say("slipway", "Fetched main at 4f2a91c: Show berths with their depth")
	say("slipway", "Node.js 22 with Express, from package.json")
	for i := range 36 {
		say("out", fmt.Sprintf("\x1b[36m#%d\x1b[0m npm http fetch GET 200 package-%d %dms \x1b[2m(cache miss)\x1b[0m", 4+i/12, i, 20+i*7%90))
	}
	say("out", "\x1b[32madded 214 packages\x1b[0m in 18s")
	say("out", "\x1b[1m> harbor@1.4.0 build\x1b[0m")
	say("out", "\x1b[1m> tsc -p .\x1b[0m")
	if state == paas.BuildFailed {
		say("out", "checking 41 files")
		say("err", "")
		say("err", "src/berth.ts(39,3): \x1b[33mwarning\x1b[0m: depth is never read")
		say("err", "src/berth.ts(40,11): \x1b[33mwarning\x1b[0m: berth is any")
		say("err", "src/berth.ts(41,7): \x1b[1;31merror\x1b[0m TS2322: Type 'string' is not assignable to type 'number'.")
		say("err", "npm error code 1")
		say("slipway", "The step RUN npm run build ended with exit code 1.")
	}
	return lines
}

// TaskLog is n lines as a web app prints them.
func TaskLog(at time.Time, n int) []paas.Log {
	lines := make([]paas.Log, 0, n)
	for i := range n {
		l := paas.Log{At: at.Add(time.Duration(i) * time.Second), Stream: "out"}
		switch {
		case i%41 == 40:
			l.Stream, l.Text = "err", "\x1b[33mWARN\x1b[0m slow query 412 ms: select berths where depth > 4.5 order by name "+strings.Repeat("and so on ", 12)
		case i%97 == 96:
			l.Stream, l.Text = "err", "\x1b[31mERROR\x1b[0m payment gateway answered 502, tried again"
		default:
			l.Text = fmt.Sprintf("\x1b[32mINFO\x1b[0m GET /berths/%d \x1b[38;5;39m200\x1b[0m %d ms", i%211, 3+i%17)
		}
		lines = append(lines, l)
	}
	return lines
}
