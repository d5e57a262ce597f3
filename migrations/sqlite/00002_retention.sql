-- What is over is forgotten in time: images of old releases, finished tasks, details of builds, the routine events.

-- +goose Up
-- When the image of an old release was removed from the engine. Going back to it builds it again.
ALTER TABLE releases ADD COLUMN image_gone_at TEXT;
CREATE INDEX releases_image ON releases (image);

-- Routine events tell what happened by itself, to tasks, builds and nodes; the others say who did what.
ALTER TABLE events ADD COLUMN routine INTEGER NOT NULL DEFAULT 0 CHECK (routine IN (0, 1));
UPDATE events SET routine = 1 WHERE kind LIKE 'task.%' OR kind LIKE 'build.%' OR kind LIKE 'node.%';
CREATE INDEX events_routine ON events (at) WHERE routine = 1;

CREATE INDEX tasks_over ON tasks (finished_at) WHERE state = 'finished';
CREATE INDEX builds_detailed ON builds (finished_at) WHERE plan IS NOT NULL;
CREATE INDEX server_groups_retired ON server_groups (retired_at) WHERE retired_at IS NOT NULL;

-- +goose Down
DROP INDEX server_groups_retired;
DROP INDEX builds_detailed;
DROP INDEX tasks_over;
DROP INDEX events_routine;
ALTER TABLE events DROP COLUMN routine;
DROP INDEX releases_image;
ALTER TABLE releases DROP COLUMN image_gone_at;
