package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

// crashEnv makes this test binary the child that is killed.
const crashEnv = "SLIPWAY_TEST_CRASH_DATABASE"

// TestCrashChild is the child of TestAKilledProcessLosesNoAcknowledgedWrite: it writes for ever and says each write
// after it was acknowledged. On its own it has nothing to do.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashEnv)
	if path == "" {
		return
	}
	s := storetest.Open(t, func(c *store.Config) { c.Path = path })
	for n := 1; ; n++ {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.Event(paas.Event{TeamID: 1, AppID: 1, Kind: "test.written", Subject: "app:1", Actor: "child", Text: strconv.Itoa(n)})
			return tx.SetSetting("written", strconv.Itoa(n))
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("acknowledged %d\n", n)
	}
}

func TestAKilledProcessLosesNoAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "slipway.db")
	acknowledged := 0
	for _, kill := range []int{1, 3, 10, 50, 200} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$", "-test.count=1")
		cmd.Env = append(os.Environ(), crashEnv+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := 0
		killed := false
		for lines := bufio.NewScanner(out); lines.Scan(); { // what was said before the kill is read to its end
			if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &last); err != nil {
				t.Fatalf("the child said %q", lines.Text())
			}
			if last >= kill && !killed {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || last < kill {
			t.Fatalf("the child ended by itself after %d writes", last)
		}
		acknowledged += last

		s := storetest.Open(t, func(c *store.Config) { c.Path = path })
		db := storetest.SQL(t, s)
		if got := storetest.Strings(t, db, "PRAGMA integrity_check"); len(got) != 1 || got[0] != "ok" {
			t.Errorf("after a kill the database says %v", got)
		}
		events, err := s.EventsAfter(t.Context(), "app:1", 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		written, err := s.Setting(t.Context(), "written")
		if err != nil {
			t.Fatal(err)
		}
		// One write may have been committed and not yet been said; none may be half there.
		if len(events) < acknowledged || len(events) > acknowledged+1 || events[len(events)-1].Text != written {
			t.Errorf("%d writes were acknowledged, %d events are there, the last says %s and the setting %s", acknowledged, len(events), events[len(events)-1].Text, written)
		}
		acknowledged = len(events)
	}
}
