package store

import (
	"database/sql"

	"gorm.io/gorm"
)

// ChangedSQL is the query by which the fleet's followers find changed rows of a table.
func ChangedSQL(s *Store, table string) string {
	return s.reader.ToSQL(func(db *gorm.DB) *gorm.DB {
		tx := &Tx{db: db, store: s}
		q := tx.changed(table, 7)
		if table == "server_groups" {
			q = tx.changedGroups(7)
		}
		var rows []map[string]any
		return q.Find(&rows)
	})
}

// OpenSQLite opens a SQLite file with connections that keep their statements.
func OpenSQLite(path string) (*sql.DB, error) { return sql.Open(sqliteDriver, sqliteDSN(path, "")) }

// Kept is the texts of the statements that a driver's connection keeps, the one used last in front.
func Kept(conn any) (texts []string) {
	c := conn.(*keepingConn)
	for e := c.order.Front(); e != nil; e = e.Next() {
		texts = append(texts, e.Value.(keptStatement).text)
	}
	return texts
}

// MostKept is how many statements a connection keeps at most.
const MostKept = keptStatements
