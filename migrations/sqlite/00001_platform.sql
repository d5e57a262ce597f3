-- The platform's records. Times are UTC text that sorts, JSON columns hold documents that are only read whole, and the
-- words of every state are those of server/paas (a test compares them).

-- +goose Up
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Numbers that only grow: the version of the edge's routes, the fence of placements.
CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL CHECK (value >= 0)
) STRICT;
INSERT INTO counters (name, value) VALUES ('routes', 0), ('fence', 0);

CREATE TABLE teams (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
  data_key   BLOB NOT NULL, -- seals the team's secrets; itself wrapped by the master key, which is never in the database
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE users (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL UNIQUE CHECK (email = lower(email) AND email <> ''),
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  operator      INTEGER NOT NULL CHECK (operator IN (0, 1)),
  created_at    TEXT NOT NULL
) STRICT;

CREATE TABLE members (
  team_id INTEGER NOT NULL REFERENCES teams (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  role    TEXT NOT NULL CHECK (role IN ('owner', 'member')),
  PRIMARY KEY (team_id, user_id)
) STRICT;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE sessions (
  hash       BLOB PRIMARY KEY, -- SHA-256 of the cookie's value
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  ip         TEXT NOT NULL,
  agent      TEXT NOT NULL,
  created_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  hash         BLOB NOT NULL UNIQUE, -- SHA-256 of the token
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  expires_at   TEXT NOT NULL,
  last_used_at TEXT
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE credentials (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  team_id    INTEGER NOT NULL REFERENCES teams (id),
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('token', 'ssh_key')),
  username   TEXT NOT NULL,
  public_key TEXT NOT NULL,
  secret     BLOB NOT NULL, -- sealed
  created_at TEXT NOT NULL,
  UNIQUE (team_id, name)
) STRICT;

CREATE TABLE apps (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  team_id         INTEGER NOT NULL REFERENCES teams (id),
  name            TEXT NOT NULL CHECK (name <> ''),
  repo            TEXT NOT NULL,
  branch          TEXT NOT NULL,
  root            TEXT NOT NULL,
  runtime         TEXT NOT NULL,
  credential_id   INTEGER REFERENCES credentials (id),
  settings        TEXT NOT NULL CHECK (json_valid(settings)),
  version         INTEGER NOT NULL CHECK (version > 0),
  live_release_id INTEGER REFERENCES releases (id),
  stopped         INTEGER NOT NULL CHECK (stopped IN (0, 1)),
  created_at      TEXT NOT NULL,
  deleted_at      TEXT
) STRICT;
CREATE UNIQUE INDEX apps_name ON apps (name) WHERE deleted_at IS NULL; -- a name is a host name, so it is unique over all teams
CREATE INDEX apps_team ON apps (team_id, name) WHERE deleted_at IS NULL;
CREATE INDEX apps_credential ON apps (credential_id) WHERE credential_id IS NOT NULL;

CREATE TABLE variables (
  app_id      INTEGER NOT NULL REFERENCES apps (id),
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version > 0), -- grows with every change; part of what the value is sealed with
  value       BLOB NOT NULL,                        -- sealed
  fingerprint TEXT NOT NULL,                        -- keyed hash: equal values of one team have equal fingerprints
  updated_at  TEXT NOT NULL,
  updated_by  TEXT NOT NULL,
  PRIMARY KEY (app_id, name)
) STRICT;

CREATE TABLE builds (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id      INTEGER NOT NULL REFERENCES apps (id),
  number      INTEGER NOT NULL CHECK (number > 0),
  state       TEXT NOT NULL CHECK (state IN ('queued', 'fetching', 'building', 'pushing', 'succeeded', 'failed', 'canceled')),
  ref         TEXT NOT NULL,
  git_commit  TEXT NOT NULL CHECK (json_valid(git_commit)),
  no_cache    INTEGER NOT NULL CHECK (no_cache IN (0, 1)),
  image_key   TEXT NOT NULL,
  image       TEXT NOT NULL,
  reused_from INTEGER REFERENCES builds (id),
  plan        TEXT CHECK (json_valid(plan)),
  dockerfile  TEXT NOT NULL,
  diagnosis   TEXT CHECK (json_valid(diagnosis)),
  created_at  TEXT NOT NULL,
  started_at  TEXT,
  finished_at TEXT,
  fence       INTEGER NOT NULL,
  UNIQUE (app_id, number),
  CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'canceled')))
) STRICT;
CREATE INDEX builds_image_key ON builds (image_key, id) WHERE state = 'succeeded';

CREATE TABLE build_steps (
  build_id    INTEGER NOT NULL REFERENCES builds (id),
  number      INTEGER NOT NULL,
  name        TEXT NOT NULL,
  started_at  TEXT,
  finished_at TEXT,
  cached      INTEGER NOT NULL CHECK (cached IN (0, 1)),
  error       TEXT NOT NULL,
  PRIMARY KEY (build_id, number)
) STRICT;

CREATE TABLE releases (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id        INTEGER NOT NULL REFERENCES apps (id),
  number        INTEGER NOT NULL CHECK (number > 0),
  build_id      INTEGER REFERENCES builds (id),
  deployment_id INTEGER NOT NULL UNIQUE REFERENCES deployments (id), -- a deployment makes one release, however often it is retried
  from_id       INTEGER REFERENCES releases (id),
  image         TEXT NOT NULL,
  git_commit    TEXT NOT NULL CHECK (json_valid(git_commit)),
  plan          TEXT NOT NULL CHECK (json_valid(plan)),
  settings      TEXT NOT NULL CHECK (json_valid(settings)),
  created_at    TEXT NOT NULL,
  created_by    TEXT NOT NULL,
  UNIQUE (app_id, number)
) STRICT;

-- A release keeps the values it was made with, sealed as they were: rows of variables are copied, never opened.
CREATE TABLE release_variables (
  release_id  INTEGER NOT NULL REFERENCES releases (id),
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL,
  value       BLOB NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (release_id, name)
) STRICT;

CREATE TABLE deployments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id        INTEGER NOT NULL REFERENCES apps (id),
  number        INTEGER NOT NULL CHECK (number > 0),
  kind          TEXT NOT NULL CHECK (kind IN ('deploy', 'rollback', 'config')),
  state         TEXT NOT NULL CHECK (state IN ('queued', 'building', 'releasing', 'placing', 'starting', 'switching', 'draining', 'live', 'failed', 'canceled', 'superseded')),
  reason        TEXT NOT NULL,
  build_id      INTEGER REFERENCES builds (id),
  release_id    INTEGER REFERENCES releases (id),
  previous_id   INTEGER REFERENCES releases (id),
  target_id     INTEGER REFERENCES releases (id),
  actor         TEXT NOT NULL,
  phases        TEXT NOT NULL CHECK (json_valid(phases)),
  diagnosis     TEXT CHECK (json_valid(diagnosis)),
  cancel_asked  TEXT,
  superseded_by INTEGER REFERENCES deployments (id),
  created_at    TEXT NOT NULL,
  finished_at   TEXT,
  version       INTEGER NOT NULL CHECK (version > 0),
  UNIQUE (app_id, number),
  CHECK ((kind = 'rollback') = (target_id IS NOT NULL)),
  CHECK (kind <> 'deploy' OR build_id IS NOT NULL),
  CHECK ((finished_at IS NOT NULL) = (state IN ('live', 'failed', 'canceled', 'superseded')))
) STRICT;
-- One deployment of an app is on its way at a time, and one is live.
CREATE UNIQUE INDEX deployments_moving ON deployments (app_id) WHERE state IN ('building', 'releasing', 'placing', 'starting', 'switching', 'draining');
CREATE UNIQUE INDEX deployments_live ON deployments (app_id) WHERE state = 'live';
CREATE INDEX deployments_pending ON deployments (app_id, id) WHERE state NOT IN ('live', 'failed', 'canceled', 'superseded');
CREATE INDEX deployments_newest ON deployments (app_id, id);

CREATE TABLE server_groups (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id        INTEGER NOT NULL REFERENCES apps (id),
  release_id    INTEGER NOT NULL REFERENCES releases (id),
  deployment_id INTEGER NOT NULL REFERENCES deployments (id),
  process       TEXT NOT NULL,
  name          TEXT NOT NULL,
  image         TEXT NOT NULL,
  spec          TEXT NOT NULL CHECK (json_valid(spec)),
  cpu_millis    INTEGER NOT NULL,
  memory_bytes  INTEGER NOT NULL,
  disk_bytes    INTEGER NOT NULL,
  wanted        INTEGER NOT NULL CHECK (wanted >= 0),
  traffic       INTEGER NOT NULL CHECK (traffic IN (0, 1)),
  once          INTEGER NOT NULL CHECK (once IN (0, 1)),
  created_at    TEXT NOT NULL,
  retired_at    TEXT,
  UNIQUE (deployment_id, process, once),
  CHECK (retired_at IS NULL OR (wanted = 0 AND NOT traffic)),
  CHECK (NOT (traffic AND once))
) STRICT;
CREATE UNIQUE INDEX server_groups_traffic ON server_groups (app_id, process) WHERE traffic; -- one group has the requests
CREATE INDEX server_groups_active ON server_groups (app_id) WHERE retired_at IS NULL;
CREATE INDEX server_groups_release ON server_groups (release_id);

CREATE TABLE nodes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL CHECK (name <> ''),
  state      TEXT NOT NULL CHECK (state IN ('joining', 'ready', 'draining', 'lost', 'removed')),
  capacity   TEXT NOT NULL CHECK (json_valid(capacity)),
  reserved   TEXT NOT NULL CHECK (json_valid(reserved)),
  engine     TEXT NOT NULL,
  labels     TEXT NOT NULL CHECK (json_valid(labels)),
  problem    TEXT NOT NULL,
  seen_at    TEXT NOT NULL,
  created_at TEXT NOT NULL,
  containers INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX nodes_name ON nodes (name) WHERE state <> 'removed';

-- What shapes a task's container is its group's; the row holds what is the task's own.
CREATE TABLE tasks (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id     INTEGER NOT NULL REFERENCES server_groups (id),
  app_id       INTEGER NOT NULL REFERENCES apps (id),
  slot         INTEGER NOT NULL CHECK (slot > 0),
  attempt      INTEGER NOT NULL CHECK (attempt > 0),
  state        TEXT NOT NULL CHECK (state IN ('accepted', 'placed', 'starting', 'running', 'stopping', 'finished')),
  stop         INTEGER NOT NULL CHECK (stop IN (0, 1)),
  ready        INTEGER NOT NULL CHECK (ready IN (0, 1)),
  replaced     INTEGER NOT NULL CHECK (replaced IN (0, 1)), -- a later task has its slot
  node_id      INTEGER REFERENCES nodes (id),
  fence        INTEGER NOT NULL,
  cpu_millis   INTEGER NOT NULL, -- what it reserves on its node: its group's, so that adding up needs no join
  memory_bytes INTEGER NOT NULL,
  disk_bytes   INTEGER NOT NULL,
  address      TEXT NOT NULL,
  exit_code    INTEGER NOT NULL,
  reason       TEXT NOT NULL CHECK (reason IN ('', 'normal', 'failed', 'killed', 'scaled_down', 'stuck', 'unready', 'out_of_memory', 'time_limit', 'no_command', 'node_lost', 'image_missing', 'engine_fault')),
  detail       TEXT NOT NULL,
  waiting      TEXT CHECK (json_valid(waiting)),
  diagnosis    TEXT CHECK (json_valid(diagnosis)),
  not_before   TEXT,
  since        TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  placed_at    TEXT,
  started_at   TEXT,
  ready_at     TEXT,
  stop_at      TEXT,
  finished_at  TEXT,
  version      INTEGER NOT NULL CHECK (version > 0),
  CHECK (state IN ('accepted', 'finished') OR node_id IS NOT NULL),
  CHECK ((state = 'finished') = (finished_at IS NOT NULL)),
  CHECK (state <> 'finished' OR reason <> ''),
  CHECK (NOT ready OR state IN ('running', 'stopping'))
) STRICT;
CREATE UNIQUE INDEX tasks_slot ON tasks (group_id, slot) WHERE state <> 'finished' AND NOT stop; -- one wanted task per slot
CREATE INDEX tasks_living ON tasks (app_id, group_id) WHERE state <> 'finished';
CREATE INDEX tasks_last ON tasks (group_id) WHERE NOT replaced;
CREATE INDEX tasks_group ON tasks (group_id, id);
CREATE INDEX tasks_node ON tasks (node_id) WHERE state <> 'finished';

CREATE TABLE events (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      TEXT NOT NULL,
  team_id INTEGER NOT NULL, -- 0: of the platform itself
  app_id  INTEGER NOT NULL, -- 0: of no app
  kind    TEXT NOT NULL CHECK (kind <> ''),
  subject TEXT NOT NULL,
  actor   TEXT NOT NULL,
  text    TEXT NOT NULL
) STRICT;
CREATE INDEX events_app ON events (app_id, id);
CREATE INDEX events_team ON events (team_id, id);
CREATE INDEX events_subject ON events (subject, id);

CREATE TABLE inspections (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  team_id       INTEGER NOT NULL REFERENCES teams (id),
  repo          TEXT NOT NULL,
  branch        TEXT NOT NULL,
  root          TEXT NOT NULL,
  runtime       TEXT NOT NULL,
  credential_id INTEGER REFERENCES credentials (id) ON DELETE SET NULL,
  state         TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  note          TEXT NOT NULL,
  git_commit    TEXT NOT NULL CHECK (json_valid(git_commit)),
  plan          TEXT CHECK (json_valid(plan)),
  branches      TEXT CHECK (json_valid(branches)),
  diagnosis     TEXT CHECK (json_valid(diagnosis)),
  created_at    TEXT NOT NULL,
  finished_at   TEXT,
  CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed')))
) STRICT;

CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence  INTEGER NOT NULL CHECK (fence > 0),
  until  TEXT NOT NULL
) STRICT;

-- The version of the routes that each edge serves.
CREATE TABLE edges (
  name    TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  seen_at TEXT NOT NULL
) STRICT;

-- Answers of writes that came with an Idempotency-Key, to be given again.
CREATE TABLE requests (
  actor_id   INTEGER NOT NULL,
  key        TEXT NOT NULL,
  method     TEXT NOT NULL,
  path       TEXT NOT NULL,
  body_hash  BLOB NOT NULL,
  status     INTEGER NOT NULL, -- 0 while it is in flight
  media_type TEXT NOT NULL,
  body       BLOB NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (actor_id, key)
) STRICT;
CREATE INDEX requests_age ON requests (created_at);
CREATE INDEX requests_flying ON requests (created_at) WHERE status = 0;

-- +goose Down
DROP TABLE requests;
DROP TABLE edges;
DROP TABLE leases;
DROP TABLE inspections;
DROP TABLE events;
DROP TABLE tasks;
DROP TABLE nodes;
DROP TABLE server_groups;
DROP TABLE release_variables;
UPDATE apps SET live_release_id = NULL;
UPDATE deployments SET kind = 'config', release_id = NULL, previous_id = NULL, target_id = NULL, superseded_by = NULL;
DROP TABLE releases;
DROP TABLE deployments;
DROP TABLE build_steps;
DROP TABLE builds;
DROP TABLE variables;
DROP TABLE apps;
DROP TABLE credentials;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE members;
DROP TABLE users;
DROP TABLE teams;
DROP TABLE counters;
DROP TABLE settings;
