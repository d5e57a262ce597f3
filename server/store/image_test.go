package store_test

import (
	"fmt"
	"testing"

	"github.com/slipway-paas/slipway/server/paas"
	"github.com/slipway-paas/slipway/server/store"
	"github.com/slipway-paas/slipway/server/store/storetest"
)

func TestAnImageGoesWhenOnlyOldReleasesUsedIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := storetest.NewWorld(t, s)
		app, node := w.App("shop"), w.Node("one")
		var releases []paas.Release
		for range 5 {
			_, r, _ := w.Live(app, node, 0)
			releases = append(releases, r)
		}
		storetest.Exec(t, s, "UPDATE releases SET image = 'image:' || number")
		retire := func(image string, keep int) bool {
			t.Helper()
			gone, err := w.RetireImage(ctx, image, keep)
			if err != nil {
				t.Fatal(err)
			}
			return gone
		}
		// A rollback to v2 is on its way, and v1 still has a task.
		rollback := w.Deployment(app)
		storetest.Exec(t, s, fmt.Sprintf("UPDATE deployments SET kind = 'rollback', target_id = %d WHERE id = %d", releases[1].ID, rollback.ID))
		storetest.Exec(t, s, fmt.Sprintf("UPDATE server_groups SET retired_at = NULL WHERE release_id = %d", releases[0].ID))
		for image, want := range map[string]bool{
			"image:1": false, // a task may start at any moment
			"image:2": false, // about to be live again
			"image:3": true,
			"image:4": false, // what a rollback brings back
			"image:5": false, // live
		} {
			if got := retire(image, 1); got != want {
				t.Errorf("%s is given up: %t, want %t", image, got, want)
			}
		}
		w.Move(rollback.ID, paas.DeploymentCanceled)
		if !retire("image:2", 3) || retire("image:3", 3) {
			t.Error("the last three releases keep their images, and only those")
		}
		if !retire("image:2", 3) {
			t.Error("giving up an image twice is one and the same")
		}
		gone := func(number int) bool {
			t.Helper()
			for _, r := range releases {
				got, err := w.Release(ctx, r.ID)
				if err != nil {
					t.Fatal(err)
				}
				if got.Number == number {
					return !got.ImageGone.IsZero()
				}
			}
			return false
		}
		if gone(1) || !gone(2) || !gone(3) || gone(4) || gone(5) {
			t.Error("the releases do not say which images are gone")
		}
		b := w.Deployment(app)
		if _, err := w.ChangeBuild(ctx, b.BuildID, func(b *paas.Build) (string, error) {
			b.State = paas.BuildFetching
			return "", nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ChangeBuild(ctx, b.BuildID, func(b *paas.Build) (string, error) {
			b.State, b.Image = paas.BuildSucceeded, "image:2"
			return "", nil
		}); err != nil {
			t.Fatal(err)
		}
		if gone(2) || retire("image:2", 1) {
			t.Error("an image that was just built again for a deployment on its way is there, and needed")
		}
		if !retire("image:nobody's", 1) {
			t.Error("an image that no release knows is of no use")
		}
		w.Move(b.ID, paas.DeploymentCanceled)
		w.Do(func(tx *store.Tx) error {
			if err := tx.RetireGroups(app.ID, 0); err != nil {
				return err
			}
			now, err := tx.LockApp("shop")
			if err != nil {
				return err
			}
			now.DeletedAt = tx.Now
			_, err = tx.SaveApp(now)
			return err
		})
		if !retire("image:5", 10) {
			t.Error("a destroyed app needs no images")
		}
	})
}

func TestAMissingImageIsNotedWhenATaskMissesIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := storetest.NewWorld(t, s)
		_, r, g := w.Live(w.App("shop"), w.Node("one"), 1)
		task := w.Tasks(g.ID)[0]
		w.Report(paas.TaskReport{TaskID: task.ID, Fence: task.Fence, State: paas.TaskFinished, Reason: paas.ReasonImageMissing})
		if got, err := w.Release(t.Context(), r.ID); err != nil || got.ImageGone.IsZero() {
			t.Errorf("the release says its image is gone at %s, %v", got.ImageGone, err)
		}
	})
}
