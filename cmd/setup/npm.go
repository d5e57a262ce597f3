package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// installNodeModules runs `npm ci` in each folder with a lock file of ours, unless its modules are those already.
// Install scripts stay off: nothing we use needs one, and they are the usual way in for a bad package.
func installNodeModules(ctx context.Context) error {
	for _, dir := range []string{"assets", "e2e"} {
		lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		sum := sha256.Sum256(lock)
		stamp := filepath.Join(dir, "node_modules", ".slipway-lock")
		want := []byte(hex.EncodeToString(sum[:]))
		if have, err := os.ReadFile(stamp); err == nil && bytes.Equal(have, want) {
			continue
		}
		fmt.Printf("  npm ci   in %s\n", dir)
		cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("npm ci in %s: %w", dir, err)
		}
		if err := os.WriteFile(stamp, want, 0o644); err != nil {
			return err
		}
	}
	return nil
}
