package web

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
)

// logShow is the log page of an app: one log of its tasks and its last builds at a time.
func (s *Server) logShow(c echo.Context) error {
	d, err := s.Control.App(c.Request().Context(), actorOf(c), c.Param("app"))
	if err != nil {
		return err
	}
	m := pages.Logs{Head: headOf(d, "logs")}
	choices, current := logChoices(d, c.QueryParam("task"), c.QueryParam("build"))
	for i, choice := range choices {
		choice.page.Current = i == current
		m.Choices = append(m.Choices, choice.page)
	}
	if len(choices) > 0 {
		chosen := choices[current]
		m.View = &pages.LogView{Topic: chosen.topic, Title: "Log of " + chosen.page.Label, Live: chosen.live}
	}
	return s.show(c, view{title: "Logs of " + d.App.Name, section: "apps", logs: true, topics: appTopics(d), body: pages.LogsPage(m)})
}

type logChoice struct {
	page  pages.LogChoice
	topic paas.Topic
	live  bool
}

// logChoices are the tasks that run, the builds of recent deployments, then tasks that ended; and which is current: the
// one asked for, else the first. A task asked for that is too old for the list is offered all the same.
func logChoices(d control.AppDetail, task, build string) (choices []logChoice, current int) {
	base := "/apps/" + d.App.Name + "/logs?"
	add := func(c logChoice, asked bool) {
		if len(choices) >= maxChoices && !asked {
			return
		}
		if asked {
			current = len(choices)
		}
		choices = append(choices, c)
	}
	tasks := func(ended bool) {
		for _, t := range d.Tasks {
			if (t.State == paas.TaskFinished) != ended {
				continue
			}
			id := strconv.FormatInt(t.ID, 10)
			add(logChoice{
				page:  pages.LogChoice{Label: fmt.Sprintf("%s.%d v%d", t.Process, t.Slot, t.Release), Path: base + "task=" + id, Look: components.Task(t)},
				topic: topicOf("logs:task", t.ID), live: !ended,
			}, task == id)
		}
	}
	tasks(false)
	for i, r := range d.Recent {
		id := strconv.FormatInt(r.BuildID, 10)
		if r.BuildID == 0 || (i >= 3 && build != id) {
			continue
		}
		add(logChoice{
			page:  pages.LogChoice{Label: fmt.Sprintf("Build of #%d", r.Number), Path: base + "build=" + id, Look: components.Look{Icon: "package", Tone: "idle", Word: "Build"}},
			topic: topicOf("logs:build", r.BuildID), live: r.State == paas.DeploymentQueued || r.State == paas.DeploymentBuilding,
		}, build == id)
	}
	tasks(true)
	return choices, current
}
