package store

import (
	"context"
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

type eventRow struct {
	ID      int64
	At      stamp
	TeamID  int64
	AppID   int64
	Kind    string
	Subject string
	Actor   string
	Text    text
	Routine bool
}

func (r eventRow) event() paas.Event {
	return paas.Event{
		ID: r.ID, At: r.At.Time, TeamID: r.TeamID, AppID: r.AppID, Kind: paas.EventKind(r.Kind),
		Subject: paas.Topic(r.Subject), Actor: r.Actor, Text: string(r.Text),
	}
}

// Event writes a line of the timeline at the end of the transaction, and marks its topics as changed.
func (tx *Tx) Event(e paas.Event) {
	tx.events = append(tx.events, eventRow{
		At: at(tx.Now), TeamID: e.TeamID, AppID: e.AppID, Kind: string(e.Kind), Subject: string(e.Subject), Actor: e.Actor, Text: text(e.Text),
		Routine: e.Kind.Routine(),
	})
	tx.touch(e.Subject)
	if e.AppID != 0 {
		tx.touch(topic("app", e.AppID))
	}
	if e.TeamID != 0 {
		tx.touch(topic("team", e.TeamID))
	}
}

// eventLock is the PostgreSQL advisory lock of whoever writes events; any number that nobody else uses.
const eventLock = 0x51_1b_a1

// writeEvents numbers and writes the events. Their ids are cursors, so they must become visible in their order: on
// PostgreSQL, where transactions overlap, the lock holds the next writer back until this one has committed.
func (tx *Tx) writeEvents() error {
	if len(tx.events) == 0 {
		return nil
	}
	if tx.store.pool != nil {
		if err := tx.db.Exec("SELECT pg_advisory_xact_lock(?)", eventLock).Error; err != nil {
			return fmt.Errorf("wait for the turn to write events: %w", err)
		}
	}
	return tx.create("events", &tx.events)
}

// Events lists the newest events of an app before an id (0: from the newest).
func (tx *Tx) Events(app, before int64, limit int) ([]paas.Event, error) {
	var rows []eventRow
	q := tx.db.Table("events").Where("app_id = ?", app)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if err := q.Order("id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the events of app %d: %w", app, err)
	}
	return each(rows, eventRow.event), nil
}

// EventsAfter lists what happened on a topic after a cursor, oldest first: what a live page missed.
func (s *Store) EventsAfter(ctx context.Context, t paas.Topic, after int64, limit int) ([]paas.Event, error) {
	return read(ctx, s, func(tx *Tx) ([]paas.Event, error) {
		q := tx.db.Table("events").Where("id > ?", after)
		var id int64
		switch kind, _ := fmt.Sscanf(string(t), "app:%d", &id); {
		case kind == 1:
			q = q.Where("app_id = ?", id)
		default:
			if n, _ := fmt.Sscanf(string(t), "team:%d", &id); n == 1 {
				q = q.Where("team_id = ?", id)
			} else {
				q = q.Where("subject = ?", string(t))
			}
		}
		var rows []eventRow
		if err := q.Order("id").Limit(limit).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("list the events of %s: %w", t, err)
		}
		return each(rows, eventRow.event), nil
	})
}

// each converts rows.
func each[R, T any](rows []R, convert func(R) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = convert(r)
	}
	return out
}
