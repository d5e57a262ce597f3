// Package store keeps the platform's records in SQLite or PostgreSQL. gorm stops here: rows are unexported, everything
// that leaves is of server/paas. Each change is one transaction that carries one fixed time, checks the legal moves,
// and writes the events that tell of it; who follows those topics is told after the commit.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"github.com/slipway-paas/slipway/server/paas"
)

// Config says where the records are and what the store needs of others.
type Config struct {
	Path        string           // SQLite file; used when DatabaseURL is empty
	DatabaseURL string           // PostgreSQL, as postgres://…
	Secrets     Secrets          // seals what must not be readable in the database
	EdgeDomain  string           // apps answer at NAME.EdgeDomain; "" means localhost
	Now         func() time.Time // nil means time.Now
}

// Secrets seals and opens values with a team's data key, which it unwraps itself. about names what a value belongs to;
// a sealed value opens only with the same words.
type Secrets interface {
	NewKey(keyAbout string) (wrapped []byte, err error)
	Seal(wrapped []byte, keyAbout string, plain []byte, about ...string) ([]byte, error)
	Open(wrapped []byte, keyAbout string, sealed []byte, about ...string) ([]byte, error)
	Fingerprint(wrapped []byte, keyAbout string, plain []byte) (string, error)
}

// Hooks connect the store to the live streams and to the durable workflows. They are set once, at composition.
type Hooks struct {
	// Notify is called after a commit with the topics that changed. It must not block: it runs on the writer's goroutine.
	Notify func(topics []paas.Topic)
	// Enqueue starts workflows in the transaction that writes their row.
	Enqueue Enqueuer
}

// Enqueuer puts a workflow in its queue within tx, which is a *sql.Tx on the database of SystemDB.
type Enqueuer interface {
	EnqueueDeployment(ctx context.Context, tx any, deployment, app int64) error
	EnqueueInspection(ctx context.Context, tx any, inspection int64) error
}

// Store is the records of one installation.
type Store struct {
	writer  *gorm.DB
	reader  *gorm.DB // the writer itself on PostgreSQL
	sqlite  *sql.DB
	pool    *pgxpool.Pool
	close   func() error
	secrets Secrets
	domain  string
	now     func() time.Time
	hooks   Hooks
	reports reports
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{secrets: c.Secrets, domain: c.EdgeDomain, now: c.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if s.domain == "" {
		s.domain = "localhost"
	}
	open := s.openSQLite
	where := c.Path
	if c.DatabaseURL != "" {
		open, where = s.openPostgreSQL, c.DatabaseURL
	}
	if err := open(ctx, where); err != nil {
		if s.close != nil {
			err = errors.Join(err, s.close())
		}
		return nil, err
	}
	return s, nil
}

// Use sets the hooks. Call it before the first change.
func (s *Store) Use(h Hooks) { s.hooks = h }

// Close ends all connections.
func (s *Store) Close() error { return s.close() }

// SystemDB is the handle that the durable workflows share, so that a row and its workflow commit together: the SQLite
// writer or the PostgreSQL pool; the other is nil.
func (s *Store) SystemDB() (*sql.DB, *pgxpool.Pool) { return s.sqlite, s.pool }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.reader.WithContext(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}
