-- What weakens the isolation on a node is its own fact, not a label. The number of containers was never kept up to date.

-- +goose Up
ALTER TABLE nodes ADD COLUMN warnings TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes DROP COLUMN containers;

-- +goose Down
ALTER TABLE nodes ADD COLUMN containers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE nodes DROP COLUMN warnings;
