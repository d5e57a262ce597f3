package store

import (
	"context"
	"fmt"
	"reflect"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type buildRow struct {
	ID         int64
	AppID      int64
	Number     int
	State      string
	Ref        string
	Commit     doc[paas.Commit] `gorm:"column:git_commit"`
	NoCache    bool
	ImageKey   string
	Image      string
	ReusedFrom link
	Plan       doc[*paas.Plan]
	Dockerfile text
	Diagnosis  doc[*paas.Diagnosis]
	Created    stamp `gorm:"column:created_at"`
	Started    stamp `gorm:"column:started_at"`
	Finished   stamp `gorm:"column:finished_at"`
	Fence      int64
}

func (r buildRow) build() paas.Build {
	return paas.Build{
		ID: r.ID, AppID: r.AppID, Number: r.Number, State: paas.State(r.State), Ref: paas.Ref(r.Ref), Commit: r.Commit.V, NoCache: r.NoCache,
		ImageKey: r.ImageKey, Image: r.Image, ReusedFrom: int64(r.ReusedFrom), Plan: r.Plan.V, Dockerfile: string(r.Dockerfile), Diagnosis: r.Diagnosis.V,
		CreatedAt: r.Created.Time, StartedAt: r.Started.Time, FinishedAt: r.Finished.Time, Fence: r.Fence,
	}
}

func rowOfBuild(b paas.Build) buildRow {
	return buildRow{
		ID: b.ID, AppID: b.AppID, Number: b.Number, State: string(b.State), Ref: string(b.Ref), Commit: document(b.Commit), NoCache: b.NoCache,
		ImageKey: b.ImageKey, Image: b.Image, ReusedFrom: link(b.ReusedFrom), Plan: document(b.Plan), Dockerfile: text(b.Dockerfile),
		Diagnosis: document(b.Diagnosis), Created: at(b.CreatedAt), Started: at(b.StartedAt), Finished: at(b.FinishedAt), Fence: b.Fence,
	}
}

func oneBuild(q *gorm.DB) (paas.Build, error) {
	var r buildRow
	err := one(q.Limit(1).Find(&r), "There is no such build.")
	return r.build(), err
}

// Build is the build with the id.
func (tx *Tx) Build(id int64) (paas.Build, error) {
	return oneBuild(tx.db.Table("builds").Where("id = ?", id))
}

// BuildNumbered is an app's build by its number.
func (tx *Tx) BuildNumbered(app int64, number int) (paas.Build, error) {
	return oneBuild(tx.db.Table("builds").Where("app_id = ? AND number = ?", app, number))
}

// Build is the build with the id.
func (s *Store) Build(ctx context.Context, id int64) (paas.Build, error) {
	return read(ctx, s, func(tx *Tx) (paas.Build, error) { return tx.Build(id) })
}

// InsertBuild numbers a build and writes it. The caller holds the app (LockApp).
func (tx *Tx) InsertBuild(b paas.Build) (paas.Build, error) {
	if err := tx.nextNumber("builds", b.AppID, &b.Number); err != nil {
		return b, err
	}
	b.State, b.CreatedAt = paas.Builds.First, tx.Now
	r := rowOfBuild(b)
	if err := tx.create("builds", &r); err != nil {
		return b, err
	}
	b.ID = r.ID
	return b, nil
}

// ChangeBuild changes a build by its legal moves and writes the event, if change names one. A change by an older run of
// the build's workflow (a lower Fence) is a Conflict. change may run more than once.
func (s *Store) ChangeBuild(ctx context.Context, id int64, change func(*paas.Build) (event string, err error)) (paas.Build, error) {
	return write(ctx, s, func(tx *Tx) (paas.Build, error) { return tx.ChangeBuild(id, change) })
}

// ChangeBuild changes a build by its legal moves.
func (tx *Tx) ChangeBuild(id int64, change func(*paas.Build) (event string, err error)) (paas.Build, error) {
	was, err := oneBuild(locked(tx.db.Table("builds"), "builds").Where("id = ?", id))
	if err != nil {
		return was, err
	}
	b := was
	event, err := change(&b)
	if err != nil {
		return was, err
	}
	if reflect.DeepEqual(b, was) && event == "" {
		return was, nil
	}
	if b.Fence < was.Fence {
		return was, paas.Errorf(paas.Conflict, "Build %d was taken over by a later run.", b.Number)
	}
	if b.State != was.State {
		if err := paas.Builds.Check(was.State, b.State); err != nil {
			return was, err
		}
	}
	if was.State == paas.Builds.First && b.State != was.State && b.StartedAt.IsZero() {
		b.StartedAt = tx.Now
	}
	if paas.Builds.Final(b.State) && b.FinishedAt.IsZero() {
		b.FinishedAt = tx.Now
	}
	r := rowOfBuild(b)
	if err := tx.db.Table("builds").Where("id = ?", id).Select("*").Omit("id").Updates(&r).Error; err != nil {
		return was, fmt.Errorf("save build %d: %w", id, err)
	}
	if b.State == paas.BuildSucceeded && was.State != b.State {
		if err := tx.findImage(b.Image); err != nil {
			return was, err
		}
	}
	return b, tx.touchBuild(b, event)
}

// touchBuild marks what shows the build: its own topic and that of the deployment that waits for it.
func (tx *Tx) touchBuild(b paas.Build, event string) error {
	tx.touch(topic("build", b.ID), topic("app", b.AppID))
	var ids []int64
	if err := tx.db.Raw("SELECT id FROM deployments WHERE app_id = ? AND build_id = ? AND "+pending, b.AppID, b.ID).Scan(&ids).Error; err != nil {
		return fmt.Errorf("find the deployments of build %d: %w", b.ID, err)
	}
	for _, id := range ids {
		tx.touch(topic("deployment", id))
	}
	if event == "" {
		return nil
	}
	app, err := tx.App(b.AppID)
	if err != nil {
		return err
	}
	tx.Event(paas.Event{
		TeamID: app.TeamID, AppID: b.AppID, Kind: paas.EventKind("build." + string(b.State)), Subject: topic("build", b.ID), Actor: "Slipway",
		Text: fmt.Sprintf("Build %d %s.", b.Number, event),
	})
	return nil
}

type stepRow struct {
	BuildID  int64
	Number   int
	Name     text
	Started  stamp `gorm:"column:started_at"`
	Finished stamp `gorm:"column:finished_at"`
	Cached   bool
	Error    text
}

func (r stepRow) step() paas.Step {
	return paas.Step{Number: r.Number, Name: string(r.Name), Started: r.Started.Time, Finished: r.Finished.Time, Cached: r.Cached, Error: string(r.Error)}
}

// SaveSteps replaces the steps of a build.
func (s *Store) SaveSteps(ctx context.Context, build int64, steps []paas.Step) error {
	return s.Write(ctx, func(tx *Tx) error {
		b, err := oneBuild(locked(tx.db.Table("builds"), "builds").Where("id = ?", build))
		if err != nil {
			return err
		}
		if err := tx.db.Exec("DELETE FROM build_steps WHERE build_id = ?", build).Error; err != nil {
			return fmt.Errorf("clear the steps of build %d: %w", build, err)
		}
		if len(steps) > 0 {
			rows := each(steps, func(p paas.Step) stepRow {
				return stepRow{BuildID: build, Number: p.Number, Name: text(p.Name), Started: at(p.Started), Finished: at(p.Finished), Cached: p.Cached, Error: text(p.Error)}
			})
			if err := tx.create("build_steps", &rows); err != nil {
				return err
			}
		}
		return tx.touchBuild(b, "")
	})
}

// Steps lists the steps of a build in their order.
func (tx *Tx) Steps(build int64) ([]paas.Step, error) {
	var rows []stepRow
	if err := tx.db.Table("build_steps").Where("build_id = ?", build).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the steps of build %d: %w", build, err)
	}
	return each(rows, stepRow.step), nil
}
