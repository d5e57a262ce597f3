package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type deploymentRow struct {
	ID           int64
	AppID        int64
	AppName      string           `gorm:"->"`
	TeamID       int64            `gorm:"->"`
	Commit       doc[paas.Commit] `gorm:"->;column:git_commit"`
	Number       int
	Kind         string
	State        string
	Reason       text
	BuildID      link
	ReleaseID    link
	PreviousID   link
	TargetID     link
	Actor        string
	Phases       doc[[]paas.Phase]
	Diagnosis    doc[*paas.Diagnosis]
	CancelAsked  stamp
	SupersededBy link
	Created      stamp `gorm:"column:created_at"`
	Finished     stamp `gorm:"column:finished_at"`
	Version      int64
}

func (r deploymentRow) deployment() paas.Deployment {
	return paas.Deployment{
		ID: r.ID, AppID: r.AppID, AppName: r.AppName, TeamID: r.TeamID, Commit: r.Commit.V, Number: r.Number, Kind: paas.DeploymentKind(r.Kind), State: paas.State(r.State),
		Reason: string(r.Reason), BuildID: int64(r.BuildID), ReleaseID: int64(r.ReleaseID), PreviousID: int64(r.PreviousID), TargetID: int64(r.TargetID),
		Actor: r.Actor, Phases: r.Phases.V, Diagnosis: r.Diagnosis.V, CancelAsked: r.CancelAsked.Time, SupersededBy: int64(r.SupersededBy),
		CreatedAt: r.Created.Time, FinishedAt: r.Finished.Time, Version: r.Version,
	}
}

func rowOfDeployment(d paas.Deployment) deploymentRow {
	if d.Phases == nil {
		d.Phases = []paas.Phase{}
	}
	return deploymentRow{
		ID: d.ID, AppID: d.AppID, Number: d.Number, Kind: string(d.Kind), State: string(d.State), Reason: text(d.Reason), BuildID: link(d.BuildID),
		ReleaseID: link(d.ReleaseID), PreviousID: link(d.PreviousID), TargetID: link(d.TargetID), Actor: d.Actor, Phases: document(d.Phases),
		Diagnosis: document(d.Diagnosis), CancelAsked: at(d.CancelAsked), SupersededBy: link(d.SupersededBy), Created: at(d.CreatedAt),
		Finished: at(d.FinishedAt), Version: d.Version,
	}
}

// pending is the condition of the index deployments_pending, word for word: SQLite uses a partial index only then.
const pending = "deployments.state NOT IN ('live', 'failed', 'canceled', 'superseded')"

func (tx *Tx) deployments() *gorm.DB {
	return tx.db.Table("deployments").Select("deployments.*, apps.name AS app_name, apps.team_id, COALESCE(builds.git_commit, releases.git_commit) AS git_commit").
		Joins("JOIN apps ON apps.id = deployments.app_id LEFT JOIN builds ON builds.id = deployments.build_id" +
			" LEFT JOIN releases ON releases.id = COALESCE(deployments.release_id, deployments.target_id)")
}

func (tx *Tx) listDeployments(q *gorm.DB) ([]paas.Deployment, error) {
	var rows []deploymentRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list deployments: %w", err)
	}
	return each(rows, deploymentRow.deployment), nil
}

func oneDeployment(q *gorm.DB) (paas.Deployment, error) {
	var r deploymentRow
	err := one(q.Limit(1).Find(&r), "There is no such deployment.")
	return r.deployment(), err
}

// Deployment is the deployment with the id.
func (tx *Tx) Deployment(id int64) (paas.Deployment, error) {
	return oneDeployment(tx.deployments().Where("deployments.id = ?", id))
}

// DeploymentNumbered is an app's deployment by its number.
func (tx *Tx) DeploymentNumbered(app int64, number int) (paas.Deployment, error) {
	return oneDeployment(tx.deployments().Where("deployments.app_id = ? AND deployments.number = ?", app, number))
}

// Deployments lists an app's deployments, newest first, before an id (0: from the newest).
func (tx *Tx) Deployments(app, before int64, limit int) ([]paas.Deployment, error) {
	q := tx.deployments().Where("deployments.app_id = ?", app)
	if before > 0 {
		q = q.Where("deployments.id < ?", before)
	}
	return tx.listDeployments(q.Order("deployments.id DESC").Limit(limit))
}

// Pending lists an app's deployments that are on their way, oldest first.
func (tx *Tx) Pending(app int64) ([]paas.Deployment, error) {
	return tx.listDeployments(tx.deployments().Where("deployments.app_id = ? AND "+pending, app).Order("deployments.id"))
}

// Deployment is the deployment with the id.
func (s *Store) Deployment(ctx context.Context, id int64) (paas.Deployment, error) {
	return read(ctx, s, func(tx *Tx) (paas.Deployment, error) { return tx.Deployment(id) })
}

// PendingDeployments lists every deployment that is on its way, oldest first.
func (s *Store) PendingDeployments(ctx context.Context) ([]paas.Deployment, error) {
	return read(ctx, s, func(tx *Tx) ([]paas.Deployment, error) {
		return tx.listDeployments(tx.deployments().Where(pending).Order("deployments.id"))
	})
}

// InsertDeployment numbers a deployment, writes it and enqueues its workflow. The caller holds the app (LockApp).
func (tx *Tx) InsertDeployment(d paas.Deployment) (paas.Deployment, error) {
	if err := tx.nextNumber("deployments", d.AppID, &d.Number); err != nil {
		return d, err
	}
	d.State, d.CreatedAt, d.Version = paas.Deployments.First, tx.Now, 1
	r := rowOfDeployment(d)
	if err := tx.create("deployments", &r); err != nil {
		return d, err
	}
	d.ID = r.ID
	tx.touchDeployment(d)
	if e := tx.store.hooks.Enqueue; e != nil {
		tx.after = append(tx.after, func(ctx context.Context, conn *sql.Tx) error {
			if err := e.EnqueueDeployment(ctx, conn, d.ID, d.AppID); err != nil {
				return fmt.Errorf("enqueue deployment %d: %w", d.ID, err)
			}
			return nil
		})
	}
	return d, nil
}

// nextNumber is one more than the highest number of the app in the table.
func (tx *Tx) nextNumber(table string, app int64, number *int) error {
	if err := tx.db.Table(table).Select("COALESCE(MAX(number), 0) + 1").Where("app_id = ?", app).Scan(number).Error; err != nil {
		return fmt.Errorf("number a row of %s: %w", table, err)
	}
	return nil
}

func (tx *Tx) touchDeployment(d paas.Deployment) {
	tx.touch(topic("deployment", d.ID), topic("app", d.AppID), topic("team", d.TeamID))
}

// ChangeDeployment changes a deployment by its legal moves and writes the event, if change names one. change may run
// more than once.
func (s *Store) ChangeDeployment(ctx context.Context, id int64, change func(*paas.Deployment) (event string, err error)) (paas.Deployment, error) {
	return write(ctx, s, func(tx *Tx) (paas.Deployment, error) { return tx.ChangeDeployment(id, "Slipway", change) })
}

// ChangeDeployment changes a deployment in the name of actor. Going live makes the one before superseded.
func (tx *Tx) ChangeDeployment(id int64, actor string, change func(*paas.Deployment) (event string, err error)) (paas.Deployment, error) {
	was, err := oneDeployment(locked(tx.deployments(), "deployments").Where("deployments.id = ?", id))
	if err != nil {
		return was, err
	}
	d := was
	d.Phases = slices.Clone(was.Phases)
	event, err := change(&d)
	if err != nil {
		return was, err
	}
	if reflect.DeepEqual(d, was) && event == "" {
		return was, nil
	}
	if d.State != was.State {
		if err := paas.Deployments.Check(was.State, d.State); err != nil {
			return was, err
		}
	}
	if (d.State == paas.DeploymentLive || paas.Deployments.Final(d.State)) && d.FinishedAt.IsZero() {
		d.FinishedAt = tx.Now
	}
	if was.State == paas.Deployments.First && !paas.Deployments.Final(d.State) && d.State != was.State {
		app, err := tx.App(d.AppID)
		if err != nil {
			return was, err
		}
		d.PreviousID = app.LiveID // another deployment may have gone live while this one waited
	}
	if d.State == paas.DeploymentLive && was.State != paas.DeploymentLive {
		if err := tx.supersedeLive(d); err != nil {
			return was, err
		}
	}
	d.Version++
	before, after := rowOfDeployment(was), rowOfDeployment(d)
	err = tx.save("deployments", &before, &after, d.ID, was.Version)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return was, paas.Errorf(paas.Conflict, "Another deployment of %s is on its way.", d.AppName).Because(err)
	}
	if err != nil {
		return was, err
	}
	tx.touchDeployment(d)
	if d.State != was.State && d.PreviousID == 0 {
		tx.routes = true // on the way to a first version the edge shows another page
	}
	if event != "" {
		tx.Event(paas.Event{
			TeamID: d.TeamID, AppID: d.AppID, Kind: paas.EventKind("deployment." + string(d.State)), Subject: topic("deployment", d.ID), Actor: actor,
			Text: fmt.Sprintf("Deployment %d %s.", d.Number, event),
		})
	}
	return d, nil
}

// supersedeLive ends the life of the deployment that was live before d.
func (tx *Tx) supersedeLive(d paas.Deployment) error {
	var ids []int64
	err := tx.db.Raw("UPDATE deployments SET state = 'superseded', superseded_by = ?, version = version + 1 WHERE app_id = ? AND state = 'live' AND id <> ? RETURNING id",
		d.ID, d.AppID, d.ID).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("supersede the live deployment of app %d: %w", d.AppID, err)
	}
	for _, id := range ids {
		tx.touch(topic("deployment", id))
	}
	return nil
}

// FinishDeployment makes a deployment live. It may be repeated.
func (s *Store) FinishDeployment(ctx context.Context, id int64) (paas.Deployment, error) {
	return s.ChangeDeployment(ctx, id, func(d *paas.Deployment) (string, error) {
		if d.State == paas.DeploymentLive || d.State == paas.DeploymentSuperseded {
			return "", nil
		}
		d.State, d.Reason = paas.DeploymentLive, ""
		return "is live", nil
	})
}

// PhaseMedians is how long each phase usually takes: the median of the app's last ten successful deployments but one.
func (tx *Tx) PhaseMedians(app, but int64) (map[string]time.Duration, error) {
	var rows []deploymentRow
	err := tx.db.Table("deployments").Select("phases").Where("app_id = ? AND id <> ? AND state IN ('live', 'superseded')", app, but).Order("id DESC").Limit(10).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the phases of app %d: %w", app, err)
	}
	took := map[string][]time.Duration{}
	for _, r := range rows {
		for _, p := range r.Phases.V {
			if p.State == paas.PhaseSucceeded && !p.Finished.IsZero() {
				took[p.Name] = append(took[p.Name], p.Finished.Sub(p.Started))
			}
		}
	}
	medians := make(map[string]time.Duration, len(took))
	for name, d := range took {
		slices.Sort(d)
		medians[name] = d[len(d)/2]
	}
	return medians, nil
}
