package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type nodeRow struct {
	ID       int64
	Name     string
	State    string
	Capacity doc[paas.Resources]
	Reserved doc[paas.Resources]
	Engine   string
	Labels   doc[map[string]string]
	Problem  text
	SeenAt   stamp
	Warnings text
	Created  stamp `gorm:"column:created_at"`
}

func (r nodeRow) node() paas.Node {
	return paas.Node{
		ID: r.ID, Name: r.Name, State: paas.State(r.State), Capacity: r.Capacity.V, Reserved: r.Reserved.V, Engine: r.Engine, Labels: r.Labels.V,
		Problem: string(r.Problem), SeenAt: r.SeenAt.Time, CreatedAt: r.Created.Time, Warnings: string(r.Warnings),
	}
}

func rowOfNode(n paas.Node) nodeRow {
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	return nodeRow{
		ID: n.ID, Name: n.Name, State: string(n.State), Capacity: document(n.Capacity), Reserved: document(n.Reserved), Engine: n.Engine,
		Labels: document(n.Labels), Problem: text(n.Problem), SeenAt: at(n.SeenAt), Created: at(n.CreatedAt), Warnings: text(n.Warnings),
	}
}

// Nodes lists all nodes but removed ones, by name.
func (tx *Tx) Nodes() ([]paas.Node, error) {
	var rows []nodeRow
	if err := tx.db.Table("nodes").Where("state <> 'removed'").Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return each(rows, nodeRow.node), nil
}

func oneNode(q *gorm.DB) (paas.Node, error) {
	var r nodeRow
	err := one(q.Limit(1).Find(&r), "There is no such node.")
	return r.node(), err
}

// NodeNamed is the node of that name.
func (tx *Tx) NodeNamed(name string) (paas.Node, error) {
	return oneNode(tx.db.Table("nodes").Where("name = ? AND state <> 'removed'", name))
}

// SaveNode writes what a node says of itself when it joins or comes back: a new name is a new node, a lost node is
// ready again, a draining one goes on draining.
func (s *Store) SaveNode(ctx context.Context, n paas.Node) (paas.Node, error) {
	return write(ctx, s, func(tx *Tx) (paas.Node, error) {
		was, err := oneNode(locked(tx.db.Table("nodes"), "nodes").Where("name = ? AND state <> 'removed'", n.Name))
		switch {
		case paas.KindOf(err) == paas.NotFound:
			n.ID, n.CreatedAt, n.SeenAt = 0, tx.Now, tx.Now
			if n.State == "" {
				n.State = paas.Nodes.First
			}
			r := rowOfNode(n)
			if err := tx.create("nodes", &r); err != nil {
				return n, err
			}
			n.ID = r.ID
			tx.nodeEvent(n, "node.joined", fmt.Sprintf("Node %s joined.", n.Name))
			return n, nil
		case err != nil:
			return n, err
		}
		n.ID, n.CreatedAt, n.SeenAt = was.ID, was.CreatedAt, tx.Now
		if was.State == paas.NodeDraining || !paas.Nodes.Can(was.State, n.State) {
			n.State = was.State
		}
		if n.State != was.State {
			tx.nodeEvent(n, paas.EventKind("node."+string(n.State)), fmt.Sprintf("Node %s is %s.", n.Name, n.State))
		}
		tx.touch("tasks", topic("node", n.ID))
		return n, tx.saveNode(n)
	})
}

func (tx *Tx) saveNode(n paas.Node) error {
	r := rowOfNode(n)
	if err := tx.db.Table("nodes").Where("id = ?", n.ID).Select("*").Omit("id", "name").Updates(&r).Error; err != nil {
		return fmt.Errorf("save node %d: %w", n.ID, err)
	}
	return nil
}

func (tx *Tx) nodeEvent(n paas.Node, kind paas.EventKind, sentence string) {
	tx.touch("tasks")
	tx.Event(paas.Event{Kind: kind, Subject: topic("node", n.ID), Actor: "Slipway", Text: sentence})
}

// Heartbeat says that a node is there, and how it is. A node that was lost is ready again.
func (s *Store) Heartbeat(ctx context.Context, node int64, problem string) error {
	return s.Write(ctx, func(tx *Tx) error {
		n, err := oneNode(oneOf(tx.db, "nodes", node))
		if err != nil {
			return err
		}
		if n.State == paas.NodeRemoved {
			return paas.Errorf(paas.Conflict, "Node %s was removed.", n.Name)
		}
		if n.State == paas.NodeLost {
			n.State = paas.NodeReady
			tx.nodeEvent(n, "node.ready", fmt.Sprintf("Node %s is back.", n.Name))
		}
		if tx.Now.Sub(n.SeenAt) >= paas.NodeSuspectAfter {
			tx.touch("tasks") // it may have tasks again
		}
		if n.Problem != problem {
			tx.touch(topic("node", n.ID))
		}
		n.SeenAt, n.Problem = tx.Now, problem
		return tx.saveNode(n)
	})
}

// moveNode changes a node's state; a move that is not legal any more is left out.
func (tx *Tx) moveNode(m paas.NodeMove) error {
	n, err := oneNode(oneOf(tx.db, "nodes", m.Node))
	if err != nil || !paas.Nodes.Can(n.State, m.State) {
		return err
	}
	n.State = m.State
	tx.nodeEvent(n, paas.EventKind("node."+string(m.State)), fmt.Sprintf("Node %s is %s. %s", n.Name, m.State, m.Why))
	return tx.saveNode(n)
}
