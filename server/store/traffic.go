package store

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// SwitchTraffic gives the web group of a deployment the app's requests and makes its release the live one. It returns
// the version of the routes that has it; repeating it changes nothing.
func (s *Store) SwitchTraffic(ctx context.Context, deployment int64) (routesVersion int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		d, err := tx.Deployment(deployment)
		if err != nil {
			return err
		}
		if d.ReleaseID == 0 {
			return paas.Errorf(paas.Conflict, "Deployment %d of %s has no release yet.", d.Number, d.AppName)
		}
		routesVersion, err = tx.direct(d, d.ReleaseID, "has the traffic")
		return err
	})
	return routesVersion, err
}

// RevertTraffic gives the requests back to the release that had them before a deployment, also when its groups were
// retired already.
func (s *Store) RevertTraffic(ctx context.Context, deployment int64) (routesVersion int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		d, err := tx.Deployment(deployment)
		if err != nil {
			return err
		}
		routesVersion, err = tx.direct(d, d.PreviousID, "gave the traffic back")
		return err
	})
	return routesVersion, err
}

// direct gives the traffic of an app to one of its releases (0: to none) and returns the routes' version.
func (tx *Tx) direct(d paas.Deployment, release int64, event string) (int64, error) {
	app, err := tx.lockAppID(d.AppID)
	if err != nil {
		return 0, err
	}
	if !app.DeletedAt.IsZero() {
		return 0, paas.Errorf(paas.Conflict, "%s was destroyed.", app.Name)
	}
	if app.LiveID == release {
		return tx.routesVersion()
	}
	steps := []struct {
		sql  string
		args []any
	}{
		{"UPDATE server_groups SET traffic = FALSE WHERE app_id = ? AND traffic AND release_id <> ?", []any{app.ID, release}},
		{"UPDATE server_groups SET traffic = TRUE, retired_at = NULL WHERE app_id = ? AND release_id = ? AND process = ? AND NOT once",
			[]any{app.ID, release, paas.WebProcess}},
	}
	for _, step := range steps {
		if err := tx.db.Exec(step.sql, step.args...).Error; err != nil {
			return 0, fmt.Errorf("direct the traffic of app %d: %w", app.ID, err)
		}
	}
	if err := tx.revive(app, release); err != nil {
		return 0, err
	}
	app.LiveID = release
	if _, err := tx.SaveApp(app); err != nil {
		return 0, err
	}
	tx.touchDeployment(d)
	tx.Event(paas.Event{
		TeamID: app.TeamID, AppID: app.ID, Kind: "deployment.traffic", Subject: topic("deployment", d.ID), Actor: "Slipway",
		Text: fmt.Sprintf("Deployment %d %s.", d.Number, event),
	})
	return tx.numberRoutes()
}

// revive wants the tasks of a release again whose groups had been retired when the traffic came back to it.
func (tx *Tx) revive(app paas.App, release int64) error {
	groups, err := listGroups(tx.groups().Where("server_groups.release_id = ? AND server_groups.wanted = 0 AND NOT server_groups.once", release))
	if err != nil || app.Stopped {
		return err
	}
	for _, g := range groups {
		wanted, said := app.Settings.Scale[g.Process]
		if !said {
			wanted = 1
		}
		if err := tx.db.Exec("UPDATE server_groups SET wanted = ?, retired_at = NULL WHERE id = ?", wanted, g.ID).Error; err != nil {
			return fmt.Errorf("revive server group %d: %w", g.ID, err)
		}
		tx.touch("tasks")
	}
	return nil
}

func (tx *Tx) routesVersion() (v int64, err error) {
	if err := tx.db.Raw("SELECT value FROM counters WHERE name = 'routes'").Scan(&v).Error; err != nil {
		return 0, fmt.Errorf("read the routes' version: %w", err)
	}
	return v, nil
}

// edgeSilence is how long an edge that does not report still counts as serving.
const edgeSilence = 10 * time.Second

// RoutesApplied is the version of the routes that every edge serves at least; -1 when no edge reports.
func (s *Store) RoutesApplied(ctx context.Context) (int64, error) {
	return read(ctx, s, func(tx *Tx) (v int64, err error) {
		if err := tx.db.Raw("SELECT COALESCE(MIN(version), -1) FROM edges WHERE seen_at > ?", at(tx.Now.Add(-edgeSilence))).Scan(&v).Error; err != nil {
			return 0, fmt.Errorf("read what the edges serve: %w", err)
		}
		return v, nil
	})
}

// ReportRoutes is an edge saying which version of the routes it serves.
func (s *Store) ReportRoutes(ctx context.Context, edge string, version int64) error {
	return s.Write(ctx, func(tx *Tx) error {
		err := tx.db.Exec("INSERT INTO edges (name, version, seen_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at",
			edge, version, at(tx.Now)).Error
		if err != nil {
			return fmt.Errorf("note what edge %s serves: %w", edge, err)
		}
		tx.touch("edges")
		return nil
	})
}
