// Package storetest opens fresh stores for tests, on SQLite and on PostgreSQL. It starts PostgreSQL from the machine's
// own programs where none is given, and fails with what is missing rather than skip.
package storetest

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/slipway-paas/slipway/server/secret"
	"github.com/slipway-paas/slipway/server/store"
)

// Keeper is a keeper with a key that only tests use.
func Keeper(t testing.TB) *secret.Keeper {
	t.Helper()
	k, err := secret.New(bytes.Repeat([]byte{7}, secret.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// SQLite opens a fresh store on a SQLite file.
func SQLite(t testing.TB, change ...func(*store.Config)) *store.Store {
	t.Helper()
	return Open(t, append([]func(*store.Config){func(c *store.Config) { c.Path = filepath.Join(t.TempDir(), "slipway.db") }}, change...)...)
}

// Open opens a store as change says, and closes it with the test.
func Open(t testing.TB, change ...func(*store.Config)) *store.Store {
	t.Helper()
	c := store.Config{Secrets: Keeper(t)}
	for _, f := range change {
		f(&c)
	}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Each runs a test on both databases.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, PostgreSQL(t))
	})
}
