package store

import (
	"context"
	"fmt"

	"github.com/slipway-paas/slipway/server/paas"
)

// needed are the releases that need the image given first: whose tasks run or will, the live one and the one before it,
// those of deployments on their way, and the last few of each app, so that going back is quick.
const needed = `SELECT 1 FROM releases r JOIN apps a ON a.id = r.app_id WHERE r.image = ? AND (
	a.deleted_at IS NULL AND (
		r.number > (SELECT MAX(n.number) FROM releases n WHERE n.app_id = a.id) - ?
		OR r.id = a.live_release_id
		OR EXISTS (SELECT 1 FROM deployments WHERE deployments.app_id = a.id AND (deployments.state = 'live' OR ` + pending + `)
			AND (r.id = deployments.previous_id OR r.id = deployments.target_id OR r.id = deployments.release_id)))
	OR EXISTS (SELECT 1 FROM server_groups g WHERE g.release_id = r.id AND
		(g.retired_at IS NULL OR EXISTS (SELECT 1 FROM tasks t WHERE t.group_id = g.id AND t.` + living + `)))) LIMIT 1`

// building is a deployment on its way whose build has made the image, and that has no release yet.
const building = "SELECT 1 FROM deployments JOIN builds b ON b.id = deployments.build_id WHERE " + pending + " AND b.image = ? LIMIT 1"

// RetireImage reports whether nothing needs an image any more but the releases of an app before its last few, and notes
// in these that it is gone: from then on, going back to one of them builds it again. Whoever asks removes the image
// afterwards, when the answer is yes.
func (s *Store) RetireImage(ctx context.Context, image string, releases int) (bool, error) {
	return write(ctx, s, func(tx *Tx) (bool, error) {
		// Whoever starts a deployment holds its app, so that it sees the note or is seen here.
		if tx.store.pool != nil {
			if err := tx.db.Exec("SELECT 1 FROM apps WHERE id IN (SELECT app_id FROM releases WHERE image = ?) ORDER BY id FOR UPDATE", image).Error; err != nil {
				return false, fmt.Errorf("hold the apps of image %s: %w", image, err)
			}
		}
		var found int
		if err := tx.db.Raw(needed, image, releases).Scan(&found).Error; err != nil {
			return false, fmt.Errorf("ask who needs image %s: %w", image, err)
		}
		if found == 0 {
			if err := tx.db.Raw(building, image).Scan(&found).Error; err != nil {
				return false, fmt.Errorf("ask who is building image %s: %w", image, err)
			}
		}
		if found != 0 {
			return false, nil
		}
		return true, tx.loseImage(image)
	})
}

// loseImage notes that an image is gone from the engine.
func (tx *Tx) loseImage(image string) error {
	err := tx.db.Exec("UPDATE releases SET image_gone_at = ? WHERE image = ? AND image_gone_at IS NULL", at(tx.Now), image).Error
	if err != nil {
		return fmt.Errorf("note that image %s is gone: %w", image, err)
	}
	return nil
}

// findImage notes that an image is there again, since a build has just made or found it.
func (tx *Tx) findImage(image string) error {
	err := tx.db.Exec("UPDATE releases SET image_gone_at = NULL WHERE image = ? AND image_gone_at IS NOT NULL", image).Error
	if err != nil {
		return fmt.Errorf("note that image %s is there: %w", image, err)
	}
	return nil
}

// NoteHousekeeping writes what housekeeping removed into the timeline of a node.
func (s *Store) NoteHousekeeping(ctx context.Context, node, sentence string) error {
	return s.Write(ctx, func(tx *Tx) error {
		n, err := tx.NodeNamed(node)
		if err != nil {
			return err
		}
		tx.Event(paas.Event{Kind: "node.pruned", Subject: topic("node", n.ID), Actor: "Slipway", Text: sentence})
		return nil
	})
}
