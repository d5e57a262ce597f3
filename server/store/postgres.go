package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/slipway-paas/slipway/migrations"
)

// openPostgreSQL opens one pool, shared with the durable workflows.
func (s *Store) openPostgreSQL(ctx context.Context, databaseURL string) error {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The parser's error repeats the address without its password.
		return fmt.Errorf("read DATABASE_URL: %w", err)
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "slipway"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	s.pool = pool
	s.close = func() error {
		err := db.Close()
		pool.Close()
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120)) // another process may be migrating: try each second
	if err != nil {
		return fmt.Errorf("make the migration lock: %w", err)
	}
	if err := migrate(ctx, goose.DialectPostgres, db, migrations.PostgreSQL(), goose.WithSessionLocker(locker)); err != nil {
		return fmt.Errorf("bring the schema in PostgreSQL up to date: %w", err)
	}
	s.writer, err = openGorm(postgres.New(postgres.Config{Conn: db}))
	s.reader = s.writer
	return err
}

// migrate applies what is missing, each migration and its version in one transaction.
func migrate(ctx context.Context, d goose.Dialect, db *sql.DB, files fs.FS, opts ...goose.ProviderOption) error {
	p, err := goose.NewProvider(d, db, files, opts...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	_, err = p.Up(ctx)
	return err
}

// openGorm opens gorm without its own transactions, hooks' clock or log: statements may carry secrets.
func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Time{} },
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return db, nil
}

// transient reports whether a PostgreSQL transaction lost against another one and may be tried again.
// Source: PostgreSQL's error codes 40001 (serialization_failure) and 40P01 (deadlock_detected).
func transient(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
