package buildkit

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc"
)

// flood is a stream of statuses that ends after some, or never by itself.
type flood struct {
	grpc.ClientStream
	ctx  context.Context
	left int // below 0: without end
	end  error
}

func (f *flood) RecvMsg(any) error {
	if f.left == 0 {
		return f.end
	}
	f.left--
	return f.ctx.Err()
}

func TestAStreamOfStatusesIsCutAMomentAfterTheBuild(t *testing.T) {
	t.Parallel()
	broken := errors.New("the engine went away")
	tests := map[string]struct {
		method string
		left   int
		end    error
		want   error
		cut    bool
	}{
		"an engine that says all":         {"/moby.buildkit.v1.Control/Status", 3, io.EOF, io.EOF, false},
		"one that never comes to its end": {"/moby.buildkit.v1.Control/Status", -1, nil, io.EOF, true},
		"one that goes away":              {"/moby.buildkit.v1.Control/Status", 3, broken, broken, false},
		"another stream is left alone":    {"/moby.buildkit.v1.Control/Session", 3, broken, broken, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrain()
			if tt.cut {
				d.within = time.Millisecond
			}
			stream, err := d.stream(t.Context(), nil, nil, tt.method, func(ctx context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
				return &flood{ctx: ctx, left: tt.left, end: tt.end}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			solved := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
			if err := d.call(t.Context(), "/moby.buildkit.v1.Control/Solve", nil, nil, nil, solved); err != nil {
				t.Fatal(err)
			}
			for err == nil {
				err = stream.RecvMsg(nil)
			}
			if !errors.Is(err, tt.want) || d.wasCut() != tt.cut {
				t.Errorf("got %v, cut %t; want %v, cut %t", err, d.wasCut(), tt.want, tt.cut)
			}
		})
	}
}
