package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/slipway-paas/slipway/migrations"
)

// readers is how many connections read a SQLite file at once. They never wait for the writer: the journal is a WAL.
const readers = 8

// openSQLite opens one connection that writes and a pool that reads. SQLite lets one writer in at a time anyway; with
// eight of them the last waited up to 1.3 s for the lock, while a queue in front of one connection is fair.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	// SQLite would make the file readable to all; its journals take the mode of the file.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	writer, err := sql.Open(sqliteDriver, sqliteDSN(path, "_txlock=immediate"))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	s.close = writer.Close
	if err := migrate(ctx, goose.DialectSQLite3, writer, migrations.SQLite()); err != nil {
		return fmt.Errorf("bring the schema of %s up to date: %w", path, err)
	}
	reader, err := sql.Open(sqliteDriver, sqliteDSN(path, "_pragma=query_only(1)"))
	if err != nil {
		return fmt.Errorf("open %s for reading: %w", path, err)
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	s.sqlite = writer
	s.close = func() error { return errors.Join(reader.Close(), writer.Close()) }
	if s.writer, err = openGorm(sqliteDialect(writer)); err != nil {
		return err
	}
	s.reader, err = openGorm(sqliteDialect(reader))
	return err
}

// sqliteDSN sets what every connection needs: a commit is on the disk before it is acknowledged (synchronous=FULL), and
// times are text that sorts.
func sqliteDSN(path, more string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=temp_store(memory)&_pragma=cache_size(-16000)&_time_format=sqlite&" + more
}

// dialect is gorm's SQLite dialect with the errors of the driver without C, which gorm's own does not know.
type dialect struct{ *sqlite.Dialector }

func sqliteDialect(db *sql.DB) gorm.Dialector {
	return dialect{sqlite.New(sqlite.Config{Conn: db}).(*sqlite.Dialector)}
}

// Translate maps the driver's codes to gorm's errors.
func (dialect) Translate(err error) error {
	var e *modernc.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return fmt.Errorf("%w: %w", gorm.ErrCheckConstraintViolated, err)
	}
	return err
}
