package live

import (
	"sync"
)

// Caps of open websockets. A person has a page per tab; an address may be a whole office behind one router.
const (
	PerPerson  = 64
	PerAddress = 512
)

// caps counts open websockets per key.
type caps struct {
	mu   sync.Mutex
	open map[string]int
}

// take counts one more of each key, or gives the first key that is full.
func (c *caps) take(most map[string]int) (full string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, n := range most {
		if c.open[key] >= n {
			return key, false
		}
	}
	for key := range most {
		c.open[key]++
	}
	return "", true
}

func (c *caps) give(most map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range most {
		if c.open[key]--; c.open[key] <= 0 {
			delete(c.open, key)
		}
	}
}
