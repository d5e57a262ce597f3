package edge

import (
	"errors"
	"io"
	"sync/atomic"
)

// body is a request's body that knows whether some of it was read. With it net/http repeats a request on a new
// connection when it had sent nothing at all on one that the instance was just closing.
type body struct {
	io.ReadCloser
	read atomic.Bool
}

// errSent ends an attempt to send a body that was read in part: the rest would reach the instance as the whole.
var errSent = errors.New("the body was sent in part and cannot be repeated")

func (b *body) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.ReadCloser.Read(p)
}

// again is the request's GetBody. What it gives cannot be closed; the server closes the body when the request ends.
func (b *body) again() (io.ReadCloser, error) {
	if b.read.Load() {
		return nil, errSent
	}
	return io.NopCloser(b), nil
}
