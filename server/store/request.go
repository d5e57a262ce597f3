package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"github.com/slipway-paas/slipway/server/paas"
)

// Response is the answer that a write with an Idempotency-Key got.
type Response struct {
	Status    int
	MediaType string
	Body      []byte
}

// requestAge is how long answers are kept to be given again; source: Stripe's API.
const requestAge = 24 * time.Hour

// requestLimit is how long a request without an answer counts as being in flight: its process may have died.
const requestLimit = 2 * time.Minute

type requestRow struct {
	ActorID   int64
	Key       string
	Method    string
	Path      string
	BodyHash  []byte
	Status    int
	MediaType string
	Body      []byte
	Created   stamp `gorm:"column:created_at"`
}

// BeginRequest notes that a write with an Idempotency-Key begins. The answer of an equal request before is returned, to
// be given again; the key with another request, or with one in flight, is a Conflict.
func (s *Store) BeginRequest(ctx context.Context, key string, actor int64, method, path string, bodyHash []byte) (saved *Response, err error) {
	return write(ctx, s, func(tx *Tx) (*Response, error) {
		for statement, before := range map[string]time.Time{
			"DELETE FROM requests WHERE created_at < ?":                tx.Now.Add(-requestAge),
			"DELETE FROM requests WHERE status = 0 AND created_at < ?": tx.Now.Add(-requestLimit),
		} {
			if err := tx.db.Exec(statement, at(before)).Error; err != nil {
				return nil, fmt.Errorf("forget old requests: %w", err)
			}
		}
		row := requestRow{ActorID: actor, Key: key, Method: method, Path: path, BodyHash: noNil(bodyHash), Body: []byte{}, Created: at(tx.Now)}
		q := tx.db.Table("requests").Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if q.Error != nil {
			return nil, fmt.Errorf("note a request: %w", q.Error)
		}
		if q.RowsAffected == 1 {
			return nil, nil
		}
		var before requestRow
		if err := one(tx.db.Table("requests").Where("actor_id = ? AND key = ?", actor, key).Limit(1).Find(&before), "The request is gone."); err != nil {
			return nil, err
		}
		switch {
		case before.Method != method || before.Path != path || !bytes.Equal(before.BodyHash, bodyHash):
			return nil, paas.Errorf(paas.Conflict, "This Idempotency-Key was used for another request. Use a new key.")
		case before.Status == 0:
			return nil, paas.Errorf(paas.Conflict, "A request with this Idempotency-Key is still being carried out. Try again in a moment.")
		}
		return &Response{Status: before.Status, MediaType: before.MediaType, Body: before.Body}, nil
	})
}

// EndRequest keeps the answer of a request that began; nil forgets the request, so that it may be tried again.
func (s *Store) EndRequest(ctx context.Context, key string, actor int64, answer *Response) error {
	return s.Write(ctx, func(tx *Tx) error {
		q := tx.db.Table("requests").Where("actor_id = ? AND key = ?", actor, key)
		if answer == nil {
			q = q.Delete(&requestRow{})
		} else {
			q = q.Updates(map[string]any{"status": answer.Status, "media_type": answer.MediaType, "body": noNil(answer.Body)})
		}
		if q.Error != nil {
			return fmt.Errorf("keep the answer of a request: %w", q.Error)
		}
		return nil
	})
}

// noNil keeps an empty value from being written as NULL.
func noNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
