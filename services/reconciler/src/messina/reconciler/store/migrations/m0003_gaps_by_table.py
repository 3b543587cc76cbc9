"""Gaps that are due are found table by table, however many wait before them."""

from messina.postgres import Migration

MIGRATION = Migration(
    3,
    "gaps_by_table",
    """
CREATE INDEX gaps_by_table ON {schema}.gaps (pipeline, table_name, static, work, next_us)
  WHERE next_us IS NOT NULL AND holder IS NULL;
DROP INDEX {schema}.gaps_to_do;
""",
)
