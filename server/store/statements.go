package store

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	modernc "modernc.org/sqlite"
)

// keptStatements is how many prepared statements a connection keeps: more than what is asked often, at some 10 KB each.
const keptStatements = 100

// sqliteDriver is the driver without C whose connections keep their prepared statements: it parses a statement each time
// it runs, which was a fifth of what a busy scheduler used of the processor. database/sql's own statements are no help:
// in a transaction they are prepared anew.
const sqliteDriver = "slipway-sqlite"

func init() { sql.Register(sqliteDriver, keepingDriver{&modernc.Driver{}}) }

type keepingDriver struct{ driver.Driver }

// Open implements driver.Driver.
func (d keepingDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	conn, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of SQLite's driver is a %T", c), c.Close())
	}
	return &keepingConn{sqliteConn: conn, kept: map[string]*list.Element{}, order: list.New()}, nil
}

// sqliteConn is what the driver's connections can do and database/sql asks for.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is likewise of statements.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// sqliteRows is likewise of answers.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keepingConn is a connection that keeps the statements used last. A statement that runs is not among them, so that the
// same text may run again inside of the reading of its rows. database/sql lets one goroutine at a time use it.
type keepingConn struct {
	sqliteConn
	kept  map[string]*list.Element
	order *list.List // of keptStatement, the one used last in front
}

type keptStatement struct {
	text string
	stmt sqliteStmt
}

// take gives a statement out, prepared.
func (c *keepingConn) take(ctx context.Context, text string) (sqliteStmt, error) {
	if e := c.kept[text]; e != nil {
		delete(c.kept, text)
		return c.order.Remove(e).(keptStatement).stmt, nil
	}
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	stmt, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a statement of SQLite's driver is a %T", s), s.Close())
	}
	return stmt, nil
}

// keep takes a statement back.
func (c *keepingConn) keep(text string, stmt sqliteStmt) error {
	if c.kept[text] != nil {
		return stmt.Close()
	}
	c.kept[text] = c.order.PushFront(keptStatement{text, stmt})
	if c.order.Len() <= keptStatements {
		return nil
	}
	last := c.order.Remove(c.order.Back()).(keptStatement)
	delete(c.kept, last.text)
	return last.stmt.Close()
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := stmt.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	return r, c.keep(text, stmt)
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	rows, ok := r.(sqliteRows)
	if !ok {
		return nil, errors.Join(fmt.Errorf("an answer of SQLite's driver is a %T", r), r.Close(), stmt.Close())
	}
	return &keepingRows{sqliteRows: rows, conn: c, text: text, stmt: stmt}, nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	var errs []error
	for e := c.order.Front(); e != nil; e = e.Next() {
		errs = append(errs, e.Value.(keptStatement).stmt.Close())
	}
	c.kept, c.order = map[string]*list.Element{}, list.New()
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keepingRows are the rows of a statement that goes back when they are closed.
type keepingRows struct {
	sqliteRows
	conn *keepingConn
	text string
	stmt sqliteStmt // nil when it has gone back
}

// Close implements driver.Rows.
func (r *keepingRows) Close() error {
	err := r.sqliteRows.Close()
	stmt := r.stmt
	if r.stmt = nil; stmt == nil {
		return err
	}
	if err != nil {
		return errors.Join(err, stmt.Close())
	}
	return r.conn.keep(r.text, stmt)
}
