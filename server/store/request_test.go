package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestARequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		begin := func(key string, actor int64, body string) (*store.Response, error) {
			return s.BeginRequest(ctx, key, actor, "POST", "/api/v1/apps", []byte(body))
		}
		if saved, err := begin("k", 1, "a"); err != nil || saved != nil {
			t.Fatalf("the first request: %v, %v", saved, err)
		}
		if _, err := begin("k", 1, "a"); paas.KindOf(err) != paas.Conflict {
			t.Errorf("while it is in flight: %v, want a conflict", err)
		}
		answer := store.Response{Status: 201, MediaType: "application/json", Body: []byte(`{"name":"shop"}`)}
		if err := s.EndRequest(ctx, "k", 1, &answer); err != nil {
			t.Fatal(err)
		}
		if saved, err := begin("k", 1, "a"); err != nil || saved == nil || saved.Status != 201 || string(saved.Body) != string(answer.Body) {
			t.Errorf("the same again: %+v, %v; want the first answer", saved, err)
		}
		if _, err := begin("k", 1, "b"); paas.KindOf(err) != paas.Conflict {
			t.Errorf("the key with another body: %v, want a conflict", err)
		}
		if saved, err := begin("k", 2, "b"); err != nil || saved != nil {
			t.Errorf("the key of somebody else: %v, %v; want a new request", saved, err)
		}
		if err := s.EndRequest(ctx, "k", 2, nil); err != nil {
			t.Fatal(err)
		}
		if saved, err := begin("k", 2, "c"); err != nil || saved != nil {
			t.Errorf("after it was forgotten: %v, %v; want a new request", saved, err)
		}
	})
}

func TestAHundredEqualRequestsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var group sync.WaitGroup
		began := make(chan bool, 100)
		for range 100 {
			group.Go(func() {
				saved, err := s.BeginRequest(t.Context(), "k", 1, "POST", "/", nil)
				if err != nil && paas.KindOf(err) != paas.Conflict {
					t.Error(err)
				}
				began <- err == nil && saved == nil
			})
		}
		group.Wait()
		close(began)
		n := 0
		for b := range began {
			if b {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d requests began, want 1", n)
		}
	})
}

func TestAnInstallationHasOneName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var group sync.WaitGroup
		ids := make([]string, 10)
		for i := range ids {
			group.Go(func() {
				var err error
				if ids[i], err = s.InstallID(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if slices.Sort(ids); ids[0] == "" || ids[0] != ids[9] {
			t.Errorf("ids %v, want one", ids)
		}
	})
}

func TestEventsBecomeVisibleInTheirOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const writers, each = 8, 25
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for range each {
					if err := s.Write(t.Context(), func(tx *store.Tx) error {
						tx.Event(paas.Event{AppID: 1, Kind: "test", Subject: "app:1"})
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		// A follower that reads from its cursor while they write must miss none.
		seen := 0
		var cursor int64
		done := make(chan struct{})
		go func() { group.Wait(); close(done) }()
		for finished := false; ; {
			events, err := s.EventsAfter(t.Context(), "app:1", cursor, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				seen, cursor = seen+1, e.ID
			}
			if finished {
				break
			}
			select {
			case <-done:
				finished = true
			default:
			}
		}
		if seen != writers*each {
			t.Errorf("the follower saw %d events, want %d", seen, writers*each)
		}
	})
}

func TestAnInspectionEndsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		repo, err := paas.ParseRepoURL("https://git.example.com/a/b")
		if err != nil {
			t.Fatal(err)
		}
		var i paas.Inspection
		w.Do(func(tx *store.Tx) error {
			i, err = tx.InsertInspection(paas.Inspection{TeamID: w.Team.ID, Repo: repo, Note: "Waiting."})
			return err
		})
		plan := storetest.Plan()
		done, err := s.ChangeInspection(t.Context(), i.ID, func(i *paas.Inspection) error {
			i.State, i.Plan, i.Branches = paas.InspectionDone, &plan, []string{"main", "dev"}
			return nil
		})
		if err != nil || done.FinishedAt.IsZero() {
			t.Fatalf("the end: %+v, %v", done, err)
		}
		got, err := s.Inspection(t.Context(), i.ID)
		if err != nil || got.Plan == nil || got.Plan.Title != plan.Title || !slices.Equal(got.Branches, done.Branches) || got.Repo.String() != repo.String() {
			t.Errorf("read back %+v, %v", got, err)
		}
		_, err = s.ChangeInspection(t.Context(), i.ID, func(i *paas.Inspection) error { i.State = paas.InspectionFailed; return nil })
		if paas.KindOf(err) != paas.Conflict {
			t.Errorf("a second end: %v, want a conflict", err)
		}
		if _, err := s.ChangeInspection(t.Context(), i.ID, func(*paas.Inspection) error { return errors.New("no") }); err == nil {
			t.Error("the change's error was dropped")
		}
	})
}

func TestABuildFollowsItsMovesAndItsFence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := storetest.NewWorld(t, s)
		d := w.Deployment(w.App("shop"))
		move := func(state paas.State, fence int64) error {
			_, err := s.ChangeBuild(ctx, d.BuildID, func(b *paas.Build) (string, error) {
				b.State, b.Fence = state, fence
				return "", nil
			})
			return err
		}
		if err := move(paas.BuildFetching, 2); err != nil {
			t.Fatal(err)
		}
		if err := move(paas.BuildBuilding, 1); paas.KindOf(err) != paas.Conflict {
			t.Errorf("an older run wrote: %v, want a conflict", err)
		}
		if err := move(paas.BuildQueued, 2); paas.KindOf(err) != paas.Conflict {
			t.Errorf("a move back: %v, want a conflict", err)
		}
		steps := []paas.Step{{Number: 1, Name: "install", Started: time.Unix(1, 0).UTC()}, {Number: 2, Name: "build", Cached: true, Error: "exit 1"}}
		for range 2 {
			if err := s.SaveSteps(ctx, d.BuildID, steps); err != nil {
				t.Fatal(err)
			}
		}
		if err := move(paas.BuildSucceeded, 2); err != nil {
			t.Fatal(err)
		}
		b, err := s.Build(ctx, d.BuildID)
		if err != nil || b.StartedAt.IsZero() || b.FinishedAt.IsZero() {
			t.Errorf("the build is %+v, %v; want both times", b, err)
		}
		if err := s.Read(ctx, func(tx *store.Tx) error {
			got, err := tx.Steps(b.ID)
			if !slices.Equal(got, steps) {
				t.Errorf("steps %+v, want %+v", got, steps)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
