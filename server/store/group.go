package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/slipway-paas/slipway/server/paas"
)

type groupRow struct {
	ID           int64
	AppID        int64
	AppName      string `gorm:"->"`
	TeamID       int64  `gorm:"->"`
	TeamName     string `gorm:"->"`
	ReleaseID    int64
	Release      int `gorm:"->"`
	DeploymentID int64
	Process      string
	Name         string
	Image        string
	Spec         doc[paas.TaskSpec]
	Resources    paas.Resources `gorm:"embedded"`
	Wanted       int
	Traffic      bool
	Once         bool
	Created      stamp `gorm:"column:created_at"`
	Retired      stamp `gorm:"column:retired_at"`
}

func (r groupRow) group() paas.ServerGroup {
	return paas.ServerGroup{
		ID: r.ID, AppID: r.AppID, AppName: r.AppName, TeamID: r.TeamID, TeamName: r.TeamName, ReleaseID: r.ReleaseID, Release: r.Release,
		Deployment: r.DeploymentID, Process: r.Process, Name: r.Name, Image: r.Image, Spec: r.Spec.V, Resources: r.Resources, Wanted: r.Wanted,
		Traffic: r.Traffic, Once: r.Once, CreatedAt: r.Created.Time, RetiredAt: r.Retired.Time,
	}
}

func (tx *Tx) groups() *gorm.DB {
	return tx.db.Table("server_groups").
		Select("server_groups.*, apps.name AS app_name, apps.team_id, teams.name AS team_name, releases.number AS release").
		Joins("JOIN apps ON apps.id = server_groups.app_id").Joins("JOIN teams ON teams.id = apps.team_id").
		Joins("JOIN releases ON releases.id = server_groups.release_id")
}

func listGroups(q *gorm.DB) ([]paas.ServerGroup, error) {
	rows := make([]groupRow, 0, fewRows)
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list server groups: %w", err)
	}
	slices.SortFunc(rows, func(a, b groupRow) int { return cmp.Compare(a.ID, b.ID) })
	return each(rows, groupRow.group), nil
}

func oneGroup(q *gorm.DB) (paas.ServerGroup, error) {
	var r groupRow
	err := one(q.Limit(1).Find(&r), "There is no such server group.")
	return r.group(), err
}

// Group is the server group with the id.
func (s *Store) Group(ctx context.Context, id int64) (paas.ServerGroup, error) {
	return read(ctx, s, func(tx *Tx) (paas.ServerGroup, error) { return oneGroup(tx.groups().Where("server_groups.id = ?", id)) })
}

// Groups lists the server groups that a deployment made.
func (s *Store) Groups(ctx context.Context, deployment int64) ([]paas.ServerGroup, error) {
	return read(ctx, s, func(tx *Tx) ([]paas.ServerGroup, error) { return tx.DeploymentGroups(deployment) })
}

// DeploymentGroups lists the server groups that a deployment made.
func (tx *Tx) DeploymentGroups(deployment int64) ([]paas.ServerGroup, error) {
	return listGroups(tx.groups().Where("server_groups.deployment_id = ?", deployment))
}

// ActiveGroups lists an app's server groups that are not retired.
func (tx *Tx) ActiveGroups(app int64) ([]paas.ServerGroup, error) {
	return listGroups(tx.groups().Where("server_groups.app_id = ? AND server_groups.retired_at IS NULL", app))
}

// EnsureGroup makes a server group, or finds the one that its deployment made before for the same process.
func (s *Store) EnsureGroup(ctx context.Context, g paas.ServerGroup) (paas.ServerGroup, error) {
	return write(ctx, s, func(tx *Tx) (paas.ServerGroup, error) {
		row := groupRow{
			AppID: g.AppID, ReleaseID: g.ReleaseID, DeploymentID: g.Deployment, Process: g.Process, Name: g.Name, Image: g.Image,
			Spec: document(g.Spec), Resources: g.Resources, Wanted: g.Wanted, Once: g.Once, Created: at(tx.Now),
		}
		if err := tx.db.Table("server_groups").Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return g, fmt.Errorf("insert server group %s: %w", g.Name, err)
		}
		tx.touch("tasks", topic("deployment", g.Deployment), topic("app", g.AppID))
		return oneGroup(tx.groups().Where("server_groups.deployment_id = ? AND server_groups.process = ? AND server_groups.once = ?", g.Deployment, g.Process, g.Once))
	})
}

// RunsOnce notes that a server group is a program that runs once.
func (s *Store) RunsOnce(ctx context.Context, g paas.ServerGroup) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.db.Exec("UPDATE server_groups SET once = TRUE WHERE id = ?", g.ID).Error; err != nil {
			return fmt.Errorf("note that server group %d runs once: %w", g.ID, err)
		}
		tx.touch("tasks", topic("deployment", g.Deployment), topic("app", g.AppID))
		return nil
	})
}

// SetWanted changes how many tasks of a group are wanted.
func (tx *Tx) SetWanted(g paas.ServerGroup, wanted int) error {
	err := tx.db.Exec("UPDATE server_groups SET wanted = ? WHERE id = ? AND retired_at IS NULL", wanted, g.ID).Error
	if err != nil {
		return fmt.Errorf("scale server group %d: %w", g.ID, err)
	}
	tx.routes = true
	tx.touch("tasks", topic("deployment", g.Deployment), topic("app", g.AppID))
	return nil
}

// RetireGroups ends all server groups of an app but those of one release; the scheduler then stops their tasks.
func (s *Store) RetireGroups(ctx context.Context, app, keepRelease int64) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.RetireGroups(app, keepRelease) })
}

// RetireGroups ends all server groups of an app but those of one release (0: all of them).
func (tx *Tx) RetireGroups(app, keepRelease int64) error {
	return tx.retire(app, "app_id = ? AND release_id <> ?", app, keepRelease)
}

// RetireDeployment ends the server groups that a deployment made.
func (s *Store) RetireDeployment(ctx context.Context, deployment int64) error {
	return s.Write(ctx, func(tx *Tx) error {
		d, err := tx.Deployment(deployment)
		if err != nil {
			return err
		}
		tx.touch(topic("deployment", d.ID))
		return tx.retire(d.AppID, "deployment_id = ?", d.ID)
	})
}

func (tx *Tx) retire(app int64, where string, args ...any) error {
	q := tx.db.Exec("UPDATE server_groups SET wanted = 0, traffic = FALSE, retired_at = ? WHERE retired_at IS NULL AND "+where, append([]any{at(tx.Now)}, args...)...)
	if q.Error != nil {
		return fmt.Errorf("retire server groups of app %d: %w", app, q.Error)
	}
	if q.RowsAffected > 0 {
		tx.routes = true
		tx.touch("tasks", topic("app", app))
	}
	return nil
}
