package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/components"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

func (s *Server) deploymentShow(c echo.Context) error {
	ctx, actor := c.Request().Context(), render.Actor(c)
	n, err := numberOf(c)
	if err != nil {
		return err
	}
	d, err := s.Control.Deployment(ctx, actor, c.Param("app"), n)
	if err != nil {
		return err
	}
	app, err := s.Control.App(ctx, actor, c.Param("app"))
	if err != nil {
		return err
	}
	choices, topic := deploymentLogs(d, c.QueryParam("log"))
	m := pages.Deployment{
		Head: pages.HeadOf(app, "deployments"), Deployment: d.Deployment, Build: d.Build, Steps: d.Steps, Release: d.Release,
		Previous: d.Previous, Tasks: d.Tasks, Ahead: d.Ahead, Usual: d.Usual, Changes: changesOf(d.Changes),
		Choices: choices, Nodes: s.nodeNames(ctx),
	}
	if topic != "" {
		m.View = &pages.LogView{Topic: topic, Title: "Log of deployment " + strconv.Itoa(n), Live: mayGrow(d, topic)}
		if diagnosis := d.Deployment.Diagnosis; diagnosis != nil && topic == d.LogTopic {
			m.View.Line = diagnosis.LogLine
		}
	}
	title := fmt.Sprintf("%s · #%d %s", components.Deployment(d.Deployment.State).Word, n, d.App.Name)
	return s.Show(c, render.Page{Title: title, Section: "apps", Logs: true, Topics: append(appTopics(app), topicOf("deployment", d.Deployment.ID)), Body: pages.DeploymentPage(m)})
}

// deploymentLogs offers the build's log and each task's. Without a choice the one that matters now is shown.
func deploymentLogs(d control.DeploymentDetail, chosen string) ([]pages.LogChoice, paas.Topic) {
	current := d.LogTopic
	type choice struct {
		topic paas.Topic
		label string
		look  components.Look
	}
	var all []choice
	if d.Build != nil {
		all = append(all, choice{topicOf("logs:build", d.Build.ID), "Build", buildLook(d.Build.State)})
	}
	for _, t := range d.Tasks {
		if len(all) < maxChoices && !t.StartedAt.IsZero() {
			all = append(all, choice{topicOf("logs:task", t.ID), fmt.Sprintf("%s.%d", t.Process, t.Slot), components.Task(t)})
		}
	}
	wanted := paas.Topic("logs:" + strings.ReplaceAll(chosen, ".", ":"))
	if slices.ContainsFunc(all, func(a choice) bool { return a.topic == wanted }) {
		current = wanted
	}
	var choices []pages.LogChoice
	for _, a := range all {
		name := strings.ReplaceAll(strings.TrimPrefix(string(a.topic), "logs:"), ":", ".")
		choices = append(choices, pages.LogChoice{Label: a.label, Path: deploymentPath(d.Deployment) + "?log=" + name, Current: a.topic == current, Look: a.look})
	}
	return choices, current
}

// maxChoices is how many logs are offered side by side; more would not be read.
const maxChoices = 24

func buildLook(state paas.State) components.Look {
	switch state {
	case paas.BuildSucceeded:
		return components.Look{Icon: "circle-check", Tone: "good", Word: "Succeeded"}
	case paas.BuildFailed:
		return components.Look{Icon: "circle-x", Tone: "bad", Word: "Failed"}
	case paas.BuildCanceled:
		return components.Look{Icon: "ban", Tone: "idle", Word: "Canceled"}
	default:
		return components.Look{Icon: "loader-circle", Tone: "busy", Word: components.Capital(string(state)), Spin: true}
	}
}

// mayGrow reports whether more lines may come.
func mayGrow(d control.DeploymentDetail, topic paas.Topic) bool {
	if d.Build != nil && topic == topicOf("logs:build", d.Build.ID) {
		return !paas.Builds.Final(d.Build.State)
	}
	for _, t := range d.Tasks {
		if topic == topicOf("logs:task", t.ID) {
			return t.State != paas.TaskFinished
		}
	}
	return true
}

func (s *Server) deploymentDockerfile(c echo.Context) error {
	n, err := numberOf(c)
	if err != nil {
		return err
	}
	d, err := s.Control.Deployment(c.Request().Context(), render.Actor(c), c.Param("app"), n)
	if err != nil {
		return err
	}
	if d.Build == nil || d.Build.Dockerfile == "" {
		return paas.Errorf(paas.NotFound, "Deployment %d has no generated Dockerfile.", n)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="Dockerfile"`)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(d.Build.Dockerfile))
}
