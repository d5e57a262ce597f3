package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// linesPerRead is the most lines of one answer.
const linesPerRead = 5000

// sendTimeout is how long a client may take to read what a stream sends; after that it is given up, and comes back with
// the number of the next line.
const sendTimeout = 60 * time.Second

// log finds the log that is meant, asks whether the sender may read it, and finds where to begin.
func (a *API) log(ctx context.Context, r request) (topic paas.Topic, from, first, last int64, err error) {
	id, err := r.number("id")
	if err != nil {
		return "", 0, 0, 0, err
	}
	kind := r.path("kind")
	if kind != "task" && kind != "build" {
		return "", 0, 0, 0, paas.Errorf(paas.NotFound, "There is no kind of log %q.", kind)
	}
	topic = paas.Topic(fmt.Sprintf("logs:%s:%d", kind, id))
	if err := a.Control.CanFollow(ctx, r.actor, topic); err != nil {
		return "", 0, 0, 0, err
	}
	if first, last, err = a.Logs.CountLogs(ctx, topic); err != nil {
		return "", 0, 0, 0, err
	}
	from, err = a.begin(ctx, r, topic, last)
	return topic, max(from, first, 1), first, last, err
}

func (a *API) begin(ctx context.Context, r request, topic paas.Topic, last int64) (int64, error) {
	since, err := r.time("since")
	if err != nil {
		return 0, err
	}
	if !since.IsZero() {
		return a.Logs.LogsSince(ctx, topic, since)
	}
	s := r.c.QueryParam("from")
	if s == "" {
		return 1, nil
	}
	from, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, paas.FieldErrorf("from", "Begin with the number of a line.")
	}
	if from < 0 {
		from += last + 1
	}
	return from, nil
}

func (a *API) logRead(ctx context.Context, r request, _ None) (Logs, error) {
	limit := 1000
	if s := r.c.QueryParam("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > linesPerRead {
			return Logs{}, paas.FieldErrorf("limit", "The limit must be a number from 1 to %d.", linesPerRead)
		}
		limit = n
	}
	topic, from, first, last, err := a.log(ctx, r)
	if err != nil {
		return Logs{}, err
	}
	out := Logs{First: first, Last: last, Lines: []paas.Log{}}
	if from > last {
		return out, nil
	}
	lines, err := a.Logs.ReadLogs(ctx, topic, from, limit)
	if lines != nil {
		out.Lines = lines
	}
	return out, err
}

// logFollow streams lines until the client goes. Each is a JSON value on a line of its own (NDJSON); a client that comes
// back goes on from the number after the last one it has.
func (a *API) logFollow(ctx context.Context, r request, _ None) (paas.Log, error) {
	topic, from, _, _, err := a.log(ctx, r)
	if err != nil {
		return paas.Log{}, err
	}
	w := r.c.Response()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	send := func(lines []paas.Log) error {
		if err := control.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("move the write deadline: %w", err)
		}
		encode := json.NewEncoder(w)
		for _, l := range lines {
			if err := encode.Encode(l); err != nil {
				return fmt.Errorf("send a line: %w", err)
			}
		}
		return control.Flush()
	}
	if err := send(nil); err != nil { // the headers go at once, so that the client knows it is connected
		return paas.Log{}, err
	}
	err = a.Logs.FollowLogs(ctx, topic, from, send)
	if ctx.Err() != nil {
		return paas.Log{}, nil //nolint:nilerr // the client went, or Slipway stops: both end a stream
	}
	return paas.Log{}, err
}
