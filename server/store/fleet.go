package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Snapshot is everything one pass of the scheduler looks at. Its cost grows with what is wanted or running, never with
// what is over.
func (s *Store) Snapshot(ctx context.Context) (paas.FleetSnapshot, error) {
	return read(ctx, s, func(tx *Tx) (snap paas.FleetSnapshot, err error) {
		if snap.Cursor, err = tx.cursor(); err != nil {
			return snap, err
		}
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
