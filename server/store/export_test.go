package store

import "gorm.io/gorm"

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
