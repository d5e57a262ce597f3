package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// keeping is the only connection to a new database with a table of the numbers 1 to 5.
func keeping(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := store.OpenSQLite(filepath.Join(t.TempDir(), "numbers.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, db.Close()) })
	conn, err := db.Conn(t.Context())
	check(t, err)
	t.Cleanup(func() { check(t, conn.Close()) })
	do(t, conn, "CREATE TABLE numbers (n INTEGER PRIMARY KEY); INSERT INTO numbers VALUES (1), (2), (3), (4), (5)")
	return conn
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, conn *sql.Conn, text string, args ...any) {
	t.Helper()
	_, err := conn.ExecContext(t.Context(), text, args...)
	check(t, err)
}

const above = "SELECT n FROM numbers WHERE n > ? ORDER BY n"

// numbersAbove reads the first few numbers above one; most is how many.
func numbersAbove(t *testing.T, conn *sql.Conn, n, most int) (list []int) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), above, n)
	check(t, err)
	for len(list) < most && rows.Next() {
		var n int
		check(t, rows.Scan(&n))
		list = append(list, n)
	}
	check(t, rows.Close())
	check(t, rows.Err())
	return list
}

func kept(t *testing.T, conn *sql.Conn) (texts []string) {
	t.Helper()
	check(t, conn.Raw(func(c any) error {
		texts = store.Kept(c)
		return nil
	}))
	return texts
}

func TestAStatementIsPreparedOnceAndAnswersAnew(t *testing.T) {
	t.Parallel()
	conn := keeping(t)
	for _, tt := range []struct {
		above, most int
		want        []int
	}{{3, 9, []int{4, 5}}, {1, 2, []int{2, 3}}, {0, 9, []int{1, 2, 3, 4, 5}}, {9, 9, nil}, {4, 9, []int{5}}} {
		if got := numbersAbove(t, conn, tt.above, tt.most); !slices.Equal(got, tt.want) {
			t.Errorf("the first %d numbers above %d are %v, want %v", tt.most, tt.above, got, tt.want)
		}
	}
	if texts := kept(t, conn); len(texts) != 2 || texts[0] != above {
		t.Errorf("kept %q, want the query and what made the table", texts)
	}
}

func TestAStatementMayRunInsideTheReadingOfItsRows(t *testing.T) {
	t.Parallel()
	conn := keeping(t)
	numbersAbove(t, conn, 0, 9)
	rows, err := conn.QueryContext(t.Context(), above, 3)
	check(t, err)
	var outer, inner []int
	for rows.Next() {
		var n int
		check(t, rows.Scan(&n))
		outer = append(outer, n)
		inner = append(inner, numbersAbove(t, conn, n-1, 1)...)
	}
	check(t, rows.Err())
	check(t, rows.Close())
	if !slices.Equal(outer, []int{4, 5}) || !slices.Equal(inner, outer) {
		t.Errorf("outside %v, inside %v; want 4 and 5 both", outer, inner)
	}
	if texts := kept(t, conn); len(texts) != 2 {
		t.Errorf("kept %q, want each text once", texts)
	}
}

func TestTheStatementsUsedLastAreKept(t *testing.T) {
	t.Parallel()
	conn := keeping(t)
	for i := range 3 * store.MostKept {
		do(t, conn, fmt.Sprintf("DELETE FROM numbers WHERE n = %d", 100+i))
		numbersAbove(t, conn, 0, 1)
	}
	texts := kept(t, conn)
	if len(texts) != store.MostKept || texts[0] != above || slices.Contains(texts, "DELETE FROM numbers WHERE n = 100") {
		t.Errorf("kept %d statements, the last of them %q; want %d, without the first", len(texts), texts[0], store.MostKept)
	}
}

func TestAKeptStatementSurvivesWhatGoesWrong(t *testing.T) {
	t.Parallel()
	conn := keeping(t)
	const insert = "INSERT INTO numbers (n) VALUES (?)"
	do(t, conn, insert, 6)
	if _, err := conn.ExecContext(t.Context(), insert, 6); err == nil {
		t.Fatal("a number went in twice")
	}
	do(t, conn, insert, 7)
	if _, err := conn.ExecContext(t.Context(), "INSERT INTO nothing VALUES (1)"); err == nil {
		t.Fatal("a table that is not there was written")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rows, err := conn.QueryContext(ctx, above, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a query of one who has gone gave %v, %v", rows, err)
	}
	if got := numbersAbove(t, conn, 4, 9); !slices.Equal(got, []int{5, 6, 7}) {
		t.Errorf("afterwards the numbers above 4 are %v", got)
	}
}

func TestAKeptStatementSeesANewColumn(t *testing.T) {
	t.Parallel()
	conn := keeping(t)
	columns := func() []string {
		rows, err := conn.QueryContext(t.Context(), "SELECT * FROM numbers")
		check(t, err)
		defer func() { check(t, rows.Close()) }()
		names, err := rows.Columns()
		check(t, err)
		return names
	}
	columns()
	do(t, conn, "ALTER TABLE numbers ADD COLUMN name TEXT")
	if got := columns(); !slices.Equal(got, []string{"n", "name"}) {
		t.Errorf("after a column was added the columns are %v", got)
	}
}

func TestTheStoreKeepsItsStatements(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	w := storetest.NewWorld(t, s)
	g := group(t, w, w.App("shop"), 3)
	w.Run(g, w.Node("one"), 3)
	conn, err := storetest.SQL(t, s).Conn(t.Context())
	check(t, err)
	defer func() { check(t, conn.Close()) }()
	if texts := kept(t, conn); len(texts) < 10 {
		t.Errorf("after some work the writer keeps only %q", texts)
	}
}
