package bus_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/slipway-paas/slipway/server/bus"
	"github.com/slipway-paas/slipway/server/paas"
)

// await takes hints until topic is among them.
func await(t *testing.T, hints *bus.Hints, topic paas.Topic) (others []paas.Topic) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		topics, err := hints.Next(ctx)
		if err != nil {
			t.Fatalf("no hint of %s came: %v", topic, err)
		}
		if slices.Contains(topics, topic) {
			return others
		}
		others = append(others, topics...)
	}
}

func TestHintsReachOtherProcesses(t *testing.T) {
	t.Parallel()
	one := open(t, bus.Config{})
	two := one.Twin(t)
	hints := two.Subscribe("app:1", "routes")
	defer hints.Close()
	if err := one.Publish(t.Context(), "app:2", "app:1"); err != nil {
		t.Fatal(err)
	}
	if others := await(t, hints, "app:1"); len(others) > 0 {
		t.Errorf("hints of %v came to someone who did not ask", others)
	}
	if err := one.Publish(t.Context(), "routes"); err != nil {
		t.Fatal(err)
	}
	await(t, hints, "routes")
}

func TestManyHintsForASlowSubscriberAreOne(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	slow, mark := b.Subscribe("app:1"), b.Subscribe("mark")
	defer slow.Close()
	defer mark.Close()
	for range 10_000 {
		if err := b.Publish(t.Context(), "app:1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Publish(t.Context(), "mark"); err != nil {
		t.Fatal(err)
	}
	await(t, mark, "mark") // hints keep their order, so all 10,000 have arrived by now
	if got := slow.Take(); !slices.Equal(got, []paas.Topic{"app:1"}) {
		t.Errorf("got %v, want one hint", got)
	}
	if got := slow.Take(); len(got) != 0 {
		t.Errorf("then got %v, want none", got)
	}
}

func TestSubscriptionsChangeWhileTheyLive(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	hints := b.Subscribe("app:1")
	defer hints.Close()
	hints.Add("app:2")
	hints.Remove("app:1")
	if err := b.Publish(t.Context(), "app:1", "app:2"); err != nil {
		t.Fatal(err)
	}
	if others := await(t, hints, "app:2"); len(others) > 0 {
		t.Errorf("got %v, which was removed", others)
	}
}

func TestMissedHintsWakeEveryoneAfterAReconnect(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	hints := b.Subscribe("app:1")
	defer hints.Close()
	if err := b.Reconnect(); err != nil {
		t.Fatal(err)
	}
	await(t, hints, "app:1")
}

func TestBadTopicsAreRefused(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	for _, topic := range []paas.Topic{"", "app:", ":1", "app:*", "app:>", "app.1", "app 1", "app:ü", paas.Topic(fmt.Sprintf("a%0200d", 1))} {
		if err := b.Publish(t.Context(), topic); paas.KindOf(err) != paas.Invalid {
			t.Errorf("topic %q: got %v, want an invalid topic", topic, err)
		}
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := open(t, bus.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changed := b.Watch(ctx, "tasks", "nodes")
	for range 3 {
		if err := b.Publish(ctx, "tasks"); err != nil {
			t.Fatal(err)
		}
		<-changed
	}
}
