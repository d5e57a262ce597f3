package web

import (
	"github.com/labstack/echo/v4"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/pages"
)

// tasksTopic hints that tasks somewhere changed: a bin is full of them.
const tasksTopic paas.Topic = "tasks"

func (s *Server) nodeList(c echo.Context) error {
	nodes, err := s.Control.Nodes(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	m := pages.Nodes{}
	topics := []paas.Topic{tasksTopic}
	for _, n := range nodes {
		m.Nodes = append(m.Nodes, pages.NodeRow(n))
		topics = append(topics, topicOf("node", n.Node.ID))
	}
	return s.show(c, view{title: "Nodes", section: "nodes", topics: topics, body: pages.NodesPage(m)})
}

func (s *Server) nodeShow(c echo.Context) error {
	n, err := s.Control.Node(c.Request().Context(), actorOf(c), c.Param("node"))
	if err != nil {
		return err
	}
	topics := []paas.Topic{tasksTopic, topicOf("node", n.Node.ID)}
	return s.show(c, view{title: n.Node.Name, section: "nodes", topics: topics, body: pages.NodePage(pages.NodeRow(n))})
}
