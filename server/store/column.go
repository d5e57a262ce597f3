package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// stamp is a time column: UTC, in microseconds (what both databases keep), NULL for the zero time.
type stamp struct{ time.Time }

func at(t time.Time) stamp {
	if t.IsZero() {
		return stamp{}
	}
	return stamp{t.UTC().Truncate(time.Microsecond)}
}

// GormDataType keeps gorm from filling the column by itself.
func (stamp) GormDataType() string { return "stamp" }

// Value writes the column.
func (s stamp) Value() (driver.Value, error) {
	if s.IsZero() {
		return nil, nil
	}
	return at(s.Time).Time, nil
}

// Scan reads the column: a time from PostgreSQL, text from SQLite.
func (s *stamp) Scan(v any) (err error) {
	switch v := v.(type) {
	case nil:
		*s = stamp{}
	case time.Time:
		*s = at(v)
	case string:
		var t time.Time
		t, err = time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
		*s = at(t)
	default:
		err = fmt.Errorf("a time column holds %T", v)
	}
	return err
}

// link is a column that refers to a row: NULL for 0.
type link int64

// Value writes the column.
func (l link) Value() (driver.Value, error) {
	if l == 0 {
		return nil, nil
	}
	return int64(l), nil
}

// Scan reads the column.
func (l *link) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*l = 0
	case int64:
		*l = link(v)
	default:
		return fmt.Errorf("a reference holds %T", v)
	}
	return nil
}

// doc is a JSON column: NULL for null.
type doc[T any] struct{ V T }

// GormDataType keeps gorm from looking inside, where it would see relations.
func (doc[T]) GormDataType() string { return "json" }

func document[T any](v T) doc[T] { return doc[T]{v} }

// Value writes the column.
func (d doc[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.V)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", d.V, err)
	}
	if bytes.Equal(b, []byte("null")) {
		return nil, nil
	}
	return string(b), nil
}

// Scan reads the column.
func (d *doc[T]) Scan(v any) error {
	var zero T
	d.V = zero
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), &d.V)
	case []byte:
		return json.Unmarshal(v, &d.V)
	default:
		return fmt.Errorf("a document column holds %T", v)
	}
}

// text is prose that came from outside, such as an app's last words. PostgreSQL refuses NUL and invalid UTF-8.
type text string

// Value writes the column.
func (t text) Value() (driver.Value, error) {
	return strings.ReplaceAll(strings.ToValidUTF8(string(t), "\uFFFD"), "\x00", "\uFFFD"), nil
}

// Scan reads the column.
func (t *text) Scan(v any) error {
	switch v := v.(type) {
	case string:
		*t = text(v)
	case []byte:
		*t = text(v)
	default:
		return fmt.Errorf("a text column holds %T", v)
	}
	return nil
}
