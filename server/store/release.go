package store

import (
	"cmp"
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type releaseRow struct {
	ID           int64
	AppID        int64
	Number       int
	BuildID      link
	DeploymentID int64
	FromID       link
	Image        string
	Commit       doc[paas.Commit] `gorm:"column:git_commit"`
	Plan         doc[paas.Plan]
	Settings     doc[paas.AppSettings]
	Created      stamp  `gorm:"column:created_at"`
	Author       string `gorm:"column:created_by"`
	Gone         stamp  `gorm:"column:image_gone_at"`
}

func (r releaseRow) release() paas.Release {
	return paas.Release{
		ID: r.ID, AppID: r.AppID, Number: r.Number, BuildID: int64(r.BuildID), Image: r.Image, Commit: r.Commit.V, Plan: r.Plan.V,
		Settings: r.Settings.V, From: int64(r.FromID), CreatedAt: r.Created.Time, CreatedBy: r.Author, ImageGone: r.Gone.Time,
	}
}

func (tx *Tx) oneRelease(q *gorm.DB) (paas.Release, error) {
	var row releaseRow
	if err := one(q.Limit(1).Find(&row), "There is no such release."); err != nil {
		return paas.Release{}, err
	}
	r := row.release()
	err := tx.db.Raw("SELECT name FROM release_variables WHERE release_id = ? ORDER BY name", r.ID).Scan(&r.Variables).Error
	if err != nil {
		return r, fmt.Errorf("list the variables of release %d: %w", r.ID, err)
	}
	return r, nil
}

// Release is the release with the id.
func (tx *Tx) Release(id int64) (paas.Release, error) {
	return tx.oneRelease(tx.db.Table("releases").Where("id = ?", id))
}

// ReleaseNumbered is an app's release by its number.
func (tx *Tx) ReleaseNumbered(app int64, number int) (paas.Release, error) {
	return tx.oneRelease(tx.db.Table("releases").Where("app_id = ? AND number = ?", app, number))
}

// Releases lists an app's releases, newest first, before an id (0: from the newest), without the names of variables.
func (tx *Tx) Releases(app, before int64, limit int) ([]paas.Release, error) {
	q := tx.db.Table("releases").Where("app_id = ?", app)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var rows []releaseRow
	if err := q.Order("number DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the releases of app %d: %w", app, err)
	}
	return each(rows, releaseRow.release), nil
}

// Release is the release with the id.
func (s *Store) Release(ctx context.Context, id int64) (paas.Release, error) {
	return read(ctx, s, func(tx *Tx) (paas.Release, error) { return tx.Release(id) })
}

// CreateRelease joins an image with the app's present settings and variables; a rollback takes those of its target, with a
// build of its own only when the image was gone.
// It is idempotent: a deployment has one release.
func (s *Store) CreateRelease(ctx context.Context, deployment int64, image string, plan paas.Plan, commit paas.Commit) (paas.Release, error) {
	return write(ctx, s, func(tx *Tx) (paas.Release, error) {
		d, err := oneDeployment(locked(tx.deployments(), "deployments").Where("deployments.id = ?", deployment))
		if err != nil {
			return paas.Release{}, err
		}
		if d.ReleaseID != 0 {
			return tx.Release(d.ReleaseID)
		}
		app, err := tx.lockAppID(d.AppID)
		if err != nil {
			return paas.Release{}, err
		}
		row := releaseRow{
			AppID: app.ID, BuildID: link(d.BuildID), DeploymentID: d.ID, Image: image, Commit: document(commit), Plan: document(plan),
			Settings: document(app.Settings), Created: at(tx.Now), Author: d.Actor,
		}
		if d.Kind != paas.KindRollback {
			if err := tx.generateVariables(app, plan.Secrets); err != nil {
				return paas.Release{}, err
			}
		}
		variables := "SELECT CAST(? AS BIGINT), name, version, value, fingerprint FROM variables WHERE app_id = ?"
		from := app.ID
		if d.Kind == paas.KindRollback {
			old, err := tx.Release(d.TargetID)
			if err != nil {
				return old, err
			}
			row.FromID, row.BuildID, row.Settings = link(old.ID), link(cmp.Or(d.BuildID, old.BuildID)), document(old.Settings)
			variables = "SELECT CAST(? AS BIGINT), name, version, value, fingerprint FROM release_variables WHERE release_id = ?"
			from = old.ID
		}
		if err := tx.nextNumber("releases", app.ID, &row.Number); err != nil {
			return paas.Release{}, err
		}
		if err := tx.create("releases", &row); err != nil {
			return paas.Release{}, err
		}
		// The values are copied sealed: what they are sealed with names the app and the variable, not the release.
		if err := tx.db.Exec("INSERT INTO release_variables (release_id, name, version, value, fingerprint) "+variables, row.ID, from).Error; err != nil {
			return paas.Release{}, fmt.Errorf("copy the variables of deployment %d: %w", d.ID, err)
		}
		was := rowOfDeployment(d)
		d.ReleaseID = row.ID
		changed := rowOfDeployment(d)
		changed.Version++
		if err := tx.save("deployments", &was, &changed, d.ID, d.Version); err != nil {
			return paas.Release{}, err
		}
		tx.touchDeployment(d)
		return tx.Release(row.ID)
	})
}
