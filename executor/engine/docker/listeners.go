package docker

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-paas/slipway/executor/engine"
)

// resolver is where Docker's own DNS listens inside every container; the program did not open it.
var resolver = netip.MustParseAddr("127.0.0.11")

// Listeners implements engine.Engine. It reads the socket tables of the container's network namespace through its
// process on this machine.
func (e *Engine) Listeners(ctx context.Context, task int64) ([]engine.Listener, error) {
	c, err := e.Inspect(ctx, task)
	if err != nil {
		return nil, err
	}
	if c.Pid == 0 {
		return nil, fmt.Errorf("task %d does not run: %w", task, engine.ErrGone)
	}
	var listeners []engine.Listener
	for _, table := range []string{"tcp", "tcp6"} {
		sockets, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", c.Pid, table))
		if err != nil {
			return nil, fmt.Errorf("sockets of task %d: %w (%w)", task, engine.ErrUnsupported, err)
		}
		listeners = append(listeners, parseListeners(string(sockets))...)
	}
	slices.SortFunc(listeners, func(a, b engine.Listener) int { return a.Port - b.Port })
	return slices.Compact(listeners), nil
}

// parseListeners reads the kernel's socket table: the second column is the local address in hex, each four bytes in
// the machine's order, and the fourth the state, where 0A is "listening".
func parseListeners(table string) []engine.Listener {
	var listeners []engine.Listener
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "0A" {
			continue
		}
		address, port, found := strings.Cut(f[1], ":")
		ip, ok := parseAddress(address)
		n, err := strconv.ParseUint(port, 16, 16)
		if !found || !ok || err != nil || ip == resolver {
			continue
		}
		listeners = append(listeners, engine.Listener{Port: int(n), Loopback: ip.IsLoopback()})
	}
	return listeners
}

func parseAddress(s string) (netip.Addr, bool) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw)%4 != 0 {
		return netip.Addr{}, false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word) // little-endian machines only; all that Slipway runs on are
	}
	ip, ok := netip.AddrFromSlice(raw)
	return ip.Unmap(), ok
}
