"""Gaps: what is to be healed, and when."""

from messina.postgres import Migration

MIGRATION = Migration(
    2,
    "gaps",
    """
CREATE TABLE {schema}.gaps (
  pipeline text NOT NULL,
  subject uuid NOT NULL,
  slot bigint NOT NULL,
  table_name text NOT NULL,
  static boolean NOT NULL,
  kind text NOT NULL,
  work text NOT NULL CHECK (work IN ('keys', 'range', 'tokens', 'person')),
  partition_key text,
  lower_key text,
  lower_inclusive boolean,
  upper_key text,
  upper_inclusive boolean,
  from_token bigint,
  to_token bigint,
  from_us bigint,
  to_us bigint,
  written_us bigint NOT NULL,
  due_us bigint NOT NULL,
  reason text,
  correlation_id text,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_us bigint,
  attempts integer NOT NULL DEFAULT 0,
  error text,
  holder integer,
  PRIMARY KEY (pipeline, subject, slot)
);
COMMENT ON TABLE {schema}.gaps IS
  'Open gaps: of one subject one for each five seconds in which it falls due; healed ones go';
COMMENT ON COLUMN {schema}.gaps.next_us IS
  'When it is tried next; null: it needs a person.';
COMMENT ON COLUMN {schema}.gaps.holder IS
  'Who heals it now: the number of an advisory lock, which is free when that process is gone.';
CREATE INDEX gaps_to_do ON {schema}.gaps (pipeline, next_us)
  WHERE next_us IS NOT NULL AND holder IS NULL;
CREATE INDEX gaps_held ON {schema}.gaps (pipeline, holder) WHERE holder IS NOT NULL;
""",
)
