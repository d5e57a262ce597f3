// Package api is the JSON API under /api/v1: its types, which the CLI uses too, its operations and their description.
package api

import "context"

// Requests remembers the answer of each write by its Idempotency-Key, so that a client may send a request again without
// doing anything twice. An answer is kept for 24 h.
type Requests interface {
	// BeginRequest claims the key for one request. status is not 0 when it was answered before: that answer is given
	// again. It is a Conflict when the same key came with another body, or is being answered right now.
	BeginRequest(ctx context.Context, key, actor, method, path, bodyHash string) (status int, body []byte, err error)
	// EndRequest keeps the answer; with status 0 it gives the key back, because the request may be tried again.
	EndRequest(ctx context.Context, key, actor string, status int, body []byte) error
}
