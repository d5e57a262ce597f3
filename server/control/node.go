package control

import (
	"context"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

// Nodes lists the fleet for an operator.
func (c *Control) Nodes(ctx context.Context, actor paas.Actor) ([]NodeDetail, error) {
	if err := operator(actor); err != nil {
		return nil, err
	}
	return answer(ctx, c, func(tx Tx) ([]NodeDetail, error) {
		nodes, err := tx.Nodes()
		if err != nil {
			return nil, err
		}
		used, err := tx.NodeUse()
		if err != nil {
			return nil, err
		}
		list := make([]NodeDetail, len(nodes))
		for i, n := range nodes {
			list[i] = NodeDetail{Node: n, Used: used[n.ID]}
		}
		return list, nil
	})
}

// Node is the node page for an operator.
func (c *Control) Node(ctx context.Context, actor paas.Actor, name string) (NodeDetail, error) {
	if err := operator(actor); err != nil {
		return NodeDetail{}, err
	}
	return answer(ctx, c, func(tx Tx) (d NodeDetail, err error) {
		if d.Node, err = tx.NodeNamed(name); err != nil {
			return d, err
		}
		if d.Tasks, err = tx.TasksOn(d.Node.ID); err != nil {
			return d, err
		}
		for _, t := range d.Tasks {
			d.Used = minus(d.Used, minus(paas.Resources{}, t.Resources))
		}
		slices.SortFunc(d.Tasks, func(a, b paas.Task) int { return int(a.ID - b.ID) })
		return d, nil
	})
}
