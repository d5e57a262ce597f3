package bus_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// outside starts a NATS server of its own, as an operator would, on port (-1 for any).
func outside(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server did not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func TestAnOutsideServerMayRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := outside(t, dir, -1)
	shipper, reader := open(t, bus.Config{URL: first.ClientURL()}), open(t, bus.Config{URL: first.ClientURL()})
	hints := reader.Subscribe("app:1")
	defer hints.Close()

	const end = 4_000
	var got []paas.Log
	var following sync.WaitGroup
	begun := make(chan struct{})
	following.Go(func() {
		var once sync.Once
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for len(got) < end { // a page follows again from where it was when the bus was away
			err := reader.FollowLogs(ctx, "logs:task:1", int64(len(got)+1), func(more []paas.Log) error {
				got = append(got, more...)
				once.Do(func() { close(begun) })
				if len(got) >= end {
					return errEnough
				}
				return nil
			})
			if ctx.Err() != nil {
				t.Errorf("got %d lines: %v", len(got), err)
				return
			}
			if !errors.Is(err, errEnough) && paas.KindOf(err) != paas.Unavailable {
				t.Errorf("following ended with %v", err)
				return
			}
		}
	})
	appendLines(t, shipper, "logs:task:1", 1, 2_000)
	<-begun

	port := first.Addr().String()
	first.Shutdown()
	first.WaitForShutdown()
	if err := shipper.AppendLogs(t.Context(), "logs:task:1", lines(2_001, 10), "lost?"); paas.KindOf(err) != paas.Unavailable {
		t.Errorf("append without a server: got %v, want unavailable", err)
	}
	outside(t, dir, portOf(t, port))
	for deadline := time.Now().Add(patience); ; { // the shipper tries until it works
		err := shipper.AppendLogs(t.Context(), "logs:task:1", lines(2_001, 2_000), "at:4000")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
	following.Wait()
	mustFollow(t, got, 1)
	await(t, hints, "app:1") // what was missed meanwhile is unknown, so everyone looks
	if err := reader.Check(t.Context()); err != nil {
		t.Errorf("ready again: %v", err)
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return int(parsed.Port())
}
