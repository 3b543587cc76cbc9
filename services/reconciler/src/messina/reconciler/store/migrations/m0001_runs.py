"""Runs, their ranges, what the ranges found, what became of it, and repairs."""

from messina.postgres import Migration

MIGRATION = Migration(
    1,
    "runs",
    """
CREATE TABLE {schema}.runs (
  id uuid PRIMARY KEY,
  pipeline text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'equal', 'different', 'done', 'failed')),
  options json NOT NULL,
  correlation_id text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  planned_at timestamptz,
  resumed integer NOT NULL DEFAULT 0,
  finished_at timestamptz,
  error text,
  counts json
);
COMMENT ON TABLE {schema}.runs IS
  'One a comparison or backfill; counts are set when it ends, per table.';
CREATE INDEX runs_by_pipeline ON {schema}.runs (pipeline, started_at DESC);

CREATE TABLE {schema}.ranges (
  run uuid NOT NULL REFERENCES {schema}.runs ON DELETE CASCADE,
  id integer NOT NULL,
  table_name text NOT NULL,
  static boolean NOT NULL,
  after_token bigint NOT NULL,
  upto_token bigint NOT NULL,
  estimated_rows bigint,
  done_at timestamptz,
  rows_in_source bigint,
  rows_in_sink bigint,
  PRIMARY KEY (run, id)
);
COMMENT ON TABLE {schema}.ranges IS
  'Token ranges of a run: from after_token (exclusive) to upto_token (inclusive).';

CREATE TABLE {schema}.candidates (
  run uuid NOT NULL REFERENCES {schema}.runs ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  table_name text NOT NULL,
  static boolean NOT NULL,
  key_json text NOT NULL,
  outcome text CHECK (outcome IN
    ('in_flight', 'unsettled', 'missing_in_sink', 'extra_in_sink', 'different')),
  decided_at timestamptz,
  PRIMARY KEY (run, id)
);
COMMENT ON TABLE {schema}.candidates IS
  'Keys whose rows looked different in a scan; they go when the run ends.';
CREATE INDEX candidates_undecided ON {schema}.candidates (run, id) WHERE outcome IS NULL;

CREATE TABLE {schema}.discrepancies (
  run uuid NOT NULL REFERENCES {schema}.runs ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  table_name text NOT NULL,
  static boolean NOT NULL,
  key_json text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('missing_in_sink', 'extra_in_sink', 'different')),
  columns json NOT NULL,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run, id)
);
COMMENT ON TABLE {schema}.discrepancies IS
  'Rows that differed for good; columns has both values as shown, masked ones hidden.';

CREATE TABLE {schema}.repairs (
  run uuid NOT NULL REFERENCES {schema}.runs ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  discrepancy bigint NOT NULL,
  table_name text NOT NULL,
  static boolean NOT NULL,
  key_json text NOT NULL,
  kind text NOT NULL,
  before json,
  after json,
  signal_id text,
  attempts integer NOT NULL DEFAULT 0,
  correlation_id text NOT NULL,
  asked_by text NOT NULL DEFAULT current_user,
  intended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  signalled_at timestamptz,
  outcome text CHECK (outcome IN ('verified', 'not_needed', 'not_cured')),
  reason text,
  settled_at timestamptz,
  PRIMARY KEY (run, id),
  UNIQUE (run, discrepancy),
  FOREIGN KEY (run, discrepancy) REFERENCES {schema}.discrepancies ON DELETE CASCADE
);
COMMENT ON TABLE {schema}.repairs IS
  'The audit: what a repair was to change, the sink''s row before and after, and what came of it.';
CREATE INDEX repairs_open ON {schema}.repairs (run, id) WHERE outcome IS NULL;
""",
)
