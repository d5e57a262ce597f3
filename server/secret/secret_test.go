package secret_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slipway-paas/slipway/server/secret"
)

func keeper(t *testing.T, b byte) *secret.Keeper {
	t.Helper()
	k, err := secret.New(bytes.Repeat([]byte{b}, secret.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASealedValueOpensOnlyAsWhatItWas(t *testing.T) {
	t.Parallel()
	k := keeper(t, 1)
	key, err := k.NewKey("team:1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := k.NewKey("team:2")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := k.Seal(key, "team:1", []byte("hunter2"), "variable", "7", "A", "3")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Open(key, "team:1", sealed, "variable", "7", "A", "3"); err != nil || string(plain) != "hunter2" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	foreign := keeper(t, 2)
	for what, open := range map[string]func() ([]byte, error){
		"another name":          func() ([]byte, error) { return k.Open(key, "team:1", sealed, "variable", "7", "B", "3") },
		"another version":       func() ([]byte, error) { return k.Open(key, "team:1", sealed, "variable", "7", "A", "4") },
		"words joined":          func() ([]byte, error) { return k.Open(key, "team:1", sealed, "variable", "7A", "", "3") },
		"another team's key":    func() ([]byte, error) { return k.Open(other, "team:2", sealed, "variable", "7", "A", "3") },
		"a key of another team": func() ([]byte, error) { return k.Open(key, "team:2", sealed, "variable", "7", "A", "3") },
		"another master key":    func() ([]byte, error) { return foreign.Open(key, "team:1", sealed, "variable", "7", "A", "3") },
		"a flipped bit":         func() ([]byte, error) { return k.Open(key, "team:1", flipped, "variable", "7", "A", "3") },
		"a cut value":           func() ([]byte, error) { return k.Open(key, "team:1", sealed[:8], "variable", "7", "A", "3") },
		"nothing":               func() ([]byte, error) { return k.Open(key, "team:1", nil, "variable", "7", "A", "3") },
	} {
		if plain, err := open(); err == nil || len(plain) != 0 || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: opened %q, %v", what, plain, err)
		}
	}
}

func TestAFingerprintTellsEqualValuesOfOneTeamOnly(t *testing.T) {
	t.Parallel()
	k := keeper(t, 1)
	one, _ := k.NewKey("team:1")
	two, _ := k.NewKey("team:2")
	print := func(key []byte, about, value string) string {
		t.Helper()
		p, err := k.Fingerprint(key, about, []byte(value))
		if err != nil || len(p) != 16 {
			t.Fatalf("fingerprint %q, %v", p, err)
		}
		return p
	}
	if a, b := print(one, "team:1", "x"), print(one, "team:1", "x"); a != b {
		t.Errorf("equal values have the fingerprints %s and %s", a, b)
	}
	if a, b := print(one, "team:1", "x"), print(one, "team:1", "y"); a == b {
		t.Errorf("different values have the same fingerprint %s", a)
	}
	if a, b := print(one, "team:1", "x"), print(two, "team:2", "x"); a == b {
		t.Errorf("two teams have the same fingerprint %s", a)
	}
}

func TestTheMasterKeyIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keepers := make([]*secret.Keeper, 8)
	var group sync.WaitGroup
	for i := range keepers {
		group.Go(func() {
			var err error
			if keepers[i], err = secret.Load(dir, ""); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	key, err := keepers[0].NewKey("team:1")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := keepers[0].Seal(key, "team:1", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keepers {
		if _, err := k.Open(key, "team:1", sealed); err != nil {
			t.Errorf("process %d has another key: %v", i, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v; want the key alone", len(left), err)
	}
	info, err := os.Stat(filepath.Join(dir, secret.MasterFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestABadMasterKeyStopsTheStart(t *testing.T) {
	t.Parallel()
	write := func(text string, mode os.FileMode) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, secret.MasterFile), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))
	for name, tt := range map[string]struct{ dir, given string }{
		"a short key in the environment":  {t.TempDir(), "c2hvcnQ="},
		"no base64 in the environment":    {t.TempDir(), "not-base64-at-all!"},
		"an empty file":                   {write("", 0o600), ""},
		"a cut file":                      {write(good[:20], 0o600), ""},
		"a file that others may read":     {write(good, 0o644), ""},
		"a directory that does not exist": {filepath.Join(t.TempDir(), "none"), ""},
	} {
		if _, err := secret.Load(tt.dir, tt.given); err == nil || (tt.given != "" && strings.Contains(err.Error(), tt.given)) {
			t.Errorf("%s: %v; want an error that does not repeat the key", name, err)
		}
	}
	if _, err := secret.Load(write(good, 0o600), ""); err != nil {
		t.Errorf("a good key: %v", err)
	}
}
