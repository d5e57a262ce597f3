package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"github.com/slipway-paas/slipway/server/paas"
)

// Snapshot is everything one pass of the scheduler looks at. Its cost grows with what is wanted or running, never with
// what is over.
func (s *Store) Snapshot(ctx context.Context) (paas.FleetSnapshot, error) {
	return read(ctx, s, func(tx *Tx) (snap paas.FleetSnapshot, err error) {
		if snap.Nodes, err = tx.Nodes(); err != nil {
			return snap, err
		}
		snap.Groups, err = listGroups(tx.groups().Where("server_groups.id IN (SELECT id FROM server_groups WHERE retired_at IS NULL" +
			" UNION SELECT group_id FROM tasks WHERE " + living + ")"))
		if err != nil {
			return snap, err
		}
		groups := byID(snap.Groups)
		var rows []taskRow
		if err := tx.db.Table("tasks").Where(living).Order("id").Find(&rows).Error; err != nil {
			return snap, fmt.Errorf("list living tasks: %w", err)
		}
		snap.Tasks = joinTasks(rows, groups)
		var active []int64
		for _, g := range snap.Groups {
			if g.RetiredAt.IsZero() {
				active = append(active, g.ID)
			}
		}
		rows, err = tx.lastTasks(active, "AND state = 'finished'")
		if err != nil {
			return snap, err
		}
		snap.Finished = joinTasks(rows, groups)
		return snap, nil
	})
}

// lastTasks lists the last task of each slot of the groups. The groups' ids are handed over some at a time: a subquery
// makes PostgreSQL read all tasks, and SQLite takes at most 32,766 values.
func (tx *Tx) lastTasks(groups []int64, and string) ([]taskRow, error) {
	var all []taskRow
	for some := range slices.Chunk(groups, 1000) {
		var rows []taskRow
		if err := tx.db.Table("tasks").Where("NOT replaced AND group_id IN ? "+and, some).Order("id").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("list the last task of each slot: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

type leaseRow struct {
	Name   string
	Holder string
	Fence  int64
	Until  stamp
}

// HoldLease takes a lease that is free or over, or holds on to the one that holder has, for ttl from now. While
// another holds it, it is a Conflict.
func (s *Store) HoldLease(ctx context.Context, name, holder string, ttl time.Duration) (paas.Lease, error) {
	return write(ctx, s, func(tx *Tx) (paas.Lease, error) {
		until := tx.Now.Add(ttl)
		var r leaseRow
		err := tx.db.Raw(`INSERT INTO leases (name, holder, fence, until) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET
				fence = leases.fence + CASE WHEN leases.holder = excluded.holder AND leases.until > ? THEN 0 ELSE 1 END,
				holder = excluded.holder, until = excluded.until
			WHERE leases.holder = excluded.holder OR leases.until <= ?
			RETURNING name, holder, fence, until`, name, holder, at(until), at(tx.Now), at(tx.Now)).Scan(&r).Error
		if err != nil {
			return paas.Lease{}, fmt.Errorf("hold the lease %s: %w", name, err)
		}
		if r.Name == "" {
			return paas.Lease{}, paas.Errorf(paas.Conflict, "The lease %s is held by another process.", name)
		}
		return paas.Lease{Name: r.Name, Holder: r.Holder, Fence: r.Fence, Until: r.Until.Time}, nil
	})
}

// ApplyPlan writes what one pass of the scheduler decided. A plan of a holder that lost its lease is a Conflict; what
// changed since the snapshot is left alone, and the next pass sees it.
func (s *Store) ApplyPlan(ctx context.Context, lease paas.Lease, plan paas.FleetPlan) error {
	return s.Write(ctx, func(tx *Tx) error {
		var held leaseRow
		q := locked(tx.db.Table("leases"), "leases").Where("name = ? AND holder = ? AND fence = ?", lease.Name, lease.Holder, lease.Fence).Limit(1).Find(&held)
		if q.Error != nil {
			return fmt.Errorf("check the lease %s: %w", lease.Name, q.Error)
		}
		if q.RowsAffected == 0 {
			return paas.Errorf(paas.Conflict, "The lease %s was lost.", lease.Name)
		}
		for _, f := range plan.Finish {
			if err := tx.finishTask(f); err != nil {
				return err
			}
		}
		for _, id := range plan.Stop {
			if err := tx.stopTask(id); err != nil {
				return err
			}
		}
		for _, t := range plan.Create {
			if err := tx.createTask(t); err != nil {
				return err
			}
		}
		for _, p := range plan.Place {
			if err := tx.placeTask(p); err != nil {
				return err
			}
		}
		for id, why := range plan.Wait {
			if err := tx.changeTask(id, func(t *paas.Task) {
				if t.State == paas.TaskAccepted && !reflect.DeepEqual(t.Waiting, &why) {
					t.Waiting = &why
				}
			}); err != nil {
				return err
			}
		}
		for _, m := range plan.Nodes {
			if err := tx.moveNode(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeTask changes a task that is not over; one that is gone or over stays as it is.
func (tx *Tx) changeTask(id int64, change func(*paas.Task)) error {
	was, deployment, err := tx.lockTask(id)
	if paas.KindOf(err) == paas.NotFound || (err == nil && was.State == paas.TaskFinished) {
		return nil
	}
	if err != nil {
		return err
	}
	t := was
	change(&t)
	return tx.saveTask(was, t, deployment)
}

func (tx *Tx) finishTask(f paas.Finish) error {
	return tx.changeTask(f.Task, func(t *paas.Task) {
		t.State, t.Ready, t.Waiting = paas.TaskFinished, false, nil
		t.Reason, t.Detail = f.Reason, f.Detail
		t.Since, t.FinishedAt = tx.Now, tx.Now
	})
}

func (tx *Tx) stopTask(id int64) error {
	return tx.changeTask(id, func(t *paas.Task) {
		if !t.Stop {
			t.Stop, t.StopAt = true, tx.Now
		}
	})
}

func (tx *Tx) placeTask(p paas.Placement) error {
	fence, err := tx.count("fence")
	if err != nil {
		return err
	}
	return tx.changeTask(p.Task, func(t *paas.Task) {
		if t.State != paas.TaskAccepted || t.Stop {
			return
		}
		t.State, t.NodeID, t.Fence, t.Waiting, t.Detail = paas.TaskPlaced, p.Node, fence, nil, p.Why
		t.Since, t.PlacedAt = tx.Now, tx.Now
	})
}

// createTask accepts a task for a slot, unless the slot has a wanted one already or the group is no longer wanted.
func (tx *Tx) createTask(t paas.Task) error {
	g, err := oneGroup(tx.groups().Where("server_groups.id = ? AND server_groups.retired_at IS NULL", t.GroupID))
	if paas.KindOf(err) == paas.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	row := taskRow{
		GroupID: g.ID, AppID: g.AppID, Slot: t.Slot, Attempt: max(t.Attempt, 1), State: string(paas.Tasks.First), Waiting: document(t.Waiting), Resources: g.Resources,
		NotBefore: at(t.NotBefore), Since: at(tx.Now), Created: at(tx.Now), Version: 1,
	}
	q := tx.db.Table("tasks").Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if q.Error != nil {
		return fmt.Errorf("create task %d of server group %d: %w", t.Slot, g.ID, q.Error)
	}
	if q.RowsAffected == 0 {
		return nil
	}
	err = tx.db.Exec("UPDATE tasks SET replaced = TRUE WHERE group_id = ? AND NOT replaced AND slot = ? AND id <> ?", g.ID, t.Slot, row.ID).Error
	if err != nil {
		return fmt.Errorf("mark the tasks before task %d: %w", row.ID, err)
	}
	tx.touch("tasks", topic("task", row.ID), topic("app", g.AppID), topic("team", g.TeamID), topic("deployment", g.Deployment))
	return nil
}
