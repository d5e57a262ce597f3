// Package migrations holds the schema, forward and back, for both databases: the only place where it is written down.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// SQLite is the schema for SQLite.
func SQLite() fs.FS { return sub("sqlite") }

// PostgreSQL is the schema for PostgreSQL.
func PostgreSQL() fs.FS { return sub("postgres") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // only for a name that is not a valid path, and both are constants
	}
	return f
}
