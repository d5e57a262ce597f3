// Package logs shows logs: the log page of an app, windows of lines for the viewer, searches, plain pages for browsers
// without scripts, and downloads; of one log, or of several merged by time.
package logs

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/control"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
	"github.com/slipway-paas/slipway/web/render"
)

// Control is what log pages ask the platform.
type Control interface {
	App(ctx context.Context, actor paas.Actor, name string) (control.AppDetail, error)
	LogTasks(ctx context.Context, actor paas.Actor, app string, limit int) ([]paas.Task, error)
	CanFollow(ctx context.Context, actor paas.Actor, t paas.Topic) error
}

// Bus is where the lines are.
type Bus interface {
	api.LogReader
	// SearchLogs gives the lines that match, from line from on.
	SearchLogs(ctx context.Context, topic paas.Topic, query string, regex bool, from int64, limit int) ([]paas.LogHit, error)
	// WriteLogs writes the whole log as text.
	WriteLogs(ctx context.Context, topic paas.Topic, w io.Writer) error
}

// Pages answers the requests about logs.
type Pages struct {
	Control      Control
	Bus          Bus
	Renderer     *render.Renderer
	WriteTimeout time.Duration // how long a browser may take to read a part of a download
}

func topicOf(kind string, id int64) paas.Topic {
	return paas.Topic("logs:" + kind + ":" + strconv.FormatInt(id, 10))
}

// logOf reads which log is meant, and asks whether the actor may read it.
func (p *Pages) logOf(c echo.Context) (paas.Topic, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	kind := c.Param("kind")
	if err != nil || (kind != "task" && kind != "build") {
		return "", paas.Errorf(paas.NotFound, "There is no such log.")
	}
	topic := topicOf(kind, id)
	return topic, p.Control.CanFollow(c.Request().Context(), render.Actor(c), topic)
}

func queryInt(c echo.Context, name string, preset int64) int64 {
	n, err := strconv.ParseInt(c.QueryParam(name), 10, 64)
	if err != nil {
		return preset
	}
	return n
}
