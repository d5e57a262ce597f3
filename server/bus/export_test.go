package bus

import (
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
)

// Twin is a bus of another process on the same server: its own connections, its own memory.
func (b *Bus) Twin(t testing.TB) *Bus {
	t.Helper()
	twin, err := open(t.Context(), b.cfg, b.server)
	if err != nil {
		t.Fatalf("open a twin: %v", err)
	}
	t.Cleanup(func() { twin.server = nil; twin.Close() })
	return twin
}

// Deafen makes a followed log's announcements get lost, as by a connection that went silent.
func (b *Bus) Deafen(topic paas.Topic) {
	b.tails.mu.Lock()
	defer b.tails.mu.Unlock()
	_ = b.tails.byTopic[topic].announced.Unsubscribe()
}

// Reconnect cuts the connection as a restart of an outside server does.
func (b *Bus) Reconnect() error { return b.conn.ForceReconnect() }

// Forget drops what is remembered of a log.
func (b *Bus) Forget(topic paas.Topic) {
	b.writers.forget(topic)
	b.indexes.forget(topic)
}
