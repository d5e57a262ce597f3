package fake

import (
	"bytes"
	"context"
	"sync"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/web/api"
)

// Requests remembers answers in memory.
type Requests struct {
	mu   sync.Mutex
	seen map[string]*remembered
}

type remembered struct {
	request string
	hash    []byte
	answer  *api.Answer
}

// NewRequests remembers nothing yet.
func NewRequests() *Requests { return &Requests{seen: map[string]*remembered{}} }

// BeginRequest implements api.Requests, as does EndRequest.
func (r *Requests) BeginRequest(_ context.Context, key string, _ int64, method, path string, hash []byte) (*api.Answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.seen[key]
	switch {
	case before == nil:
		r.seen[key] = &remembered{request: method + path, hash: hash}
		return nil, nil
	case before.request != method+path || !bytes.Equal(before.hash, hash):
		return nil, paas.Errorf(paas.Conflict, "This Idempotency-Key was used for another request. Use a new key.")
	case before.answer == nil:
		return nil, paas.Errorf(paas.Conflict, "A request with this Idempotency-Key is still being carried out.")
	}
	return before.answer, nil
}

func (r *Requests) EndRequest(_ context.Context, key string, _ int64, answer *api.Answer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if answer == nil {
		delete(r.seen, key)
		return nil
	}
	r.seen[key].answer = answer
	return nil
}
