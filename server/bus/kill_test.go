package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// shipperDir in the environment makes this test binary the process that is killed.
const shipperDir = "SLIPWAY_TEST_SHIPPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(idlerDir); dir != "" {
		if err := idle(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(shipperDir); dir != "" {
		if err := ship(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// ship goes on with a log where it is, as a log shipper does after a start, and says after each append what was
// acknowledged. It never ends.
func ship(ctx context.Context, dir string) error {
	b, err := bus.Open(ctx, bus.Config{Dir: dir})
	if err != nil {
		return err
	}
	seq, pos, err := b.LastLog(ctx, "logs:task:1")
	if err != nil {
		return err
	}
	if want := fmt.Sprintf("at:%d", seq); seq > 0 && pos != want {
		return fmt.Errorf("the log ends at line %d with position %q, want %q", seq, pos, want)
	}
	for n := 1; ; n = n%3000 + 37 { // batches small and large, some of several messages
		if err := b.AppendLogs(ctx, "logs:task:1", lines(seq+1, n), fmt.Sprintf("at:%d", seq+int64(n))); err != nil {
			return err
		}
		seq += int64(n)
		fmt.Println(seq)
	}
}

func TestKilledShippersLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acknowledged int64
	for round := range 8 {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(), shipperDir+"="+dir)
		var complaints strings.Builder
		process.Stderr = &complaints
		said, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewScanner(said)
		for range 20 + 7*round {
			if !reader.Scan() {
				break
			}
			if acknowledged, err = strconv.ParseInt(reader.Text(), 10, 64); err != nil {
				t.Fatalf("the shipper said %q", reader.Text())
			}
		}
		if err := process.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for reader.Scan() { // what it still said before it died
			if seq, err := strconv.ParseInt(reader.Text(), 10, 64); err == nil {
				acknowledged = max(acknowledged, seq)
			}
		}
		_ = process.Wait() // killed, as it should be
		if complaints.Len() > 0 {
			t.Fatalf("round %d: %s", round, complaints.String())
		}
	}

	b := open(t, bus.Config{Dir: dir})
	var got []paas.Log
	_, last, err := b.CountLogs(t.Context(), "logs:task:1")
	if err != nil || last < acknowledged {
		t.Fatalf("the log ends at line %d (%v), but %d were acknowledged", last, err, acknowledged)
	}
	got = follow(t, b, "logs:task:1", 1, last, nil)
	if int64(len(got)) != last {
		t.Errorf("got %d lines, want %d", len(got), last)
	}
	mustFollow(t, got, 1)
	t.Logf("%d lines were acknowledged before 8 kills; %d are stored", acknowledged, last)
}

func TestALogGoesOnAfterAnOrderlyRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range int64(3) {
		b := open(t, bus.Config{Dir: dir})
		if seq, _, err := b.LastLog(t.Context(), "logs:task:1"); seq != round*500 || err != nil {
			t.Fatalf("round %d: the log ends at %d, %v", round, seq, err)
		}
		appendLines(t, b, "logs:task:1", round*500+1, 500)
		b.Close()
	}
}
