package store_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func setVariables(w *storetest.World, app paas.App, set map[string]string, unset ...string) (changed []string) {
	w.Do(func(tx *store.Tx) (err error) {
		changed, err = tx.SetVariables(app, "Ada", set, unset)
		return err
	})
	slices.Sort(changed)
	return changed
}

func TestAReleaseKeepsTheValuesItWasMadeWith(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := storetest.NewWorld(t, s)
		node, app := w.Node("one"), w.App("shop")
		setVariables(w, app, map[string]string{"DATABASE_URL": "postgres://first", "MODE": "test", "GONE": "x"})
		_, r1, g1 := w.Live(app, node, 1)
		if got := setVariables(w, app, map[string]string{"DATABASE_URL": "postgres://second", "MODE": "test"}, "GONE", "NEVER"); !slices.Equal(got, []string{"DATABASE_URL", "GONE"}) {
			t.Errorf("changed %v, want DATABASE_URL and GONE", got)
		}
		env, err := s.TaskEnv(ctx, w.Tasks(g1.ID)[0])
		want := map[string]string{
			"DATABASE_URL": "postgres://first", "MODE": "test", "GONE": "x", "PORT": "8080", "SLIPWAY_APP": "shop", "SLIPWAY_TEAM": "crew",
			"SLIPWAY_RELEASE": "v1", "SLIPWAY_COMMIT": "0123456789abcdef", "SLIPWAY_PROCESS": "web", "SLIPWAY_SLOT": "1", "SLIPWAY_TASK": itoa(w.Tasks(g1.ID)[0].ID),
		}
		if err != nil || !maps.Equal(env, want) {
			t.Errorf("environment of v1: %v, %v; want %v", env, err, want)
		}
		_, r2, g2 := w.Live(app, node, 1)
		if env, err = s.TaskEnv(ctx, w.Tasks(g2.ID)[0]); err != nil || env["DATABASE_URL"] != "postgres://second" || env["GONE"] != "" {
			t.Errorf("environment of v2: %v, %v", env, err)
		}
		if !slices.Equal(r1.Variables, []string{"DATABASE_URL", "GONE", "MODE"}) || !slices.Equal(r2.Variables, []string{"DATABASE_URL", "MODE"}) {
			t.Errorf("names: v1 %v, v2 %v", r1.Variables, r2.Variables)
		}
		var back paas.Deployment
		w.Do(func(tx *store.Tx) (err error) {
			back, err = tx.InsertDeployment(paas.Deployment{AppID: app.ID, Kind: paas.KindRollback, TargetID: r1.ID, Actor: "Ada"})
			return err
		})
		r3, err := s.CreateRelease(ctx, back.ID, r1.Image, r1.Plan, r1.Commit)
		if err != nil || r3.From != r1.ID || !slices.Equal(r3.Variables, r1.Variables) {
			t.Fatalf("the rollback's release is %+v, %v", r3, err)
		}
		env, err = s.TaskEnv(ctx, paas.Task{AppID: app.ID, TeamID: app.TeamID, ReleaseID: r3.ID})
		if err != nil || env["DATABASE_URL"] != "postgres://first" || env["SLIPWAY_RELEASE"] != "v3" {
			t.Errorf("environment of the rollback: %v, %v", env, err)
		}
	})
}

func TestAReleaseMakesTheSecretsThatItsSourceAsksFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app := w.App("shop")
		setVariables(w, app, map[string]string{"GIVEN": "ours"})
		release := func() map[string]string {
			var d paas.Deployment
			w.Do(func(tx *store.Tx) (err error) {
				d, err = tx.InsertDeployment(paas.Deployment{AppID: app.ID, Kind: paas.KindConfig, Actor: "Ada"})
				return err
			})
			r, err := s.CreateRelease(t.Context(), d.ID, "image", paas.Plan{Secrets: []string{"GIVEN", "SESSION"}}, paas.Commit{})
			if err != nil || !slices.Equal(r.Variables, []string{"GIVEN", "SESSION"}) {
				t.Fatalf("release %+v, error %v", r, err)
			}
			env, err := s.TaskEnv(t.Context(), paas.Task{AppID: app.ID, TeamID: app.TeamID, ReleaseID: r.ID})
			if err != nil {
				t.Fatal(err)
			}
			return env
		}
		first, second := release(), release()
		if first["GIVEN"] != "ours" || len(first["SESSION"]) != 64 || second["SESSION"] != first["SESSION"] {
			t.Errorf("values %q, then %q: want the given one kept, and one secret for good", first, second)
		}
	})
}

func TestTheDatabaseFileTellsNoSecrets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "slipway.db")
	s := storetest.Open(t, func(c *store.Config) { c.Path = path })
	w := storetest.NewWorld(t, s)
	app, node := w.App("shop"), w.Node("one")
	var planted [][]byte
	set := map[string]string{}
	for i := range 1000 {
		value := fmt.Sprintf("planted-%04d-%08x", i, i*2654435761)
		planted = append(planted, []byte(value))
		set[fmt.Sprintf("SECRET_%d", i)] = value
	}
	setVariables(w, app, set)
	w.Live(app, node, 1)
	w.Do(func(tx *store.Tx) error {
		_, err := tx.InsertCredential(paas.Credential{TeamID: w.Team.ID, Name: "forge", Kind: paas.CredentialToken}, "planted-credential")
		return err
	})
	planted = append(planted, []byte("planted-credential"))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database's file has mode %v, %v; want 0600", info.Mode(), err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		size += len(b)
		for _, p := range planted {
			if bytes.Contains(b, p) || bytes.Contains(b, fmt.Appendf(nil, "%x", p)) {
				t.Errorf("%s contains %q", filepath.Base(f), p)
			}
		}
	}
	if size < 100<<10 {
		t.Errorf("only %d bytes were searched in %v", size, files)
	}
	_, secret, err := s.CredentialSecret(t.Context(), 1)
	if err != nil || secret != "planted-credential" {
		t.Errorf("the credential opens as %q, %v", secret, err)
	}
}

func TestSwappedValuesDoNotOpen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		setVariables(w, app, map[string]string{"A": "one", "B": "two"})
		_, _, g := w.Live(app, node, 1)
		db := storetest.SQL(t, s)
		if _, err := db.ExecContext(t.Context(), "UPDATE release_variables SET value = (SELECT value FROM variables WHERE name = 'B') WHERE name = 'A'"); err != nil {
			t.Fatal(err)
		}
		if env, err := s.TaskEnv(t.Context(), w.Tasks(g.ID)[0]); err == nil {
			t.Errorf("a swapped value opened: %v", env)
		}
	})
}
