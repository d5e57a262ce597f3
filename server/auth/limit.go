package auth

import (
	"sync"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// Limiter counts tries per key in a sliding window, in memory: a restart forgives, which an attacker cannot cause.
type Limiter struct {
	most   int
	window time.Duration

	mu    sync.Mutex
	tries map[string][]time.Time
}

// NewLimiter allows most tries of a key in any window.
func NewLimiter(most int, window time.Duration) *Limiter {
	return &Limiter{most: most, window: window, tries: map[string][]time.Time{}}
}

// keysKept bounds the memory of a limiter: past it, keys without a recent try are forgotten.
const keysKept = 10_000

// Try counts a try at now, or says how long to wait when there were too many.
func (l *Limiter) Try(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tries) > keysKept {
		for k, times := range l.tries {
			if now.Sub(times[len(times)-1]) >= l.window {
				delete(l.tries, k)
			}
		}
	}
	times := l.tries[key]
	for len(times) > 0 && now.Sub(times[0]) >= l.window {
		times = times[1:]
	}
	if len(times) >= l.most {
		l.tries[key] = times
		wait := l.window - now.Sub(times[0])
		return paas.Errorf(paas.TooMany, "Too many tries. Wait %d seconds, then try again.", int(wait.Seconds())+1)
	}
	l.tries[key] = append(times, now)
	return nil
}

// Forget clears a key, after a try that was right.
func (l *Limiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}
