-- Every change of a row of the fleet gets the next number, so that who follows the fleet reads only what changed since it
-- looked. SQLite lets one writer in at a time, so that numbers become visible in their order.

-- +goose Up
INSERT INTO counters (name, value) VALUES ('changes', 0);
ALTER TABLE nodes ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE server_groups ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX nodes_changed ON nodes (changed);
CREATE INDEX server_groups_changed ON server_groups (changed);
CREATE INDEX tasks_changed ON tasks (changed);
CREATE INDEX tasks_node_changed ON tasks (node_id, changed);
DROP INDEX tasks_node;
CREATE INDEX tasks_node ON tasks (node_id, id, version) WHERE state <> 'finished'; -- with all that is needed to compare with them
DROP INDEX tasks_last;
CREATE INDEX tasks_last ON tasks (group_id, slot) WHERE NOT replaced;
-- +goose StatementBegin
CREATE TRIGGER nodes_inserted AFTER INSERT ON nodes BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE nodes SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER nodes_updated AFTER UPDATE ON nodes WHEN NEW.changed = OLD.changed BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE nodes SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER server_groups_inserted AFTER INSERT ON server_groups BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE server_groups SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER server_groups_updated AFTER UPDATE ON server_groups WHEN NEW.changed = OLD.changed BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE server_groups SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tasks_inserted AFTER INSERT ON tasks BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE tasks SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tasks_updated AFTER UPDATE ON tasks WHEN NEW.changed = OLD.changed BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'changes';
  UPDATE tasks SET changed = (SELECT value FROM counters WHERE name = 'changes') WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER tasks_updated;
DROP TRIGGER tasks_inserted;
DROP TRIGGER server_groups_updated;
DROP TRIGGER server_groups_inserted;
DROP TRIGGER nodes_updated;
DROP TRIGGER nodes_inserted;
DROP INDEX tasks_last;
CREATE INDEX tasks_last ON tasks (group_id) WHERE NOT replaced;
DROP INDEX tasks_node;
CREATE INDEX tasks_node ON tasks (node_id) WHERE state <> 'finished';
DROP INDEX tasks_node_changed;
DROP INDEX tasks_changed;
DROP INDEX server_groups_changed;
DROP INDEX nodes_changed;
ALTER TABLE tasks DROP COLUMN changed;
ALTER TABLE server_groups DROP COLUMN changed;
ALTER TABLE nodes DROP COLUMN changed;
DELETE FROM counters WHERE name = 'changes';
