package store

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type inspectionRow struct {
	ID           int64
	TeamID       int64
	Repo         string
	Branch       string
	Root         string
	Runtime      string
	CredentialID link
	State        string
	Note         text
	Commit       doc[paas.Commit] `gorm:"column:git_commit"`
	Plan         doc[*paas.Plan]
	Branches     doc[[]string]
	Diagnosis    doc[*paas.Diagnosis]
	Created      stamp `gorm:"column:created_at"`
	Finished     stamp `gorm:"column:finished_at"`
}

func rowOfInspection(i paas.Inspection) inspectionRow {
	return inspectionRow{
		ID: i.ID, TeamID: i.TeamID, Repo: i.Repo.String(), Branch: string(i.Branch), Root: string(i.Root), Runtime: i.Runtime,
		CredentialID: link(i.Credential), State: string(i.State), Note: text(i.Note), Commit: document(i.Commit), Plan: document(i.Plan),
		Branches: document(i.Branches), Diagnosis: document(i.Diagnosis), Created: at(i.CreatedAt), Finished: at(i.FinishedAt),
	}
}

func oneInspection(q *gorm.DB) (paas.Inspection, error) {
	var r inspectionRow
	if err := one(q.Limit(1).Find(&r), "There is no such inspection."); err != nil {
		return paas.Inspection{}, err
	}
	var repo paas.RepoURL
	if err := repo.UnmarshalText([]byte(r.Repo)); err != nil {
		return paas.Inspection{}, fmt.Errorf("read the repository of inspection %d: %w", r.ID, err)
	}
	return paas.Inspection{
		ID: r.ID, TeamID: r.TeamID, Repo: repo, Branch: paas.Ref(r.Branch), Root: paas.Subdir(r.Root), Runtime: r.Runtime, Credential: int64(r.CredentialID),
		State: paas.InspectionState(r.State), Note: string(r.Note), Commit: r.Commit.V, Plan: r.Plan.V, Branches: r.Branches.V, Diagnosis: r.Diagnosis.V,
		CreatedAt: r.Created.Time, FinishedAt: r.Finished.Time,
	}, nil
}

// InsertInspection writes an inspection and enqueues its workflow.
func (tx *Tx) InsertInspection(i paas.Inspection) (paas.Inspection, error) {
	i.State, i.CreatedAt = paas.InspectionRunning, tx.Now
	r := rowOfInspection(i)
	if err := tx.create("inspections", &r); err != nil {
		return i, err
	}
	i.ID = r.ID
	if e := tx.store.hooks.Enqueue; e != nil {
		tx.after = append(tx.after, func(ctx context.Context, conn *sql.Tx) error {
			if err := e.EnqueueInspection(ctx, conn, i.ID); err != nil {
				return fmt.Errorf("enqueue inspection %d: %w", i.ID, err)
			}
			return nil
		})
	}
	return i, nil
}

// Inspection is the inspection with the id.
func (tx *Tx) Inspection(id int64) (paas.Inspection, error) {
	return oneInspection(tx.db.Table("inspections").Where("id = ?", id))
}

// Inspection is the inspection with the id.
func (s *Store) Inspection(ctx context.Context, id int64) (paas.Inspection, error) {
	return read(ctx, s, func(tx *Tx) (paas.Inspection, error) { return tx.Inspection(id) })
}

// ChangeInspection changes an inspection that still runs; one that is over is a Conflict unless nothing changes.
func (s *Store) ChangeInspection(ctx context.Context, id int64, change func(*paas.Inspection) error) (paas.Inspection, error) {
	return write(ctx, s, func(tx *Tx) (paas.Inspection, error) {
		i, err := oneInspection(oneOf(tx.db, "inspections", id))
		if err != nil {
			return i, err
		}
		was := i.State
		if err := change(&i); err != nil {
			return i, err
		}
		if was != paas.InspectionRunning && i.State != was {
			return i, paas.Errorf(paas.Conflict, "An inspection that is %s cannot become %s.", was, i.State)
		}
		if i.State != paas.InspectionRunning && i.FinishedAt.IsZero() {
			i.FinishedAt = tx.Now
		}
		r := rowOfInspection(i)
		if err := tx.db.Table("inspections").Where("id = ?", id).Select("*").Omit("id").Updates(&r).Error; err != nil {
			return i, fmt.Errorf("save inspection %d: %w", id, err)
		}
		tx.touch(topic("inspection", id))
		return i, nil
	})
}
