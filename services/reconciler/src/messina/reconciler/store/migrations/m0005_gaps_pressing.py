"""Gaps that fail, or need a person, are found though millions wait."""

from messina.postgres import Migration

MIGRATION = Migration(
    5,
    "gaps_pressing",
    """
CREATE INDEX gaps_pressing ON {schema}.gaps (pipeline, due_us)
  WHERE attempts > 0 OR next_us IS NULL;
""",
)
