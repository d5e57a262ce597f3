package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MasterFile is the master key's file in the data directory.
const MasterFile = "master.key"

// Load makes the keeper of an installation: the master key is given (SLIPWAY_MASTER_KEY, 32 bytes in base64) or is in
// the file DATA/master.key, which is made at the first start, for its owner alone. There is no built-in key.
func Load(dataDir, given string) (*Keeper, error) {
	if given != "" {
		key, err := decode(given)
		if err != nil {
			return nil, fmt.Errorf("read SLIPWAY_MASTER_KEY: %w", err)
		}
		return New(key)
	}
	path := filepath.Join(dataDir, MasterFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if b, err = create(path); errors.Is(err, fs.ErrExist) {
			b, err = os.ReadFile(path) // another process was first
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the master key %s may be read by others (mode %04o): make it 0600", path, info.Mode().Perm())
	}
	key, err := decode(string(b))
	if err != nil {
		return nil, fmt.Errorf("read the master key %s: %w", path, err)
	}
	return New(key)
}

// create writes a new key whole or not at all: a half-written one would lock every secret away.
func create(path string) ([]byte, error) {
	key := make([]byte, KeyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("draw the master key: %w", err)
	}
	text := []byte(base64.StdEncoding.EncodeToString(key) + "\n")
	tmp, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); err != nil { // unlike a rename it never replaces a key that is there
		return nil, err
	}
	return text, syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func decode(s string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return nil, errors.New("it is not base64") // never repeat what was there
	}
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("it has %d bytes, not %d", len(key), KeyBytes)
	}
	return key, nil
}
