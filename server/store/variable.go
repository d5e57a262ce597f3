package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/slipway-paas/slipway/server/paas"
)

type variableRow struct {
	AppID       int64
	ReleaseID   int64
	Name        string
	Version     int64
	Value       []byte
	Fingerprint string
	Updated     stamp  `gorm:"column:updated_at"`
	Author      string `gorm:"column:updated_by"`
	Released    bool   `gorm:"->"`
}

// keyOf is a team's data key, wrapped, and the words it was wrapped with.
func (tx *Tx) keyOf(team int64) (wrapped []byte, about string, err error) {
	var row struct{ DataKey []byte }
	err = one(tx.db.Table("teams").Select("data_key").Where("id = ?", team).Limit(1).Find(&row), "There is no such team.")
	return row.DataKey, keyAbout(team), err
}

func keyAbout(team int64) string { return "team:" + strconv.FormatInt(team, 10) }

// variableAbout is what a value is sealed with: it opens only as this version of this variable of this app.
func variableAbout(app int64, name string, version int64) []string {
	return []string{"variable", strconv.FormatInt(app, 10), name, strconv.FormatInt(version, 10)}
}

// Variables lists an app's variables by name, without their values.
func (tx *Tx) Variables(app paas.App) ([]paas.Variable, error) {
	var rows []variableRow
	err := tx.db.Raw(`SELECT v.name, v.fingerprint, v.updated_at, v.updated_by, r.name IS NOT NULL AS released FROM variables v
		LEFT JOIN release_variables r ON r.release_id = ? AND r.name = v.name AND r.fingerprint = v.fingerprint
		WHERE v.app_id = ? ORDER BY v.name`, app.LiveID, app.ID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the variables of app %d: %w", app.ID, err)
	}
	return each(rows, func(r variableRow) paas.Variable {
		return paas.Variable{Name: r.Name, UpdatedAt: r.Updated.Time, UpdatedBy: r.Author, Fingerprint: r.Fingerprint, Released: r.Released}
	}), nil
}

// SetVariables seals and writes values, and removes names. It returns the names that changed: a value equal to the one
// that is there does not.
func (tx *Tx) SetVariables(app paas.App, by string, set map[string]string, unset []string) (changed []string, err error) {
	key, about, err := tx.keyOf(app.TeamID)
	if err != nil {
		return nil, err
	}
	var rows []variableRow
	if err := tx.db.Table("variables").Select("name", "version", "fingerprint").Where("app_id = ?", app.ID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the variables of app %d: %w", app.ID, err)
	}
	have := map[string]variableRow{}
	for _, r := range rows {
		have[r.Name] = r
	}
	for _, name := range unset {
		if _, ok := have[name]; !ok {
			continue
		}
		if err := tx.db.Exec("DELETE FROM variables WHERE app_id = ? AND name = ?", app.ID, name).Error; err != nil {
			return nil, fmt.Errorf("remove a variable of app %d: %w", app.ID, err)
		}
		changed = append(changed, name)
	}
	secrets := tx.store.secrets
	for name, value := range set {
		print, err := secrets.Fingerprint(key, about, []byte(value))
		if err != nil {
			return nil, fmt.Errorf("fingerprint a variable of app %d: %w", app.ID, err)
		}
		if have[name].Fingerprint == print {
			continue
		}
		version := tx.Now.UnixMicro() // higher than that of an older value, also after it was removed
		sealed, err := secrets.Seal(key, about, []byte(value), variableAbout(app.ID, name, version)...)
		if err != nil {
			return nil, fmt.Errorf("seal a variable of app %d: %w", app.ID, err)
		}
		err = tx.db.Exec(`INSERT INTO variables (app_id, name, version, value, fingerprint, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (app_id, name) DO UPDATE SET version = excluded.version, value = excluded.value, fingerprint = excluded.fingerprint,
				updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			app.ID, name, version, sealed, print, at(tx.Now), by).Error
		if err != nil {
			return nil, fmt.Errorf("write a variable of app %d: %w", app.ID, err)
		}
		changed = append(changed, name)
	}
	return changed, nil
}

// generatedBy is the author of variables whose values were made here because the app's source asks for that.
const generatedBy = "app.json"

// generateVariables gives those of names that have no value a random one of 256 bits, as hexadecimal text.
func (tx *Tx) generateVariables(app paas.App, names []string) error {
	if len(names) == 0 {
		return nil
	}
	have, err := tx.Variables(app)
	if err != nil {
		return err
	}
	set := map[string]string{}
	for _, name := range names {
		if !slices.ContainsFunc(have, func(v paas.Variable) bool { return v.Name == name }) {
			secret := make([]byte, 32)
			rand.Read(secret) // never fails
			set[name] = hex.EncodeToString(secret)
		}
	}
	if len(set) == 0 {
		return nil
	}
	_, err = tx.SetVariables(app, generatedBy, set, nil)
	return err
}

// releaseValues opens the values that a release was made with.
func (tx *Tx) releaseValues(team, app, release int64) (map[string]string, error) {
	var rows []variableRow
	if err := tx.db.Table("release_variables").Where("release_id = ?", release).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("load the variables of release %d: %w", release, err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, about, err := tx.keyOf(team)
	if err != nil {
		return nil, err
	}
	values := make(map[string]string, len(rows))
	for _, r := range rows {
		value, err := tx.store.secrets.Open(key, about, r.Value, variableAbout(app, r.Name, r.Version)...)
		if err != nil {
			return nil, fmt.Errorf("open the variable %s of release %d: %w", r.Name, release, err)
		}
		values[r.Name] = string(value)
	}
	return values, nil
}

// ReleaseFingerprints maps the names of a release's variables to their fingerprints.
func (tx *Tx) ReleaseFingerprints(release int64) (map[string]string, error) {
	var rows []variableRow
	if err := tx.db.Table("release_variables").Select("name", "fingerprint").Where("release_id = ?", release).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the variables of release %d: %w", release, err)
	}
	prints := make(map[string]string, len(rows))
	for _, r := range rows {
		prints[r.Name] = r.Fingerprint
	}
	return prints, nil
}

// TaskEnv is the environment of a task: the defaults of its source, the variables of its release, and what Slipway
// says of itself, each over the one before.
func (s *Store) TaskEnv(ctx context.Context, t paas.Task) (map[string]string, error) {
	return read(ctx, s, func(tx *Tx) (map[string]string, error) {
		r, err := tx.Release(t.ReleaseID)
		if err != nil {
			return nil, err
		}
		values, err := tx.releaseValues(t.TeamID, t.AppID, t.ReleaseID)
		if err != nil {
			return nil, err
		}
		env := map[string]string{}
		for _, layer := range []map[string]string{r.Plan.Env, values, slipwayEnv(t, r)} {
			for name, value := range layer {
				env[name] = value
			}
		}
		return env, nil
	})
}

func slipwayEnv(t paas.Task, r paas.Release) map[string]string {
	env := map[string]string{
		"SLIPWAY_APP": t.AppName, "SLIPWAY_TEAM": t.TeamName, "SLIPWAY_RELEASE": fmt.Sprintf("v%d", r.Number), "SLIPWAY_COMMIT": r.Commit.SHA,
		"SLIPWAY_PROCESS": t.Process, "SLIPWAY_SLOT": strconv.Itoa(t.Slot), "SLIPWAY_TASK": strconv.FormatInt(t.ID, 10),
	}
	if t.Spec.Port != 0 {
		env["PORT"] = strconv.Itoa(t.Spec.Port)
	}
	return env
}
