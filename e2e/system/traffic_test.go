package system_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// TestNoRequestFailsDuringDeploysAndRollbacks sends requests without a pause while versions change.
func TestNoRequestFailsDuringDeploysAndRollbacks(t *testing.T) {
	s := install(t)
	repo := newRepository(t)
	repo.commit("v1", "")
	s.run(nil, "app", "create", "shop", "--repo", repo.dir)
	s.deployed("shop", "live")
	s.answers("shop", "v1")

	ctx, stop := context.WithCancel(t.Context())
	var asked, failed atomic.Int64
	var last atomic.Value
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				status, body, err := s.get("shop", "/")
				asked.Add(1)
				if err != nil || status != http.StatusOK {
					failed.Add(1)
					last.Store([]any{status, body, err})
				}
			}
		})
	}
	for _, version := range []string{"v2", "v3", "v4"} {
		repo.commit(version, "-slow 20ms")
		s.deployed("shop", "live")
		s.answers("shop", version)
	}
	s.run(nil, "rollback", "shop", "--follow")
	s.answers("shop", "v3")
	// A version that never gets ready must not cost a request either.
	repo.commit("bad", "-exit 3")
	s.fails("shop", "SLP-3003")
	s.answers("shop", "v3")
	s.run(nil, "scale", "shop", "web=3")
	s.run(nil, "scale", "shop", "web=1")
	stop()
	clients.Wait()
	if failed.Load() > 0 || asked.Load() < 100 {
		t.Errorf("%d of %d requests failed; the last: %v", failed.Load(), asked.Load(), last.Load())
	}
	t.Logf("%d requests, none failed", asked.Load())
}
