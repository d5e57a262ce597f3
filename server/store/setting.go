package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"gorm.io/gorm"
)

// Setting is a value the installation keeps for itself; "" when it has none.
func (tx *Tx) Setting(key string) (value string, err error) {
	if err := tx.db.Raw("SELECT value FROM settings WHERE key = ?", key).Scan(&value).Error; err != nil {
		return "", fmt.Errorf("read the setting %s: %w", key, err)
	}
	return value, nil
}

// SetSetting keeps a value; "" removes it.
func (tx *Tx) SetSetting(key, value string) error {
	var q *gorm.DB
	if value == "" {
		q = tx.db.Exec("DELETE FROM settings WHERE key = ?", key)
	} else {
		q = tx.db.Exec("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	}
	if q.Error != nil {
		return fmt.Errorf("write the setting %s: %w", key, q.Error)
	}
	return nil
}

// TakeSetting removes a value if it is still the one given; of several at once, one takes it.
func (tx *Tx) TakeSetting(key, value string) (taken bool, err error) {
	q := tx.db.Exec("DELETE FROM settings WHERE key = ? AND value = ?", key, value)
	if q.Error != nil {
		return false, fmt.Errorf("take the setting %s: %w", key, q.Error)
	}
	return q.RowsAffected == 1, nil
}

// Setting is a value the installation keeps for itself; "" when it has none.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	return read(ctx, s, func(tx *Tx) (string, error) { return tx.Setting(key) })
}

// SetSetting keeps a value; "" removes it.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.SetSetting(key, value) })
}

// InstallID names this installation for ever: labels carry it, so that two of them share an engine in peace.
func (s *Store) InstallID(ctx context.Context) (string, error) {
	if id, err := s.Setting(ctx, "install_id"); err != nil || id != "" {
		return id, err
	}
	var id [6]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", fmt.Errorf("make the installation's id: %w", err)
	}
	return write(ctx, s, func(tx *Tx) (string, error) {
		// Of two processes that start at once the first one's id stays.
		err := tx.db.Exec("INSERT INTO settings (key, value) VALUES ('install_id', ?) ON CONFLICT (key) DO NOTHING", hex.EncodeToString(id[:])).Error
		if err != nil {
			return "", fmt.Errorf("write the installation's id: %w", err)
		}
		return tx.Setting("install_id")
	})
}
