package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

// cursor is where a reader that has seen what this transaction sees goes on. Triggers number every change: on SQLite one
// after another; on PostgreSQL by transaction, and those that had not ended when this one looked are read again.
func (tx *Tx) cursor() (c paas.FleetCursor, err error) {
	query := "SELECT value + 1 FROM counters WHERE name = 'changes'"
	if tx.store.pool != nil {
		query = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
	}
	if err := tx.db.Raw(query).Scan(&c).Error; err != nil {
		return 0, fmt.Errorf("read how far the changes are: %w", err)
	}
	return c, nil
}

// Changes is what changed of the fleet since a cursor. Its cost grows with what changed, not with what is there. known
// says which groups the reader has with the last task of each slot; of others those are read too. It also marks a part of
// the fleet, which costs one look at each of its living tasks.
func (s *Store) Changes(ctx context.Context, since paas.FleetCursor, known func(group int64) bool, part paas.FleetPart) (paas.FleetChanges, error) {
	return read(ctx, s, func(tx *Tx) (c paas.FleetChanges, err error) {
		if c.Cursor, err = tx.cursor(); err != nil {
			return c, err
		}
		nodes := make([]nodeRow, 0, fewRows)
		if err := tx.changed("nodes", since).Find(&nodes).Error; err != nil {
			return c, fmt.Errorf("list changed nodes: %w", err)
		}
		slices.SortFunc(nodes, func(a, b nodeRow) int { return cmp.Compare(a.ID, b.ID) })
		c.Nodes = each(nodes, nodeRow.node)
		rows := make([]taskRow, 0, fewRows)
		if err := tx.changed("tasks", since).Find(&rows).Error; err != nil {
			return c, fmt.Errorf("list changed tasks: %w", err)
		}
		slices.SortFunc(rows, func(a, b taskRow) int { return cmp.Compare(a.ID, b.ID) })
		if c.Groups, err = listGroups(tx.changedGroups(since)); err != nil {
			return c, err
		}
		groups := byID(c.Groups)
		more, err := tx.groupsOf(rows, groups)
		if err != nil {
			return c, err
		}
		c.Groups = append(c.Groups, more...)
		c.Tasks = joinTasks(rows, groups)
		var unknown []int64
		for _, g := range c.Groups {
			if g.RetiredAt.IsZero() && !known(g.ID) {
				unknown = append(unknown, g.ID)
			}
		}
		if rows, err = tx.lastTasks(unknown, ""); err != nil {
			return c, err
		}
		c.Finished = joinTasks(rows, groups)
		if c.Part = part; !part.Empty() {
			c.Mark, err = tx.markPart(part)
		}
		return c, err
	})
}

// changed selects the rows of a table that changed since a cursor, in the order of their changes: asked for them by id,
// SQLite reads the whole table to save itself the sorting.
func (tx *Tx) changed(table string, since paas.FleetCursor) *gorm.DB {
	return tx.db.Table(table).Where("changed >= ?", since).Order("changed")
}

func (tx *Tx) changedGroups(since paas.FleetCursor) *gorm.DB {
	return tx.groups().Where("server_groups.changed >= ?", since).Order("server_groups.changed")
}

// groupsOf reads the groups of tasks that are not among groups yet, and adds them there.
func (tx *Tx) groupsOf(rows []taskRow, groups map[int64]paas.ServerGroup) (more []paas.ServerGroup, err error) {
	missing := map[int64]bool{}
	for _, r := range rows {
		if _, there := groups[r.GroupID]; !there {
			missing[r.GroupID] = true
		}
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(missing)), 1000) {
		list, err := listGroups(tx.groups().Where("server_groups.id IN ?", some))
		if err != nil {
			return nil, err
		}
		more = append(more, list...)
	}
	maps.Copy(groups, byID(more))
	return more, nil
}

// markPart adds up a part of the fleet.
func (tx *Tx) markPart(p paas.FleetPart) (*paas.FleetMark, error) {
	m, err := tx.markTasks("node_id > ? AND node_id <= ?", p.After, p.To)
	if err != nil || !p.First() {
		return m, err
	}
	unplaced, err := tx.markTasks("node_id IS NULL")
	if err != nil {
		return nil, err
	}
	m.Tasks, m.IDs, m.Versions = m.Tasks+unplaced.Tasks, m.IDs+unplaced.IDs, m.Versions+unplaced.Versions
	err = tx.db.Raw("SELECT COUNT(*), CAST(COALESCE(SUM(wanted), 0) AS BIGINT), (SELECT COUNT(*) FROM nodes WHERE state <> 'removed')"+
		" FROM server_groups WHERE retired_at IS NULL").Row().Scan(&m.Groups, &m.Wanted, &m.Nodes)
	if err != nil {
		return nil, fmt.Errorf("add up server groups and nodes: %w", err)
	}
	return m, nil
}

// markTasks adds up the living tasks of some nodes, from the index alone.
func (tx *Tx) markTasks(nodes string, args ...any) (*paas.FleetMark, error) {
	var m paas.FleetMark
	err := tx.db.Raw("SELECT COUNT(*), CAST(COALESCE(SUM(id), 0) AS BIGINT), CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM tasks WHERE "+living+" AND "+nodes, args...).
		Row().Scan(&m.Tasks, &m.IDs, &m.Versions)
	if err != nil {
		return nil, fmt.Errorf("add up living tasks: %w", err)
	}
	return &m, nil
}

// NodeTasks is what changed of a node's tasks since a cursor; from the beginning it is all that live there. With check it
// also marks all of them.
func (s *Store) NodeTasks(ctx context.Context, node int64, since paas.FleetCursor, check bool) (paas.NodeTasks, error) {
	return read(ctx, s, func(tx *Tx) (c paas.NodeTasks, err error) {
		if c.Cursor, err = tx.cursor(); err != nil {
			return c, err
		}
		if since == 0 {
			c.Tasks, err = tx.TasksOn(node)
		} else {
			c.Tasks, err = tx.tasks("node_id = ? AND changed >= ?", node, since)
		}
		if err == nil && check {
			c.Mark, err = tx.markTasks("node_id = ?", node)
		}
		return c, err
	})
}
