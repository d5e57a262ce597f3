package join_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/slipway-paas/slipway/executor/bakery/join"
)

func TestJoinersShareOneDoingAndHearAllOfIt(t *testing.T) {
	t.Parallel()
	var g join.Group[int, string]
	var times int
	first, goOn := make(chan struct{}), make(chan struct{})
	do := func(_ context.Context, report func(int)) (string, error) {
		times++
		report(1)
		close(first)
		<-goOn
		report(2)
		return "bread", nil
	}
	type answer struct {
		value  string
		joined bool
		heard  []int
	}
	answers := make(chan answer, 3)
	ask := func(ready func()) {
		var a answer
		var err error
		a.value, a.joined, err = g.Do(t.Context(), "k", func(e int) {
			a.heard = append(a.heard, e)
			if e == 1 {
				ready()
			}
		}, do)
		if err != nil {
			t.Error(err)
		}
		answers <- a
	}
	var joined sync.WaitGroup
	joined.Add(3)
	go ask(joined.Done)
	<-first
	go ask(joined.Done)
	go ask(joined.Done)
	joined.Wait()
	close(goOn)
	joiners := 0
	for range 3 {
		a := <-answers
		if a.value != "bread" || !slices.Equal(a.heard, []int{1, 2}) {
			t.Errorf("got %q after hearing %v", a.value, a.heard)
		}
		if a.joined {
			joiners++
		}
	}
	if times != 1 || joiners != 2 {
		t.Errorf("it was done %d times with %d joiners, want 1 and 2", times, joiners)
	}
}

func TestOneCallerLeavingDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	var g join.Group[struct{}, string]
	goOn := make(chan struct{})
	do := func(ctx context.Context, report func(struct{})) (string, error) {
		report(struct{}{})
		select {
		case <-goOn:
			return "bread", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	stays := make(chan error, 1)
	started, joined := make(chan struct{}), make(chan struct{})
	go func() {
		_, _, err := g.Do(impatient, "k", func(struct{}) { close(started) }, do)
		left <- err
	}()
	<-started
	go func() {
		v, _, err := g.Do(t.Context(), "k", func(struct{}) { close(joined) }, do)
		if v != "bread" {
			t.Errorf("got %q", v)
		}
		stays <- err
	}()
	<-joined
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	close(goOn)
	if err := <-stays; err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
}

func TestTheLastToLeaveWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	var g join.Group[struct{}, string]
	ctx, cancel := context.WithCancel(t.Context())
	ended := false
	_, _, err := g.Do(ctx, "k", func(struct{}) { cancel() }, func(ctx context.Context, report func(struct{})) (string, error) {
		report(struct{}{})
		<-ctx.Done()
		ended = true
		return "", ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || !ended {
		t.Errorf("got %v, ended %v", err, ended)
	}
	v, joined, err := g.Do(t.Context(), "k", func(struct{}) {}, func(context.Context, func(struct{})) (string, error) { return "new", nil })
	if v != "new" || joined || err != nil {
		t.Errorf("afterwards got %q, joined %v, %v", v, joined, err)
	}
}
