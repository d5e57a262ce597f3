package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/slipway-paas/slipway/server/paas"
)

// lock makes sure that one process only works on a data folder. The kernel gives it up with the process, so a crash
// leaves nothing behind.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the data folder's lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(f.Close(), paas.Errorf(paas.Conflict, "Another Slipway already runs on %s.", dir))
	}
	if err != nil {
		return nil, errors.Join(f.Close(), fmt.Errorf("lock the data folder: %w", err))
	}
	return func() { _ = f.Close() }, nil // closing gives the lock back
}
