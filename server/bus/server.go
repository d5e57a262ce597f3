package bus

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startWait is how long the server inside the process may take to read its files at start. A bus with a million lines
// opens in 40 ms (BenchmarkIdle); a cold disk and an unclean stop take longer.
const startWait = 60 * time.Second

// memoryLimit bounds JetStream's memory-only streams, in bytes; Slipway has none, so this only keeps the server from
// reserving three quarters of the machine's memory in its accounting, its default.
const memoryLimit = 16 << 20

// startServer runs NATS in this process, without any listener.
func startServer(cfg Config) (*server.Server, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the bus directory: %w", err)
	}
	s, err := server.NewServer(&server.Options{
		ServerName:         "slipway",
		DontListen:         true,
		NoSigs:             true, // signals belong to cmd/slipway
		JetStream:          true,
		StoreDir:           cfg.Dir,
		JetStreamMaxMemory: memoryLimit,
		JetStreamMaxStore:  cfg.LogBytes + cfg.LogBytes/4 + 64<<20,
		SyncInterval:       cfg.SyncEvery,
		MaxPayload:         maxMessage,
	})
	if err != nil {
		return nil, fmt.Errorf("configure NATS: %w", err)
	}
	s.SetLoggerV2(serverLog{cfg.Logger}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startWait) {
		s.Shutdown()
		return nil, fmt.Errorf("NATS did not become ready within %s", startWait)
	}
	return s, nil
}

// serverLog passes on what an operator should see of the server's own log. Its notices tell nothing beyond "started".
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats: " + fmt.Sprintf(format, v...))
}
func (l serverLog) Warnf(format string, v ...any)  { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Fatalf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Debugf(string, ...any)          {}
func (l serverLog) Tracef(string, ...any)          {}
