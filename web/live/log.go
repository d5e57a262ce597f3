package live

import (
	"context"
	"errors"
	"strings"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/logs"
)

// followLog starts to send the lines of a log from the cursor on. Asking again for a followed log starts it anew there.
// The caller holds l.mu.
func (l *conn) followLog(ctx context.Context, sub subscription) error {
	if !strings.HasPrefix(string(sub.Topic), "logs:") {
		return closed{closeForbidden, "only logs are followed by topic; pages are followed by view"}
	}
	if err := l.hub.portal.CanFollow(ctx, l.actor, sub.Topic); err != nil {
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
		err := l.hub.bus.FollowLogs(following, sub.Topic, sub.Cursor, func(lines []paas.Log) error {
			return l.sendLines(following, sub.Topic, lines)
		})
		if err != nil && following.Err() == nil && !errors.Is(err, context.Canceled) {
			l.hub.log.WarnContext(ctx, "follow a log", "topic", sub.Topic, "error", err)
			_ = l.ws.Close() // the browser comes back with its cursor and finds out how things are
		}
	})
	return nil
}

// sendLines sends lines in messages of about liveBatchBytes, so that little is held for a browser that does not read.
func (l *conn) sendLines(ctx context.Context, topic paas.Topic, lines []paas.Log) error {
	for len(lines) > 0 {
		n, size := 0, 0
		for n < len(lines) && size < liveBatchBytes {
			size += len(lines[n].Text) + 32
			n++
		}
		message := make([]byte, 0, size+size/8+64)
		message = append(message, `{"topic":`...)
		message = logs.AppendString(message, string(topic))
		message = append(message, `,"lines":`...)
		message = append(logs.AppendLines(message, lines[:n]), '}')
		if err := l.send(ctx, message); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}
