package web

import (
	"context"
	"errors"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
)

// followLog starts to send the lines of a log from the cursor on. Asking again for a followed log starts it anew there.
// The caller holds l.mu.
func (l *liveConn) followLog(ctx context.Context, sub liveSub) error {
	if !strings.HasPrefix(string(sub.Topic), "logs:") {
		return closed{closeForbidden, "only logs are followed by topic; pages are followed by view"}
	}
	if err := l.server.Control.CanFollow(ctx, l.actor, sub.Topic); err != nil {
		if paas.KindOf(err) == paas.Internal {
			return err
		}
		return closed{closeForbidden, "not allowed"}
	}
	if end := l.logs[sub.Topic]; end != nil {
		end()
	} else if len(l.logs) >= liveLogs {
		return closed{closeForbidden, "too many logs at once"}
	}
	following, end := context.WithCancel(ctx)
	l.logs[sub.Topic] = end
	l.work.Go(func() {
		err := l.server.Bus.FollowLogs(following, sub.Topic, sub.Cursor, func(lines []paas.Log) error {
			return l.sendLines(following, sub.Topic, lines)
		})
		if err != nil && following.Err() == nil && !errors.Is(err, context.Canceled) {
			l.server.Log.WarnContext(ctx, "follow a log", "topic", sub.Topic, "error", err)
			_ = l.ws.Close() // the browser comes back with its cursor and finds out how things are
		}
	})
	return nil
}

// sendLines sends lines in messages of about liveBatchBytes, so that little is held for a browser that does not read.
func (l *liveConn) sendLines(ctx context.Context, topic paas.Topic, lines []paas.Log) error {
	for len(lines) > 0 {
		n, size := 0, 0
		for n < len(lines) && size < liveBatchBytes {
			size += len(lines[n].Text) + 32
			n++
		}
		message := make([]byte, 0, size+size/8+64)
		message = append(message, `{"topic":`...)
		message = appendString(message, string(topic))
		message = append(message, `,"lines":`...)
		message = append(appendLines(message, lines[:n]), '}')
		if err := l.send(ctx, message); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}
