"""Gaps are healed slice by slice: of one that stands no other has to wait."""

from messina.postgres import Migration

MIGRATION = Migration(
    4,
    "gaps_by_slice",
    """
ALTER TABLE {schema}.gaps ADD COLUMN slice integer NOT NULL DEFAULT -1;
COMMENT ON COLUMN {schema}.gaps.slice IS
  'The slice of the ring whose task told of it; -1: not known.';
CREATE INDEX gaps_by_slice
  ON {schema}.gaps (pipeline, table_name, static, work, slice, next_us)
  WHERE next_us IS NOT NULL AND holder IS NULL;
DROP INDEX {schema}.gaps_by_table;
""",
)
