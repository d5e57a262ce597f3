package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/slipway-paas/slipway/server/store"
)

// History is how much Seed writes.
type History struct {
	Apps        int
	Deployments int // of each app; the last one is live
	Events      int // of each deployment
	Tasks       int // running ones of each app
}

// Seed fills the world's store: its team owns all apps.
func (w *World) Seed(h History) {
	w.t.Helper()
	if err := Seed(w.t.Context(), w.Store, w.Team.ID, w.Node("seeded").ID, h); err != nil {
		w.t.Fatal(err)
	}
}

// Seed fills the store with the long history of a busy installation: each deployment with its build, release, retired
// server group and finished task. The team owns all apps, which are called app-1, app-2, …; the node runs all tasks.
func Seed(ctx context.Context, s *store.Store, team, node int64, h History) error {
	db, stop := handle(s)
	defer stop()
	retired := "'2026-11-01 12:00:00+00:00'"
	if sqlite, _ := s.SystemDB(); sqlite == nil {
		retired = "TIMESTAMPTZ " + retired
	}
	replace := strings.NewReplacer(
		"{apps}", fmt.Sprint(h.Apps), "{each}", fmt.Sprint(h.Deployments), "{all}", fmt.Sprint(h.Apps*h.Deployments),
		"{events}", fmt.Sprint(h.Events), "{tasks}", fmt.Sprint(h.Tasks), "{team}", fmt.Sprint(team), "{node}", fmt.Sprint(node),
		"{retired}", retired, "{at}", "'2026-11-01 12:00:00+00:00'", "{plan}", "'"+seedPlan+"'",
	)
	for _, statement := range seed {
		if _, err := db.ExecContext(ctx, replace.Replace(statement)); err != nil {
			return fmt.Errorf("seed: %w\n%s", err, statement)
		}
	}
	return nil
}

// handle is a handle on the store's database.
func handle(s *store.Store) (db *sql.DB, stop func()) {
	sqlite, pool := s.SystemDB()
	if sqlite != nil {
		return sqlite, func() {}
	}
	db = stdlib.OpenDBFromPool(pool)
	return db, func() { _ = db.Close() }
}

// SQL opens a handle on the store's database, to look or to write behind its back.
func SQL(t testing.TB, s *store.Store) *sql.DB {
	t.Helper()
	db, stop := handle(s)
	t.Cleanup(stop)
	return db
}

// Strings is the one text column of a query.
func Strings(t testing.TB, db *sql.DB, query string, args ...any) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

const seedPlan = `{"runtime":"node","title":"Node.js","version":"22","saw":["package.json depends on express."],"why":"There is a package.json.",
"processes":[{"name":"web","command":{"line":"node server.js"},"source":"Procfile line 1"}],"build":{},"run":{"port":8080,"healthPath":"/"}}`

// Row n of app a has the id (a-1)*each + n in every table of the history.
var seed = []string{
	`WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < {apps})
	INSERT INTO apps (id, team_id, name, repo, branch, root, runtime, settings, version, stopped, created_at)
	SELECT n, {team}, 'app-' || n, 'https://git.example.com/crew/app.git', 'main', '', '', '{}', 1, FALSE, {at} FROM a`,
	`WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < {all})
	INSERT INTO builds (id, app_id, number, state, ref, git_commit, no_cache, image_key, image, plan, dockerfile, created_at, finished_at, fence)
	SELECT n, (n - 1) / {each} + 1, (n - 1) % {each} + 1, 'succeeded', 'main', '{"sha":"0123456789abcdef","subject":"Change a thing"}', FALSE, 'key-' || n, 'image:' || n, {plan}, 'FROM base', {at}, {at}, 0 FROM d`,
	`WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < {all})
	INSERT INTO deployments (id, app_id, number, kind, state, reason, build_id, actor, phases, created_at, finished_at, version)
	SELECT n, (n - 1) / {each} + 1, (n - 1) % {each} + 1, 'deploy', CASE WHEN n % {each} = 0 THEN 'live' ELSE 'superseded' END, '', n, 'Ada',
		'[{"name":"queue","state":"succeeded","started":"2026-11-01T12:00:00Z","finished":"2026-11-01T12:00:01Z"},{"name":"build","state":"succeeded","started":"2026-11-01T12:00:01Z","finished":"2026-11-01T12:00:31Z"}]',
		{at}, {at}, 1 FROM d`,
	`WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < {all})
	INSERT INTO releases (id, app_id, number, build_id, deployment_id, image, git_commit, plan, settings, created_at, created_by)
	SELECT n, (n - 1) / {each} + 1, (n - 1) % {each} + 1, n, n, 'image:' || n, '{"sha":"0123456789abcdef","subject":"Change a thing"}', {plan}, '{}', {at}, 'Ada' FROM d`,
	`UPDATE deployments SET release_id = id, previous_id = CASE WHEN number > 1 THEN id - 1 END`,
	`UPDATE apps SET live_release_id = id * {each}`,
	`WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < {all})
	INSERT INTO server_groups (id, app_id, release_id, deployment_id, process, name, image, spec, cpu_millis, memory_bytes, disk_bytes, wanted, traffic, once, created_at, retired_at)
	SELECT n, (n - 1) / {each} + 1, n, n, 'web', 'app-v' || n, 'image:' || n, '{"port":8080}', 10, 16777216, 16777216, CASE WHEN n % {each} = 0 THEN {tasks} ELSE 0 END, n % {each} = 0, FALSE, {at},
		CASE WHEN n % {each} = 0 THEN NULL ELSE {retired} END FROM d`,
	`WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < {all})
	INSERT INTO tasks (group_id, app_id, slot, attempt, state, stop, ready, replaced, node_id, fence, cpu_millis, memory_bytes, disk_bytes, address, exit_code, reason, detail, since, created_at, finished_at, version)
	SELECT n, (n - 1) / {each} + 1, 1, 1, 'finished', TRUE, FALSE, n % {each} = 0, {node}, n, 10, 16777216, 16777216, '', 0, 'scaled_down', '', {at}, {at}, {at}, 1 FROM d`,
	`WITH RECURSIVE d (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < {apps} * {tasks} - 1)
	INSERT INTO tasks (group_id, app_id, slot, attempt, state, stop, ready, replaced, node_id, fence, cpu_millis, memory_bytes, disk_bytes, address, exit_code, reason, detail, since, created_at, ready_at, version)
	SELECT (n / {tasks} + 1) * {each}, n / {tasks} + 1, n % {tasks} + 1, 1, 'running', FALSE, TRUE, FALSE, {node}, n, 10, 16777216, 16777216, '10.0.0.1:' || (n % 60000 + 1), 0, '', '', {at}, {at}, {at}, 1 FROM d`,
	`WITH RECURSIVE e (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM e WHERE n < {all} * {events} - 1)
	INSERT INTO events (at, team_id, app_id, kind, subject, actor, text)
	SELECT {at}, {team}, n / ({each} * {events}) + 1, 'deployment.live', 'deployment:' || (n / {events} + 1), 'Slipway', 'Deployment is live.' FROM e`,
	`ANALYZE`,
}

// Exec writes behind the store's back.
func Exec(t testing.TB, s *store.Store, statement string) {
	t.Helper()
	if _, err := SQL(t, s).ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
}

// Past gives what moves every time of what is over into the past, as if so much time had gone by.
func Past(t testing.TB, s *store.Store, by time.Duration) func() {
	return func() {
		t.Helper()
		hours := fmt.Sprint(int(by.Hours()))
		for table, columns := range map[string][]string{
			"events": {"at"}, "tasks": {"finished_at"}, "server_groups": {"retired_at"}, "builds": {"finished_at"}, "inspections": {"created_at"},
		} {
			for _, column := range columns {
				moved := column + " - INTERVAL '" + hours + " hours'"
				if sqlite, _ := s.SystemDB(); sqlite != nil {
					moved = "strftime('%Y-%m-%d %H:%M:%f', " + column + ", '-" + hours + " hours') || '+00:00'"
				}
				Exec(t, s, "UPDATE "+table+" SET "+column+" = "+moved+" WHERE "+column+" IS NOT NULL")
			}
		}
	}
}
