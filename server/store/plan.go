package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"github.com/slipway-paas/slipway/server/paas"
)

// ApplyPlan writes what one pass of the scheduler decided. A plan of a holder that lost its lease is a Conflict; what
// changed since the scheduler looked is left alone, and the next pass sees it.
func (s *Store) ApplyPlan(ctx context.Context, lease paas.Lease, plan paas.FleetPlan) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.checkLease(lease); err != nil {
			return err
		}
		fence, err := tx.fences(plan)
		if err != nil {
			return err
		}
		if err := tx.applyChanges(plan, fence); err != nil {
			return err
		}
		if err := tx.createTasks(plan.Create, fence+int64(len(plan.Place))); err != nil {
			return err
		}
		for _, m := range plan.Nodes {
			if err := tx.moveNode(m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) checkLease(lease paas.Lease) error {
	var held leaseRow
	q := locked(tx.db.Table("leases"), "leases").Where("name = ? AND holder = ? AND fence = ?", lease.Name, lease.Holder, lease.Fence).Limit(1).Find(&held)
	if q.Error != nil {
		return fmt.Errorf("check the lease %s: %w", lease.Name, q.Error)
	}
	if q.RowsAffected == 0 {
		return paas.Errorf(paas.Conflict, "The lease %s was lost.", lease.Name)
	}
	return nil
}

// fences takes a fence for each placement of the plan and returns the first.
func (tx *Tx) fences(plan paas.FleetPlan) (int64, error) {
	n := int64(len(plan.Place))
	for _, t := range plan.Create {
		if t.NodeID != 0 {
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	last, err := tx.countOn("fence", n)
	return last - n + 1, err
}

// applyChanges changes the tasks that are there.
func (tx *Tx) applyChanges(plan paas.FleetPlan, fence int64) error {
	ids := slices.Collect(maps.Keys(plan.Wait))
	ids = append(ids, plan.Stop...)
	for _, f := range plan.Finish {
		ids = append(ids, f.Task)
	}
	for _, p := range plan.Place {
		ids = append(ids, p.Task)
	}
	b, err := tx.holdTasks(ids)
	if err != nil {
		return err
	}
	for _, f := range plan.Finish {
		b.change(f.Task, func(t *paas.Task) {
			t.State, t.Ready, t.Waiting = paas.TaskFinished, false, nil
			t.Reason, t.Detail = f.Reason, f.Detail
			t.Since, t.FinishedAt = tx.Now, tx.Now
		})
	}
	for _, id := range plan.Stop {
		b.change(id, func(t *paas.Task) {
			if !t.Stop {
				t.Stop, t.StopAt = true, tx.Now
			}
		})
	}
	for i, p := range plan.Place {
		b.change(p.Task, func(t *paas.Task) {
			if t.State == paas.TaskAccepted && !t.Stop {
				t.State, t.NodeID, t.Fence, t.Waiting, t.Detail = paas.TaskPlaced, p.Node, fence+int64(i), nil, p.Why
				t.Since, t.PlacedAt = tx.Now, tx.Now
			}
		})
	}
	for id, why := range plan.Wait {
		b.change(id, func(t *paas.Task) {
			if t.State == paas.TaskAccepted {
				t.Waiting = &why
			}
		})
	}
	for _, t := range b.now {
		if t.NodeID != 0 {
			tx.touch(topic("work", t.NodeID)) // what its executor has to do; its own reports are no news to it
		}
	}
	return b.save()
}

// createTasks makes tasks for slots, unless a slot has a wanted one already or the group is no longer wanted. One that
// comes with a node is placed there at once, with the next fence.
func (tx *Tx) createTasks(tasks []paas.Task, fence int64) error {
	ids := make([]int64, len(tasks))
	for i, t := range tasks {
		ids[i] = t.GroupID
	}
	groups := make(map[int64]paas.ServerGroup, len(tasks))
	for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 1000) {
		list, err := listGroups(tx.groups().Where("server_groups.id IN ? AND server_groups.retired_at IS NULL", some))
		if err != nil {
			return err
		}
		maps.Copy(groups, byID(list))
	}
	for _, t := range tasks {
		placed := t.NodeID != 0
		if placed {
			t.State, t.Fence, t.PlacedAt = paas.TaskPlaced, fence, tx.Now
			fence++
		} else {
			t.State = paas.Tasks.First
		}
		if g, wanted := groups[t.GroupID]; wanted {
			if err := tx.createTask(g, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Tx) createTask(g paas.ServerGroup, t paas.Task) error {
	row := taskRow{
		GroupID: g.ID, AppID: g.AppID, Slot: t.Slot, Attempt: max(t.Attempt, 1), State: string(t.State), NodeID: link(t.NodeID), Fence: t.Fence, Resources: g.Resources,
		Detail: text(t.Detail), Waiting: document(t.Waiting), NotBefore: at(t.NotBefore), Since: at(tx.Now), Created: at(tx.Now), Placed: at(t.PlacedAt), Version: 1,
	}
	q := tx.db.Table("tasks").Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if q.Error != nil {
		return fmt.Errorf("create task %d of server group %d: %w", t.Slot, g.ID, q.Error)
	}
	if q.RowsAffected == 0 {
		return nil
	}
	err := tx.db.Exec("UPDATE tasks SET replaced = TRUE WHERE group_id = ? AND NOT replaced AND slot = ? AND id <> ?", g.ID, t.Slot, row.ID).Error
	if err != nil {
		return fmt.Errorf("mark the tasks before task %d: %w", row.ID, err)
	}
	tx.touch("tasks", topic("task", row.ID), topic("app", g.AppID), topic("team", g.TeamID), topic("deployment", g.Deployment))
	if t.NodeID != 0 {
		tx.touch(topic("node", t.NodeID), topic("work", t.NodeID))
	}
	return nil
}
