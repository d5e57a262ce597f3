-- Every change of a row of the fleet is stamped with its transaction, so that who follows the fleet reads only what changed
-- since it looked. Transactions commit in any order; a reader goes on from the oldest that had not ended when it looked
-- (pg_snapshot_xmin), so that it sees some changes twice and misses none.

-- +goose Up
ALTER TABLE nodes ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE server_groups ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX nodes_changed ON nodes (changed);
CREATE INDEX server_groups_changed ON server_groups (changed);
CREATE INDEX tasks_changed ON tasks (changed);
CREATE INDEX tasks_node_changed ON tasks (node_id, changed);
DROP INDEX tasks_node;
CREATE INDEX tasks_node ON tasks (node_id, id, version) WHERE state <> 'finished'; -- with all that is needed to compare with them
DROP INDEX tasks_last;
CREATE INDEX tasks_last ON tasks (group_id, slot) WHERE NOT replaced;
-- +goose StatementBegin
CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER nodes_changed BEFORE INSERT OR UPDATE ON nodes FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER server_groups_changed BEFORE INSERT OR UPDATE ON server_groups FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER tasks_changed BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION stamp_change();

-- +goose Down
DROP TRIGGER tasks_changed ON tasks;
DROP TRIGGER server_groups_changed ON server_groups;
DROP TRIGGER nodes_changed ON nodes;
DROP FUNCTION stamp_change;
DROP INDEX tasks_last;
CREATE INDEX tasks_last ON tasks (group_id) WHERE NOT replaced;
DROP INDEX tasks_node;
CREATE INDEX tasks_node ON tasks (node_id) WHERE state <> 'finished';
ALTER TABLE tasks DROP COLUMN changed;
ALTER TABLE server_groups DROP COLUMN changed;
ALTER TABLE nodes DROP COLUMN changed;
