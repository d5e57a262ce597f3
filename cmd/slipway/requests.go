package main

import (
	"context"

	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/web/api"
)

// requests gives the API the store's memory of answers by Idempotency-Key.
type requests struct{ store *store.Store }

func (r requests) BeginRequest(ctx context.Context, key string, actor int64, method, path string, bodyHash []byte) (*api.Answer, error) {
	saved, err := r.store.BeginRequest(ctx, key, actor, method, path, bodyHash)
	return (*api.Answer)(saved), err
}

func (r requests) EndRequest(ctx context.Context, key string, actor int64, answer *api.Answer) error {
	return r.store.EndRequest(ctx, key, actor, (*store.Response)(answer))
}
