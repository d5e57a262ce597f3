package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/slipway-paas/slipway/migrations"
	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

var quoted = regexp.MustCompile(`'([^']*)'`)

// wordsOf are the words that a column's CHECK allows, as the database itself says.
func wordsOf(t *testing.T, s *store.Store, db *sql.DB, table, column string) []string {
	t.Helper()
	var check string
	if sqlite, _ := s.SystemDB(); sqlite != nil {
		schema := storetest.Strings(t, db, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)[0]
		_, rest, found := strings.Cut(schema, "CHECK ("+column+" IN (")
		if !found {
			t.Fatalf("%s.%s has no list of words", table, column)
		}
		check, _, _ = strings.Cut(rest, ")")
	} else {
		check = storetest.Strings(t, db, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", table+"_"+column+"_check")[0]
	}
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(check, -1) {
		words = append(words, m[1])
	}
	slices.Sort(words)
	return words
}

func words[T ~string](list ...T) (words []string) {
	for _, w := range list {
		words = append(words, string(w))
	}
	slices.Sort(words)
	return words
}

func TestTheDatabaseKnowsTheWordsOfTheDomain(t *testing.T) {
	t.Parallel()
	reasons := words(paas.ReasonNormal, paas.ReasonFailed, paas.ReasonKilled, paas.ReasonScaledDown, paas.ReasonStuck, paas.ReasonUnready, paas.ReasonOutOfMemory,
		paas.ReasonTimeLimit, paas.ReasonNoCommand, paas.ReasonNodeLost, paas.ReasonImageMissing, paas.ReasonEngineFault, "")
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		db := storetest.SQL(t, s)
		for _, tt := range []struct {
			table, column string
			want          []string
		}{
			{"builds", "state", words(paas.Builds.States()...)},
			{"deployments", "state", words(paas.Deployments.States()...)},
			{"tasks", "state", words(paas.Tasks.States()...)},
			{"nodes", "state", words(paas.Nodes.States()...)},
			{"tasks", "reason", reasons},
			{"deployments", "kind", words(paas.KindDeploy, paas.KindRollback, paas.KindConfig)},
			{"inspections", "state", words(paas.InspectionRunning, paas.InspectionDone, paas.InspectionFailed)},
			{"credentials", "kind", words(paas.CredentialToken, paas.CredentialSSHKey)},
			{"members", "role", words(paas.RoleOwner, paas.RoleMember)},
		} {
			if got := wordsOf(t, s, db, tt.table, tt.column); !slices.Equal(got, tt.want) {
				t.Errorf("%s.%s allows %q, want %q", tt.table, tt.column, got, tt.want)
			}
		}
	})
}

func TestMigrationsGoBackAndForthWithRecordsInPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		w.Live(app, node, 1)
		w.Live(app, node, 1)
		var dialect goose.Dialect = goose.DialectPostgres
		var files fs.FS = migrations.PostgreSQL()
		if sqlite, _ := s.SystemDB(); sqlite != nil {
			dialect, files = goose.DialectSQLite3, migrations.SQLite()
		}
		p, err := goose.NewProvider(dialect, storetest.SQL(t, s), files)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(t.Context(), 0); err != nil {
			t.Fatalf("back: %v", err)
		}
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatalf("forth: %v", err)
		}
		storetest.NewWorld(t, s).App("shop")
	})
}

func TestTheDatabaseRefusesWhatTheRulesForbid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		w.Live(app, node, 1)
		w.Live(app, node, 1)
		db := storetest.SQL(t, s)
		for rule, statement := range map[string]string{
			"one group of a process has the traffic":         "UPDATE server_groups SET traffic = TRUE, retired_at = NULL",
			"one deployment is live":                         "UPDATE deployments SET state = 'live'",
			"an unknown state":                               "UPDATE deployments SET state = 'happy'",
			"a finished build has an end":                    "UPDATE builds SET state = 'succeeded'",
			"a rollback has a target":                        "UPDATE deployments SET kind = 'rollback'",
			"a retired group wants nothing":                  "UPDATE server_groups SET wanted = 1 WHERE retired_at IS NOT NULL",
			"a running task has a node":                      "UPDATE tasks SET node_id = NULL WHERE state = 'running'",
			"a finished task has a reason":                   "UPDATE tasks SET state = 'finished', ready = FALSE, finished_at = since WHERE state = 'running'",
			"a slot has one wanted task":                     "INSERT INTO tasks (group_id, app_id, slot, attempt, state, stop, ready, replaced, fence, cpu_millis, memory_bytes, disk_bytes, address, exit_code, reason, detail, since, created_at, version) SELECT group_id, app_id, slot, 2, 'accepted', FALSE, FALSE, FALSE, 0, 0, 0, 0, '', 0, '', '', since, created_at, 1 FROM tasks WHERE state = 'running'",
			"a name belongs to one app":                      "INSERT INTO apps (team_id, name, repo, branch, root, runtime, settings, version, stopped, created_at) SELECT team_id, name, repo, branch, root, runtime, settings, version, stopped, created_at FROM apps",
			"an app belongs to a team":                       "UPDATE apps SET team_id = 999",
			"a password is stored as an argon2id hash":       "INSERT INTO users (email, name, password_hash, operator, created_at) SELECT 'a@b.c', 'A', 'secret', FALSE, created_at FROM teams",
			"an e-mail address is stored in lower case only": "INSERT INTO users (email, name, password_hash, operator, created_at) SELECT 'A@b.c', 'A', '$argon2id$x', FALSE, created_at FROM teams",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "constraint") {
				t.Errorf("%s: %q gave %v, want a violated constraint", rule, statement, err)
			}
		}
	})
}

// A pass of the scheduler must cost what changed, not what is there: with an order by id SQLite read 80,000 tasks ten
// times a second.
func TestChangedRowsAreFoundByTheirIndex(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	db := storetest.SQL(t, s)
	for _, table := range []string{"nodes", "tasks", "server_groups"} {
		rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+store.ChangedSQL(s, table))
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if want := "SEARCH " + table + " USING INDEX " + table + "_changed (changed>?)"; !slices.Contains(plan, want) {
			t.Errorf("changed rows of %s are found by %q, want %q", table, plan, want)
		}
	}
}
