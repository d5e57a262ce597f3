package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

type appRow struct {
	ID            int64
	TeamID        int64
	TeamName      string `gorm:"->"`
	Name          string
	Repo          string
	Branch        string
	Root          string
	Runtime       string
	CredentialID  link
	Settings      doc[paas.AppSettings]
	Version       int64
	LiveReleaseID link
	Stopped       bool
	Created       stamp `gorm:"column:created_at"`
	Deleted       stamp `gorm:"column:deleted_at"`
}

func (r appRow) app() (paas.App, error) {
	var repo paas.RepoURL
	if err := repo.UnmarshalText([]byte(r.Repo)); err != nil {
		return paas.App{}, fmt.Errorf("read the repository of app %d: %w", r.ID, err)
	}
	return paas.App{
		ID: r.ID, TeamID: r.TeamID, TeamName: r.TeamName, Name: r.Name, Repo: repo, Branch: paas.Ref(r.Branch), Root: paas.Subdir(r.Root),
		Runtime: r.Runtime, Credential: int64(r.CredentialID), Settings: r.Settings.V, Version: r.Version, LiveID: int64(r.LiveReleaseID),
		Stopped: r.Stopped, CreatedAt: r.Created.Time, DeletedAt: r.Deleted.Time,
	}, nil
}

func rowOfApp(a paas.App) appRow {
	return appRow{
		ID: a.ID, TeamID: a.TeamID, Name: a.Name, Repo: a.Repo.String(), Branch: string(a.Branch), Root: string(a.Root), Runtime: a.Runtime,
		CredentialID: link(a.Credential), Settings: document(a.Settings), Version: a.Version, LiveReleaseID: link(a.LiveID), Stopped: a.Stopped,
		Created: at(a.CreatedAt), Deleted: at(a.DeletedAt),
	}
}

func (tx *Tx) apps() *gorm.DB {
	return tx.db.Table("apps").Select("apps.*, teams.name AS team_name").Joins("JOIN teams ON teams.id = apps.team_id")
}

func oneApp(q *gorm.DB, format string, args ...any) (paas.App, error) {
	var r appRow
	if err := one(q.Limit(1).Find(&r), format, args...); err != nil {
		return paas.App{}, err
	}
	return r.app()
}

// App is the app with the id, also a destroyed one.
func (tx *Tx) App(id int64) (paas.App, error) {
	return oneApp(tx.apps().Where("apps.id = ?", id), "There is no such app.")
}

// AppNamed is the living app of that name.
func (tx *Tx) AppNamed(name string) (paas.App, error) {
	return oneApp(tx.apps().Where("apps.name = ? AND apps.deleted_at IS NULL", name), "There is no app called %q.", name)
}

// LockApp is AppNamed for a change: nobody else changes the app or numbers its things before this transaction ends.
func (tx *Tx) LockApp(name string) (paas.App, error) {
	return oneApp(locked(tx.apps(), "apps").Where("apps.name = ? AND apps.deleted_at IS NULL", name), "There is no app called %q.", name)
}

func (tx *Tx) lockAppID(id int64) (paas.App, error) {
	return oneApp(locked(tx.apps(), "apps").Where("apps.id = ?", id), "There is no such app.")
}

// App is the app with the id, also a destroyed one.
func (s *Store) App(ctx context.Context, id int64) (paas.App, error) {
	return read(ctx, s, func(tx *Tx) (paas.App, error) { return tx.App(id) })
}

// InsertApp makes an app. A name that is taken is a field error.
func (tx *Tx) InsertApp(a paas.App) (paas.App, error) {
	a.Version, a.CreatedAt = 1, tx.Now
	r := rowOfApp(a)
	if err := tx.create("apps", &r); errors.Is(err, gorm.ErrDuplicatedKey) {
		return a, paas.FieldErrorf("name", "The name %q is taken. Choose another.", a.Name).Because(err)
	} else if err != nil {
		return a, err
	}
	a.ID, tx.routes = r.ID, true
	return a, nil
}

// SaveApp writes an app back; another change since it was read makes the transaction start over.
func (tx *Tx) SaveApp(a paas.App) (paas.App, error) {
	was := a.Version
	a.Version++
	r := rowOfApp(a)
	tx.touch(topic("app", a.ID), topic("team", a.TeamID))
	tx.routes = true
	return a, tx.save("apps", nil, &r, a.ID, was)
}

// Apps lists the living apps of teams (nil: of all) whose name contains query, by name after a name.
func (tx *Tx) Apps(teams []int64, query string, before int64, limit int) ([]paas.App, error) {
	q := tx.apps().Where("apps.deleted_at IS NULL")
	if teams != nil {
		q = q.Where("apps.team_id IN ?", teams)
	}
	if query != "" {
		q = q.Where("apps.name LIKE ? ESCAPE '\\'", "%"+escapeLike(query)+"%")
	}
	if before > 0 {
		q = q.Where("apps.id < ?", before)
	}
	var rows []appRow
	if err := q.Order("apps.id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list apps: %w", err)
	}
	apps := make([]paas.App, len(rows))
	for i, r := range rows {
		var err error
		if apps[i], err = r.app(); err != nil {
			return nil, err
		}
	}
	return apps, nil
}

func escapeLike(s string) string {
	var b []byte
	for _, c := range []byte(s) {
		if c == '%' || c == '_' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return string(b)
}
