// Package bus carries what happens right now between the parts of Slipway: hints ("something about app:7 changed") and
// the log lines of tasks and builds. It is NATS: a JetStream server inside the process by default, an outside cluster by
// configuration, the same code for both.
//
// What may be lost decides where a thing lives. Records and audit are in the database. Hints may be lost: whoever gets
// one reads the database, and looks by itself now and then. Log lines are acknowledged after they are written to the
// file: a SIGKILL loses none; a power cut may lose the last SyncEvery, which the shipper sends again from its position.
package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/slipway-paas/slipway/server/paas"
)

// Config says where the bus lives and how long it keeps logs. The zero value of a field means its default.
type Config struct {
	Dir string // where the server inside the process keeps its files; not used with URL
	URL string // nats://… of an outside cluster; "" runs the server inside the process, reachable by nobody else

	LogAge      time.Duration // lines older than this are dropped; default DefaultLogAge
	LogBytes    int64         // all logs together, as stored (compressed); the oldest go first; default DefaultLogBytes
	TopicBytes  int64         // one log, as stored: its own oldest lines go first; default DefaultTopicBytes
	LogReplicas int           // copies in an outside cluster; default 1
	SyncEvery   time.Duration // fsync of the server inside the process; default DefaultSyncEvery

	Logger *slog.Logger // default: discards
}

// The defaults. Two weeks and 5 GiB suit one machine with a 20 GB disk; log text shrinks when stored.
// One log may hold a twentieth of that, so that one app that prints without end costs the others nothing.
const (
	DefaultLogAge     = 14 * 24 * time.Hour
	DefaultLogBytes   = 5 << 30
	DefaultTopicBytes = 256 << 20
	DefaultSyncEvery  = time.Second
)

func (c Config) withDefaults() Config {
	if c.LogAge == 0 {
		c.LogAge = DefaultLogAge
	}
	if c.LogBytes == 0 {
		c.LogBytes = DefaultLogBytes
	}
	if c.TopicBytes == 0 {
		c.TopicBytes = DefaultTopicBytes
	}
	if c.LogReplicas == 0 {
		c.LogReplicas = 1
	}
	if c.SyncEvery == 0 {
		c.SyncEvery = DefaultSyncEvery
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Bus is a connection to NATS, and the server itself where it runs inside the process. Its methods may be called
// concurrently.
type Bus struct {
	cfg    Config
	server *server.Server // nil with an outside cluster
	conn   *nats.Conn     // writes and hints
	reads  *nats.Conn     // reads of stored lines: a long one must not stand in the way of a write
	stream jetstream.JetStream

	paging  chan struct{} // holds a token for each page being read, at most pagesAtOnce
	hints   *switchboard
	writers *recent[paas.Topic, *writer]
	indexes *recent[paas.Topic, *index]
	tails   tails

	closing sync.Once
}

// Open starts the server inside the process, or connects to the outside one, and makes sure that the stream of logs
// exists with the configured retention. Close must be called.
func Open(ctx context.Context, cfg Config) (*Bus, error) {
	cfg = cfg.withDefaults()
	if cfg.URL != "" {
		return open(ctx, cfg, nil)
	}
	inside, err := startServer(cfg)
	if err != nil {
		return nil, err
	}
	return open(ctx, cfg, inside)
}

func open(ctx context.Context, cfg Config, inside *server.Server) (_ *Bus, err error) {
	b := &Bus{
		cfg:     cfg,
		server:  inside,
		paging:  make(chan struct{}, pagesAtOnce),
		hints:   newSwitchboard(),
		writers: newRecent[paas.Topic, *writer](rememberedWriters),
		indexes: newRecent[paas.Topic, *index](rememberedIndexes),
	}
	b.tails.byTopic = map[paas.Topic]*tail{}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	if b.conn, err = b.connect("slipway", nats.ReconnectHandler(func(*nats.Conn) { b.missed() })); err != nil {
		return nil, err
	}
	if b.reads, err = b.connect("slipway-reads"); err != nil {
		return nil, err
	}
	if b.stream, err = jetstream.New(b.conn); err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	if err = b.keepLogs(ctx); err != nil {
		return nil, err
	}
	if err = b.listenForHints(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// reconnectWait is how long to wait between tries to reach an outside server that went away. Nobody reads or writes logs
// meanwhile, so it is shorter than the client's default of 2 s.
const reconnectWait = 250 * time.Millisecond

func (b *Bus) connect(name string, more ...nats.Option) (*nats.Conn, error) {
	options := append([]nats.Option{
		nats.Name(name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectBufSize(-1), // a write while disconnected fails at once: its caller has it still, and tries again
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.cfg.Logger.Warn("bus connection", "error", err)
		}),
	}, more...)
	if b.server != nil {
		options = append(options, nats.InProcessServer(b.server))
	}
	conn, err := nats.Connect(b.cfg.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %q: %w", b.cfg.URL, err)
	}
	return conn, nil
}

// keepLogs creates the stream of logs, or gives the existing one the configured retention.
func (b *Bus) keepLogs(ctx context.Context) error {
	_, err := b.stream.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName,
		Description: "Output of tasks and builds; one message holds many lines",
		Subjects:    []string{logPrefix + ">"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      b.cfg.LogAge,
		MaxBytes:    b.cfg.LogBytes,
		Replicas:    b.cfg.LogReplicas,
		AllowDirect: true,
		// The server announces a batch after it has stored it, so a follower never sees what could still be lost.
		RePublish: &jetstream.RePublish{Source: logPrefix + ">", Destination: storedPrefix + ">"},
		// Repeats are refused by the sequence each append expects, which unlike the window of message ids has no end.
		Duplicates: time.Second,
	})
	if err != nil {
		return fmt.Errorf("set up the stream of logs: %w", err)
	}
	return nil
}

// Check is nil when the bus answers: readiness, for /readyz.
func (b *Bus) Check(ctx context.Context) error {
	if _, err := b.stream.Stream(ctx, streamName); err != nil {
		return unavailable(ctx, err)
	}
	return nil
}

// flush waits until the server has seen everything sent so far, such as a new subscription.
func flush(ctx context.Context, conn *nats.Conn) error {
	soon, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	return conn.FlushWithContext(soon)
}

// missed wakes everyone who waits: while the connection was away, hints and announcements were too.
func (b *Bus) missed() {
	b.hints.wakeAll()
	b.tails.wakeAll()
}

// Close ends the connections and stops the server inside the process, after it has written everything.
func (b *Bus) Close() {
	b.closing.Do(func() {
		for _, conn := range []*nats.Conn{b.conn, b.reads} {
			if conn != nil {
				conn.Close()
			}
		}
		if b.server != nil {
			b.server.Shutdown()
			b.server.WaitForShutdown()
		}
	})
}

// unavailable is err for a person whose request needed the bus. When the request itself ended, err stays what it is.
func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return paas.Errorf(paas.Unavailable, "The log store does not answer. Try again in a moment.").Because(err)
}
