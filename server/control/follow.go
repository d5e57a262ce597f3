package control

import (
	"context"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// CanFollow is nil when the actor may follow a live topic. A topic of another team, and one that does not exist, are
// not found.
func (c *Control) CanFollow(ctx context.Context, actor paas.Actor, t paas.Topic) error {
	none := paas.Errorf(paas.NotFound, "There is nothing to follow here.")
	kind, number, ok := strings.Cut(strings.TrimPrefix(string(t), "logs:"), ":")
	id, err := strconv.ParseInt(number, 10, 64)
	logs := strings.HasPrefix(string(t), "logs:")
	if !ok || err != nil || id <= 0 || logs && kind != "task" && kind != "build" {
		return none
	}
	if kind == "node" {
		if actor.Operator {
			return nil
		}
		return none
	}
	err = c.read(ctx, func(tx Tx) error {
		team, err := teamOf(tx, kind, id)
		if err == nil && !actor.In(team) {
			return none
		}
		return err
	})
	if paas.KindOf(err) == paas.NotFound {
		return none
	}
	return err
}

// teamOf is the team whose people may follow kind:id.
func teamOf(tx Tx, kind string, id int64) (int64, error) {
	switch kind {
	case "team":
		return id, nil
	case "app":
		a, err := tx.App(id)
		return a.TeamID, err
	case "deployment":
		d, err := tx.Deployment(id)
		return d.TeamID, err
	case "build":
		b, err := tx.Build(id)
		if err != nil {
			return 0, err
		}
		a, err := tx.App(b.AppID)
		return a.TeamID, err
	case "task":
		t, err := tx.Task(id)
		return t.TeamID, err
	case "inspection":
		i, err := tx.Inspection(id)
		return i.TeamID, err
	default:
		return 0, paas.Errorf(paas.NotFound, "There is nothing of the kind %q to follow.", kind)
	}
}
