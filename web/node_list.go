package web

import (
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
	"github.com/slipway-paas/slipway/web/render"
)

// tasksTopic hints that tasks somewhere changed: a bin is full of them.
const tasksTopic paas.Topic = "tasks"

func (s *Server) nodeList(c echo.Context) error {
	nodes, err := s.Control.Nodes(c.Request().Context(), render.Actor(c))
	if err != nil {
		return err
	}
	m := pages.Nodes{}
	topics := []paas.Topic{tasksTopic}
	for _, n := range nodes {
		m.Nodes = append(m.Nodes, pages.NodeRow(n))
		topics = append(topics, topicOf("node", n.Node.ID))
	}
	return s.Show(c, render.Page{Title: "Nodes", Section: "nodes", Topics: topics, Body: pages.NodesPage(m)})
}

func (s *Server) nodeShow(c echo.Context) error {
	n, err := s.Control.Node(c.Request().Context(), render.Actor(c), c.Param("node"))
	if err != nil {
		return err
	}
	topics := []paas.Topic{tasksTopic, topicOf("node", n.Node.ID)}
	return s.Show(c, render.Page{Title: n.Node.Name, Section: "nodes", Topics: topics, Body: pages.NodePage(pages.NodeRow(n))})
}
