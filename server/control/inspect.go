package control

import (
	"context"

	"github.com/slipway-paas/slipway/server/paas"
)

// Inspect looks at a repository before there is an app. The answer comes live: the inspection's topic tells of it.
func (c *Control) Inspect(ctx context.Context, actor paas.Actor, in InspectRequest) (paas.Inspection, error) {
	var errs paas.FieldErrors
	src, err := c.parseSource(&errs, in.Repo, in.Branch, in.Root, in.Runtime)
	if err != nil {
		return paas.Inspection{}, err
	}
	if err := errs.Or(); err != nil {
		return paas.Inspection{}, err
	}
	return result(ctx, c, func(tx Tx) (paas.Inspection, error) {
		t, err := team(tx, actor, in.Team)
		if err != nil {
			return paas.Inspection{}, err
		}
		if err := usable(tx, t.ID, in.Credential); err != nil {
			return paas.Inspection{}, err
		}
		return tx.InsertInspection(paas.Inspection{
			TeamID: t.ID, Repo: src.repo, Branch: src.branch, Root: src.root, Runtime: src.runtime, Credential: in.Credential, Note: "Waiting for a free hand.",
		})
	})
}

// Inspection is what a look at a repository found so far.
func (c *Control) Inspection(ctx context.Context, actor paas.Actor, id int64) (paas.Inspection, error) {
	return answer(ctx, c, func(tx Tx) (paas.Inspection, error) {
		i, err := tx.Inspection(id)
		if err == nil && !actor.In(i.TeamID) {
			err = paas.Errorf(paas.NotFound, "There is no such inspection.")
		}
		if err != nil {
			return paas.Inspection{}, err
		}
		return i, nil
	})
}
