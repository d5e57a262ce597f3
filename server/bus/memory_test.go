package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/bus"
)

// idlerDir in the environment makes this test binary a process that has a bus and does nothing.
const idlerDir = "SLIPWAY_TEST_IDLER_DIR"

// idle opens the bus, and on each line of input says how many KiB it holds in memory.
func idle(ctx context.Context, dir string) error {
	asked := bufio.NewScanner(os.Stdin)
	say := func() error {
		debug.FreeOSMemory()
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(status)) {
			if resident, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				fmt.Println(strings.Fields(resident)[0])
			}
		}
		return nil
	}
	if err := say(); err != nil {
		return err
	}
	began := time.Now()
	b, err := bus.Open(ctx, bus.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println(time.Since(began).Milliseconds())
	for asked.Scan() {
		if err := say(); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkIdle starts a process with a bus that holds a million lines in 2,000 logs. Goal: a few tens of MB.
func BenchmarkIdle(b *testing.B) {
	dir := b.TempDir()
	full := open(b, bus.Config{Dir: dir})
	for log := range 2000 {
		appendLines(b, full, paasTopic(log), 1, 500)
	}
	full.Close()
	for b.Loop() {
		process := exec.CommandContext(b.Context(), os.Args[0])
		process.Env = append(os.Environ(), idlerDir+"="+dir)
		in, err := process.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		out, err := process.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := process.Start(); err != nil {
			b.Fatal(err)
		}
		said := bufio.NewScanner(out)
		number := func() float64 {
			said.Scan()
			n, err := strconv.ParseFloat(said.Text(), 64)
			if err != nil {
				b.Fatalf("the process said %q", said.Text())
			}
			return n
		}
		before, ms := number(), number()
		if _, err := fmt.Fprintln(in); err != nil {
			b.Fatal(err)
		}
		after := number()
		b.ReportMetric(before/1024, "MB-without")
		b.ReportMetric(after/1024, "MB-with")
		b.ReportMetric(ms, "ms-to-open")
		_ = in.Close()
		if err := process.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}
