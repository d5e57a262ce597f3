package main

import (
	"context"
	"strconv"

	"github.com/slipway-paas/slipway/server/store"
)

// requests gives the API the store's memory of answers by Idempotency-Key.
type requests struct{ store *store.Store }

func (r requests) BeginRequest(ctx context.Context, key, actor, method, path, bodyHash string) (status int, body []byte, err error) {
	saved, err := r.store.BeginRequest(ctx, key, actorID(actor), method, path, []byte(bodyHash))
	if err != nil || saved == nil {
		return 0, nil, err
	}
	return saved.Status, saved.Body, nil
}

func (r requests) EndRequest(ctx context.Context, key, actor string, status int, body []byte) error {
	if status == 0 {
		return r.store.EndRequest(ctx, key, actorID(actor), nil)
	}
	return r.store.EndRequest(ctx, key, actorID(actor), &store.Response{Status: status, MediaType: "application/json", Body: body})
}

// actorID is the number of the account in an actor's key.
func actorID(actor string) int64 {
	id, _ := strconv.ParseInt(actor, 10, 64) // the API made it from a number
	return id
}
