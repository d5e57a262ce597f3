package store

import (
	"fmt"
	"slices"

	"github.com/slipway-paas/slipway/server/paas"
)

// batch is some tasks that a transaction holds, with what it makes of them. Reading and holding them together takes two
// queries instead of two each; holding them in the order of their ids keeps transactions from waiting for each other in
// a circle.
type batch struct {
	tx     *Tx
	groups map[int64]paas.ServerGroup
	was    map[int64]paas.Task
	now    map[int64]paas.Task
	order  []int64
}

// holdTasks reads tasks and holds them until the transaction ends. Those that do not exist are left out.
func (tx *Tx) holdTasks(ids []int64) (*batch, error) {
	b := &batch{tx: tx, groups: map[int64]paas.ServerGroup{}, was: map[int64]paas.Task{}, now: map[int64]paas.Task{}}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for some := range slices.Chunk(ids, 1000) {
		rows := make([]taskRow, 0, len(some))
		if err := locked(tx.db.Table("tasks"), "tasks").Where("id IN ?", some).Order("id").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("hold tasks: %w", err)
		}
		if _, err := tx.groupsOf(rows, b.groups); err != nil {
			return nil, err
		}
		for _, t := range joinTasks(rows, b.groups) {
			b.was[t.ID], b.now[t.ID] = t, t
			b.order = append(b.order, t.ID)
		}
	}
	return b, nil
}

// change changes a task that is not over; one that is gone or over stays as it is.
func (b *batch) change(id int64, change func(*paas.Task)) {
	if t, held := b.now[id]; held && t.State != paas.TaskFinished {
		change(&t)
		b.now[id] = t
	}
}

// save writes what changed.
func (b *batch) save() error {
	for _, id := range b.order {
		if err := b.tx.saveTask(b.was[id], b.now[id], b.groups[b.was[id].GroupID].Deployment); err != nil {
			return err
		}
	}
	return nil
}
