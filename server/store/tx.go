package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/slipway-paas/slipway/server/paas"
)

// Tx is one transaction. It has one time, which every row written in it carries.
type Tx struct {
	Now    time.Time
	db     *gorm.DB
	store  *Store
	events []eventRow
	topics map[paas.Topic]bool
	routes bool  // what the edge serves changed
	served int64 // the version of the routes that this transaction makes; 0 until it has one
	after  []func(ctx context.Context, tx *sql.Tx) error
}

// tries is how often a transaction is attempted that lost against another one.
const tries = 10

// errStale says that a row changed between being read and being written; the transaction is tried again.
var errStale = errors.New("the row changed meanwhile")

// Write runs change in one transaction and tells the followers after its commit. change may run more than once, so it
// must not have effects of its own.
func (s *Store) Write(ctx context.Context, change func(*Tx) error) error {
	for try := 1; ; try++ {
		tx, err := s.write(ctx, change)
		if err == nil {
			tx.notify()
			return nil
		}
		if try == tries || (!transient(err) && !errors.Is(err, errStale)) {
			return err
		}
	}
}

func (s *Store) write(ctx context.Context, change func(*Tx) error) (*Tx, error) {
	tx := &Tx{Now: s.Now(), store: s, topics: map[paas.Topic]bool{}}
	return tx, s.writer.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		tx.db = db
		if err := change(tx); err != nil {
			return err
		}
		return tx.finish(ctx)
	})
}

// Read runs look in one transaction that sees one state of the database and cannot change it.
func (s *Store) Read(ctx context.Context, look func(*Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if s.pool != nil {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return s.reader.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		return look(&Tx{Now: s.Now(), store: s, db: db})
	}, opts)
}

// read is Read for a single answer.
func read[T any](ctx context.Context, s *Store, look func(*Tx) (T, error)) (v T, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		v, err = look(tx)
		return err
	})
	return v, err
}

// write is Write for a single answer.
func write[T any](ctx context.Context, s *Store, change func(*Tx) (T, error)) (v T, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		v, err = change(tx)
		return err
	})
	return v, err
}

// finish writes what comes last in a transaction: the workflows' rows, the version of the routes, and the events.
func (tx *Tx) finish(ctx context.Context) error {
	if len(tx.after) > 0 {
		conn, ok := tx.db.Statement.ConnPool.(*sql.Tx)
		if !ok {
			return fmt.Errorf("the transaction is a %T, not a *sql.Tx", tx.db.Statement.ConnPool)
		}
		for _, f := range tx.after {
			if err := f(ctx, conn); err != nil {
				return err
			}
		}
	}
	if tx.routes {
		if _, err := tx.numberRoutes(); err != nil {
			return err
		}
	}
	return tx.writeEvents()
}

// numberRoutes takes this transaction's version of the routes. Its row stays locked until the commit, so whoever reads
// a version also reads every change that it counts.
func (tx *Tx) numberRoutes() (_ int64, err error) {
	if tx.served == 0 {
		tx.served, err = tx.count("routes")
	}
	tx.touch("routes")
	return tx.served, err
}

// count takes the next number of a counter.
func (tx *Tx) count(name string) (int64, error) { return tx.countOn(name, 1) }

// countOn takes the next n numbers of a counter and returns the last.
func (tx *Tx) countOn(name string, n int64) (last int64, err error) {
	err = tx.db.Raw("UPDATE counters SET value = value + ? WHERE name = ? RETURNING value", n, name).Scan(&last).Error
	if err != nil {
		return 0, fmt.Errorf("take the next %s: %w", name, err)
	}
	return last, nil
}

func (tx *Tx) notify() {
	if tx.store.hooks.Notify != nil && len(tx.topics) > 0 {
		tx.store.hooks.Notify(slices.Sorted(maps.Keys(tx.topics)))
	}
}

// touch marks topics as changed.
func (tx *Tx) touch(topics ...paas.Topic) {
	for _, t := range topics {
		tx.topics[t] = true
	}
}

func topic(kind string, id int64) paas.Topic { return paas.Topic(fmt.Sprintf("%s:%d", kind, id)) }

// locked makes a query hold the rows of one table until the transaction ends. SQLite has one writer and needs no lock.
func locked(db *gorm.DB, table string) *gorm.DB {
	return db.Clauses(clause.Locking{Strength: "UPDATE", Table: clause.Table{Name: table}})
}

// fewRows is the room that queries of the scheduler's and the executors' daily work begin with: gorm makes room for twenty
// rows otherwise, 10 kB for tasks, while most of these find one or none.
const fewRows = 2

// one turns the result of a query for one row into the person's sentence when there is none.
func one(db *gorm.DB, format string, args ...any) error {
	switch {
	case db.Error != nil:
		return fmt.Errorf("query: %w", db.Error)
	case db.RowsAffected == 0:
		return paas.Errorf(paas.NotFound, format, args...)
	}
	return nil
}

// save writes what differs between two states of a row, if its version is still the one before. was and now point to rows
// of the same type; was nil means that all columns are written. Naming only what changed spares SQLite the other indexes.
func (tx *Tx) save(table string, was, now any, id, version int64) error {
	parsed := &gorm.Statement{DB: tx.db}
	if err := parsed.Parse(now); err != nil { // gorm keeps what it finds
		return fmt.Errorf("read the columns of %s: %w", table, err)
	}
	var set strings.Builder
	var values []any
	after, ctx := reflect.ValueOf(now).Elem(), tx.db.Statement.Context
	for _, f := range parsed.Schema.Fields {
		if f.PrimaryKey || !f.Updatable {
			continue
		}
		value := f.ReflectValueOf(ctx, after)
		if was != nil && equal(f.ReflectValueOf(ctx, reflect.ValueOf(was).Elem()), value) {
			continue
		}
		if len(values) > 0 {
			set.WriteString(", ")
		}
		set.WriteString(f.DBName + " = ?")
		values = append(values, value.Interface())
	}
	if len(values) == 0 {
		return nil
	}
	q := tx.db.Exec("UPDATE "+table+" SET "+set.String()+" WHERE id = ? AND version = ?", append(values, id, version)...)
	switch {
	case q.Error != nil:
		return fmt.Errorf("save %s %d: %w", table, id, q.Error)
	case q.RowsAffected == 0:
		return errStale
	}
	return nil
}

// equal reports whether two values of a column are the same; documents that are not the same one count as different.
func equal(a, b reflect.Value) bool { return a.Comparable() && a.Equal(b) }

// create inserts a row.
func (tx *Tx) create(table string, row any) error {
	if err := tx.db.Table(table).Create(row).Error; err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}
