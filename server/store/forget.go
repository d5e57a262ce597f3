package store

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-paas/slipway/server/paas"
)

// What nobody can use any more is kept only for a look at it.
const (
	inspectionAge = 7 * 24 * time.Hour  // what a look at a repository found, for a form that was left open
	tokenAge      = 30 * 24 * time.Hour // after a token has ended
	edgeAge       = 24 * time.Hour      // since an edge was last heard of
)

// forgettable is one kind of row that is forgotten: a statement with the time before which rows are too old and how many
// may go at once.
type forgettable struct {
	what      string
	statement string
	before    time.Time
}

// liveBuilds are the builds whose plan and Dockerfile are in use.
const liveBuilds = "(SELECT r.build_id FROM apps a JOIN releases r ON r.id = a.live_release_id WHERE r.build_id IS NOT NULL)"

// Forget removes some of the oldest rows of each kind that is older than r, at most batch of a kind, each kind in its own
// short transaction: the writer is never held long. It returns how many rows went; call it until it says 0.
func (s *Store) Forget(ctx context.Context, r paas.Retention, batch int) (gone int64, err error) {
	now := s.Now()
	for _, f := range []forgettable{
		{"tasks", `DELETE FROM tasks WHERE id IN (SELECT t.id FROM tasks t JOIN server_groups g ON g.id = t.group_id
			WHERE t.state = 'finished' AND t.finished_at < ? AND (t.replaced OR g.retired_at IS NOT NULL) ORDER BY t.finished_at LIMIT ?)`, now.Add(-r.Tasks)},
		{"server groups", `DELETE FROM server_groups WHERE id IN (SELECT g.id FROM server_groups g
			WHERE g.retired_at < ? AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.group_id = g.id) ORDER BY g.retired_at LIMIT ?)`, now.Add(-r.Tasks)},
		// The lowest builds are the oldest, and those forgotten before have no steps: no index over times is needed.
		{"build steps", `DELETE FROM build_steps WHERE build_id IN (SELECT b.id FROM (SELECT DISTINCT build_id FROM build_steps ORDER BY build_id) s
			JOIN builds b ON b.id = s.build_id WHERE b.finished_at < ? AND b.id NOT IN ` + liveBuilds + ` ORDER BY b.id LIMIT ?)`, now.Add(-r.Builds)},
		{"build details", `UPDATE builds SET plan = NULL, dockerfile = '' WHERE id IN (SELECT id FROM builds
			WHERE plan IS NOT NULL AND finished_at < ? AND id NOT IN ` + liveBuilds + ` ORDER BY finished_at LIMIT ?)`, now.Add(-r.Builds)},
		{"routine events", `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE routine AND at < ? ORDER BY at LIMIT ?)`, now.Add(-r.Routine)},
		{"events", `DELETE FROM events WHERE at < ? AND id IN (SELECT id FROM events ORDER BY id LIMIT ?)`, now.Add(-r.Events)},
		{"inspections", `DELETE FROM inspections WHERE created_at < ? AND id IN (SELECT id FROM inspections ORDER BY id LIMIT ?)`, now.Add(-inspectionAge)},
		{"sessions", `DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at < ? LIMIT ?)`, now},
		{"tokens", `DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE expires_at < ? LIMIT ?)`, now.Add(-tokenAge)},
		{"requests", `DELETE FROM requests WHERE (actor_id, key) IN (SELECT actor_id, key FROM requests WHERE created_at < ? ORDER BY created_at LIMIT ?)`, now.Add(-requestAge)},
		{"edges", `DELETE FROM edges WHERE name IN (SELECT name FROM edges WHERE seen_at < ? LIMIT ?)`, now.Add(-edgeAge)},
	} {
		err := s.Write(ctx, func(tx *Tx) error {
			q := tx.db.Exec(f.statement, at(f.before), batch)
			gone += q.RowsAffected
			return q.Error
		})
		if err != nil {
			return gone, fmt.Errorf("forget old %s: %w", f.what, err)
		}
	}
	return gone, nil
}
