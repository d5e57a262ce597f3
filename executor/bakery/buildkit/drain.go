package buildkit

import (
	"context"
	"io"
	"strings"
	"time"

	bk "github.com/moby/buildkit/client"
	"google.golang.org/grpc"
)

// drainWithin is how long the engine may go on telling of a build that has ended. BuildKit 0.8 tells of every write of
// output that it leaves out, by an empty message: after a build that printed 100 MB line by line they are millions, minutes
// of them, and the client waits for the last.
const drainWithin = 10 * time.Second

// drain watches the calls of one build, and ends the engine's stream of statuses when the build has long ended.
type drain struct {
	solved chan struct{} // closed when the build has ended
	cut    chan struct{} // closed when the stream was ended before the engine had told everything
	within time.Duration
}

func newDrain() *drain {
	return &drain{solved: make(chan struct{}), cut: make(chan struct{}), within: drainWithin}
}

// options make a connection watched; it must be used for one build only.
func (d *drain) options() []bk.ClientOpt {
	return []bk.ClientOpt{bk.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(d.call)), bk.WithGRPCDialOption(grpc.WithChainStreamInterceptor(d.stream))}
}

// wasCut reports whether something that the engine had to say was not heard.
func (d *drain) wasCut() bool {
	select {
	case <-d.cut:
		return true
	default:
		return false
	}
}

func (d *drain) call(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if strings.HasSuffix(method, "/Solve") {
		defer close(d.solved)
	}
	return invoke(ctx, method, req, reply, conn, opts...)
}

func (d *drain) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if !strings.HasSuffix(method, "/Status") {
		return open(ctx, desc, conn, method, opts...)
	}
	ctx, cancel := context.WithCancel(ctx)
	statuses, err := open(ctx, desc, conn, method, opts...)
	if err != nil {
		cancel()
		return nil, err
	}
	over := make(chan struct{})
	go func() { // ends with the stream, which the client reads to its end
		defer cancel()
		select {
		case <-over:
			return
		case <-d.solved:
		}
		select {
		case <-over:
		case <-time.After(d.within):
			close(d.cut)
		}
	}()
	return &statusStream{ClientStream: statuses, drain: d, over: over}, nil
}

// statusStream is the engine's stream of statuses. One goroutine reads it until the first error.
type statusStream struct {
	grpc.ClientStream
	drain *drain
	over  chan struct{}
}

// RecvMsg takes the next message; a stream that was cut has simply ended.
func (s *statusStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil {
		return nil
	}
	close(s.over)
	if s.drain.wasCut() {
		return io.EOF
	}
	return err
}
