package bus

import (
	"container/list"
	"sync"
)

// recent remembers the values used last, up to a number of them; the one used longest ago goes first.
type recent[K comparable, V any] struct {
	most  int
	mu    sync.Mutex
	order *list.List // of entry[K, V], most recent in front
	byKey map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, order: list.New(), byKey: map[K]*list.Element{}}
}

// get gives the value of key, made by fresh when it is not remembered.
func (r *recent[K, V]) get(key K, fresh func() V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(entry[K, V]).value
	}
	if r.order.Len() >= r.most {
		oldest := r.order.Back()
		r.order.Remove(oldest)
		delete(r.byKey, oldest.Value.(entry[K, V]).key)
	}
	value := fresh()
	r.byKey[key] = r.order.PushFront(entry[K, V]{key, value})
	return value
}

func (r *recent[K, V]) forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.Remove(e)
		delete(r.byKey, key)
	}
}
