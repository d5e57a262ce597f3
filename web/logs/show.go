package logs

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

const (
	// mostTasks is how many tasks are offered to be read alone; more would not be looked through.
	mostTasks = 24
	// recentBuilds is how many of the last deployments offer their build's log.
	recentBuilds = 3
)

// Show is the log page of an app: all its tasks together, those of one process type, one task, or one build.
func (p *Pages) Show(c echo.Context) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	d, err := p.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	tasks, err := p.Control.LogTasks(ctx, actor, d.App.Name, tasksLooked)
	if err != nil {
		return err
	}
	s := &shown{app: d, tasks: tasks, task: c.QueryParam("task"), build: c.QueryParam("build"), process: c.QueryParam("process")}
	m := pages.Logs{Head: pages.HeadOf(d, "logs"), Alone: s.alone(), Builds: s.builds()}
	m.Together = s.together()
	if m.View = s.view; m.View == nil {
		m.View, m.Left = s.merged()
	}
	return p.Renderer.Show(c, render.Page{Title: "Logs of " + d.App.Name, Section: "apps", Logs: true, Topics: []paas.Topic{paas.Topic("app:" + strconv.FormatInt(d.App.ID, 10))}, Body: pages.LogsPage(m)})
}

// shown finds out what the log page shows.
type shown struct {
	app                  control.AppDetail
	tasks                []paas.Task
	task, build, process string // what is asked for
	view                 *pages.LogView
}

func (s *shown) path(key, value string) string {
	path := "/apps/" + s.app.App.Name + "/logs"
	if key == "" {
		return path
	}
	return path + "?" + key + "=" + url.QueryEscape(value)
}

// together offers all tasks, and those of each process type where there are several types.
func (s *shown) together() (choices []pages.LogChoice) {
	if len(s.tasks) == 0 {
		return nil
	}
	layers := components.Look{Icon: "layers", Tone: "idle", Word: "Merged by time"}
	choices = append(choices, pages.LogChoice{Label: "All tasks", Path: s.path("", ""), Current: s.view == nil && s.process == "", Look: layers})
	var processes []string
	for _, t := range s.tasks {
		if !slices.Contains(processes, t.Process) {
			processes = append(processes, t.Process)
		}
	}
	slices.Sort(processes)
	if len(processes) > 1 || s.process != "" {
		for _, process := range processes {
			choices = append(choices, pages.LogChoice{Label: process, Path: s.path("process", process), Current: s.view == nil && s.process == process, Look: layers})
		}
	}
	return choices
}

// merged is the view of several tasks, and a sentence about those that are left out.
func (s *shown) merged() (view *pages.LogView, left string) {
	if len(s.tasks) == 0 {
		return nil, ""
	}
	of := shownTasks(s.tasks, s.process)
	labels := labelsOf(of)
	view = &pages.LogView{Merged: s.path("", ""), Process: s.process, Title: "Log of all tasks"}
	if s.process != "" {
		view.Title = "Log of " + s.process
	}
	fits := 0
	for i, t := range of {
		view.Strands = append(view.Strands, pages.Strand{Task: t.ID, Label: labels[i]})
		view.Live = view.Live || t.State != paas.TaskFinished
	}
	for _, t := range s.tasks {
		if s.process == "" || t.Process == s.process {
			fits++
		}
	}
	if fits > len(of) {
		left = fmt.Sprintf("The %d newest of %d tasks, running ones first.", len(of), fits)
	}
	return view, left
}

// alone offers single tasks: those that run, newest first, then those that ended. One that is asked for is offered also
// when it is too old for the list.
func (s *shown) alone() (choices []pages.LogChoice) {
	tasks := slices.Clone(s.tasks)
	for _, t := range s.app.Tasks { // one that has not started yet has no log, but its state says why
		if !slices.ContainsFunc(tasks, func(o paas.Task) bool { return o.ID == t.ID }) {
			tasks = append(tasks, t)
		}
	}
	slices.SortFunc(tasks, func(a, b paas.Task) int {
		if ended(a) != ended(b) {
			return ended(a) - ended(b)
		}
		return int(b.ID - a.ID)
	})
	labels := labelsOf(tasks)
	for i, t := range tasks {
		id := strconv.FormatInt(t.ID, 10)
		asked := s.task == id
		if len(choices) >= mostTasks && !asked {
			continue
		}
		if asked {
			s.view = &pages.LogView{Topic: topicOf("task", t.ID), Title: "Log of " + labels[i], Live: t.State != paas.TaskFinished}
		}
		choices = append(choices, pages.LogChoice{Label: labels[i], Path: s.path("task", id), Current: asked, Look: components.Task(t), Task: t.ID})
	}
	return choices
}

// builds offers the builds of recent deployments, and the one that is asked for.
func (s *shown) builds() (choices []pages.LogChoice) {
	for i, r := range s.app.Recent {
		id := strconv.FormatInt(r.BuildID, 10)
		asked := s.build == id
		if r.BuildID == 0 || i >= recentBuilds && !asked {
			continue
		}
		label := fmt.Sprintf("Build of #%d", r.Number)
		if asked {
			s.view = &pages.LogView{Topic: topicOf("build", r.BuildID), Title: fmt.Sprintf("Log of the build of #%d", r.Number), Live: r.State == paas.DeploymentQueued || r.State == paas.DeploymentBuilding}
		}
		choices = append(choices, pages.LogChoice{Label: label, Path: s.path("build", id), Current: asked, Look: components.Look{Icon: "package", Tone: "idle", Word: "Build"}})
	}
	return choices
}
