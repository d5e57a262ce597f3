package store

import (
	"context"
	"fmt"
	"reflect"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type taskRow struct {
	ID        int64
	GroupID   int64
	AppID     int64
	Slot      int
	Attempt   int
	State     string
	Stop      bool
	Ready     bool
	Replaced  bool
	NodeID    link
	Fence     int64
	Resources paas.Resources `gorm:"embedded"`
	Address   string
	ExitCode  int
	Reason    string
	Detail    text
	Waiting   doc[*paas.WaitingReason]
	Diagnosis doc[*paas.Diagnosis]
	NotBefore stamp
	Since     stamp
	Created   stamp `gorm:"column:created_at"`
	Placed    stamp `gorm:"column:placed_at"`
	Started   stamp `gorm:"column:started_at"`
	ReadyAt   stamp
	StopAt    stamp
	Finished  stamp `gorm:"column:finished_at"`
	Version   int64
}

// task joins the row with what its group says of all its tasks.
func (r taskRow) task(g paas.ServerGroup) paas.Task {
	return paas.Task{
		ID: r.ID, GroupID: g.ID, AppID: g.AppID, AppName: g.AppName, TeamID: g.TeamID, TeamName: g.TeamName, ReleaseID: g.ReleaseID, Release: g.Release,
		Process: g.Process, Slot: r.Slot, Attempt: r.Attempt, State: paas.State(r.State), Stop: r.Stop, Ready: r.Ready, NodeID: int64(r.NodeID),
		Fence: r.Fence, Resources: r.Resources, Image: g.Image, Spec: g.Spec, Address: r.Address, ExitCode: r.ExitCode, Reason: paas.TaskReason(r.Reason),
		Detail: string(r.Detail), Diagnosis: r.Diagnosis.V, Waiting: r.Waiting.V, NotBefore: r.NotBefore.Time, Since: r.Since.Time, CreatedAt: r.Created.Time,
		PlacedAt: r.Placed.Time, StartedAt: r.Started.Time, ReadyAt: r.ReadyAt.Time, StopAt: r.StopAt.Time, FinishedAt: r.Finished.Time, Version: r.Version,
	}
}

func rowOfTask(t paas.Task) taskRow {
	return taskRow{
		ID: t.ID, GroupID: t.GroupID, AppID: t.AppID, Slot: t.Slot, Attempt: t.Attempt, State: string(t.State), Stop: t.Stop, Ready: t.Ready, NodeID: link(t.NodeID),
		Fence: t.Fence, Resources: t.Resources, Address: t.Address, ExitCode: t.ExitCode, Reason: string(t.Reason), Detail: text(t.Detail), Waiting: document(t.Waiting),
		Diagnosis: document(t.Diagnosis), NotBefore: at(t.NotBefore), Since: at(t.Since), Created: at(t.CreatedAt), Placed: at(t.PlacedAt),
		Started: at(t.StartedAt), ReadyAt: at(t.ReadyAt), StopAt: at(t.StopAt), Finished: at(t.FinishedAt), Version: t.Version,
	}
}

// living is the condition of the partial indexes over tasks, word for word.
const living = "state <> 'finished'"

// livingOf selects an app's living tasks.
const livingOf = living + " AND app_id = ?"

// tasks lists the tasks that where selects, by id, joined with their groups.
func (tx *Tx) tasks(where string, args ...any) ([]paas.Task, error) {
	rows := make([]taskRow, 0, fewRows)
	if err := tx.db.Table("tasks").Where(where, args...).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	groups := map[int64]paas.ServerGroup{}
	if _, err := tx.groupsOf(rows, groups); err != nil || len(rows) == 0 {
		return nil, err
	}
	return joinTasks(rows, groups), nil
}

func byID(groups []paas.ServerGroup) map[int64]paas.ServerGroup {
	m := make(map[int64]paas.ServerGroup, len(groups))
	for _, g := range groups {
		m[g.ID] = g
	}
	return m
}

func joinTasks(rows []taskRow, groups map[int64]paas.ServerGroup) []paas.Task {
	return each(rows, func(r taskRow) paas.Task { return r.task(groups[r.GroupID]) })
}

// Task is the task with the id.
func (tx *Tx) Task(id int64) (paas.Task, error) {
	tasks, err := tx.tasks("id = ?", id)
	if err == nil && len(tasks) == 0 {
		err = paas.Errorf(paas.NotFound, "There is no such task.")
	}
	if err != nil {
		return paas.Task{}, err
	}
	return tasks[0], nil
}

// AppTasks lists an app's living tasks, and the last finished one of each slot of a group that is not retired.
func (tx *Tx) AppTasks(app int64) ([]paas.Task, error) {
	return tx.tasks("id IN (SELECT id FROM tasks WHERE NOT replaced AND group_id IN (SELECT id FROM server_groups WHERE app_id = ? AND retired_at IS NULL)"+
		" UNION SELECT id FROM tasks WHERE "+livingOf+")", app, app)
}

// logReleases is how many releases back tasks are listed for their logs.
const logReleases = 8

// LogTasks lists the newest tasks of an app's last releases that ever started, whatever became of them; oldest first.
func (tx *Tx) LogTasks(app int64, limit int) ([]paas.Task, error) {
	return tx.tasks("id IN (SELECT id FROM tasks WHERE started_at IS NOT NULL AND group_id IN (SELECT id FROM server_groups WHERE release_id IN"+
		" (SELECT id FROM releases WHERE app_id = ? ORDER BY number DESC LIMIT ?)) ORDER BY id DESC LIMIT ?)", app, logReleases, limit)
}

// AppTasks lists an app's living tasks.
func (s *Store) AppTasks(ctx context.Context, app int64) ([]paas.Task, error) {
	return read(ctx, s, func(tx *Tx) ([]paas.Task, error) {
		return tx.tasks(livingOf, app)
	})
}

// GroupTasks lists all tasks of a group, also finished ones.
func (s *Store) GroupTasks(ctx context.Context, group int64) ([]paas.Task, error) {
	return read(ctx, s, func(tx *Tx) ([]paas.Task, error) { return tx.tasks("group_id = ?", group) })
}

// DeploymentTasks lists the tasks that a deployment made, the last of each slot.
func (tx *Tx) DeploymentTasks(deployment int64) ([]paas.Task, error) {
	return tx.tasks("(NOT replaced OR attempt = 1) AND (state <> 'finished' OR placed_at IS NOT NULL)"+
		" AND group_id IN (SELECT id FROM server_groups WHERE deployment_id = ?)", deployment)
}

// TasksOn lists the tasks that a node has to run or to stop.
func (tx *Tx) TasksOn(node int64) ([]paas.Task, error) {
	return tx.tasks("node_id = ? AND "+living, node)
}

// saveTask writes a task back and tells whom it concerns: its pages, its node, the scheduler, and the edge when the
// addresses that take requests changed.
func (tx *Tx) saveTask(was, t paas.Task, deployment int64) error {
	if reflect.DeepEqual(was, t) {
		return nil
	}
	t.Version++
	before, after := rowOfTask(was), rowOfTask(t)
	if err := tx.save("tasks", &before, &after, t.ID, was.Version); err != nil {
		return err
	}
	if t.Process == paas.WebProcess && (was.Ready != t.Ready || was.Address != t.Address || was.State != t.State || was.Stop != t.Stop) {
		tx.routes = true
	}
	tx.touch("tasks", topic("task", t.ID), topic("app", t.AppID), topic("team", t.TeamID), topic("deployment", deployment))
	if t.NodeID != 0 {
		tx.touch(topic("node", t.NodeID))
	}
	if t.State == paas.TaskFinished && t.Reason == paas.ReasonImageMissing {
		if err := tx.loseImage(t.Image); err != nil {
			return err
		}
	}
	if t.State == paas.TaskFinished && was.State != paas.TaskFinished && t.Reason.Fault() != paas.FaultNone {
		tx.Event(paas.Event{
			TeamID: t.TeamID, AppID: t.AppID, Kind: "task.failed", Subject: topic("task", t.ID), Actor: "Slipway",
			Text: fmt.Sprintf("Task %s.%d of v%d ended: %s", t.Process, t.Slot, t.Release, ended(t)),
		})
	}
	return nil
}

// ended says in one sentence why a task is over.
func ended(t paas.Task) string {
	if t.Detail != "" {
		return t.Detail
	}
	return string(t.Reason) + "."
}

// oneOf limits a query to the row with the id and holds it.
func oneOf(db *gorm.DB, table string, id int64) *gorm.DB {
	return locked(db.Table(table), table).Where("id = ?", id).Limit(1)
}
