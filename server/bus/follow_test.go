package bus_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// patience is how long a test waits for something that takes milliseconds, on a busy machine and under the race detector.
const patience = 2 * time.Minute

var errEnough = errors.New("enough")

// follow collects lines from from on until the log's line end has come.
func follow(t testing.TB, b *bus.Bus, topic paas.Topic, from, end int64, each func([]paas.Log)) []paas.Log {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []paas.Log
	err := b.FollowLogs(ctx, topic, from, func(more []paas.Log) error {
		got = append(got, more...)
		if each != nil {
			each(more)
		}
		if more[len(more)-1].Seq >= end {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Errorf("follow ended after %d lines: %v", len(got), err)
	}
	return got
}

func TestFollowersGetEveryLineOnce(t *testing.T) {
	t.Parallel()
	const end = 10_000
	b := open(t, bus.Config{})
	appendLines(t, b, "logs:task:1", 1, 5_000)

	var followers sync.WaitGroup
	for i := range int64(200) {
		followers.Go(func() {
			from := 1 + i*31 // most begin in the middle of a batch, some beyond the end of what is stored
			got := follow(t, b, "logs:task:1", from, end, nil)
			if int64(len(got)) != end-from+1 {
				t.Errorf("from %d: got %d lines, want %d", from, len(got), end-from+1)
				return
			}
			mustFollow(t, got, from)
		})
	}
	for first := int64(5_001); first <= end; first += 50 {
		appendLines(t, b, "logs:task:1", first, 50)
	}
	followers.Wait()
}

func TestASlowFollowerIsLateAndHoldsNobody(t *testing.T) {
	t.Parallel()
	const end = 60_000 // far more than the memory of a tail holds
	b := open(t, bus.Config{})
	appendLines(t, b, "logs:task:1", 1, 10)

	begun, release := make(chan struct{}), make(chan struct{})
	var slow []paas.Log
	var followers sync.WaitGroup
	followers.Go(func() {
		var once sync.Once
		slow = follow(t, b, "logs:task:1", 1, end, func([]paas.Log) {
			once.Do(func() { close(begun); <-release })
		})
	})
	<-begun
	quick := make(chan []paas.Log, 1)
	followers.Go(func() { quick <- follow(t, b, "logs:task:1", 1, end, nil) })
	for first := int64(11); first <= end; first += 1000 {
		appendLines(t, b, "logs:task:1", first, int(min(1000, end-first+1)))
	}
	got := <-quick // while the slow one has not taken a single step
	mustFollow(t, got, 1)
	close(release)
	followers.Wait()
	if len(slow) != end {
		t.Errorf("the slow follower got %d lines, want %d", len(slow), end)
	}
	mustFollow(t, slow, 1)
}

func TestAFollowerGoesOnInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	appendLines(t, b, "logs:task:1", 1, 1000)
	got := follow(t, b, "logs:task:1", 1, 1, nil) // one call with the first batch; the page shows only 300 of it
	mustFollow(t, got, 1)
	got = follow(t, b, "logs:task:1", 301, 1000, nil)
	mustFollow(t, got, 301)
	if len(got) != 700 {
		t.Errorf("got %d lines, want 700", len(got))
	}
}

func TestAFollowerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.FollowLogs(ctx, "logs:task:1", 1, func([]paas.Log) error { return nil }) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestAnAnnouncementLostOnTheWayIsMadeUpFor(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	following := make(chan struct{})
	var once sync.Once
	got := make(chan []paas.Log, 1)
	go func() {
		got <- follow(t, b, "logs:task:1", 1, 30, func([]paas.Log) { once.Do(func() { close(following) }) })
	}()
	appendLines(t, b, "logs:task:1", 1, 10)
	<-following
	b.Deafen("logs:task:1")
	appendLines(t, b, "logs:task:1", 11, 20)
	lines := <-got
	mustFollow(t, lines, 1)
	if len(lines) != 30 {
		t.Errorf("got %d lines, want 30", len(lines))
	}
}
