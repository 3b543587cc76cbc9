"""The published JSON schema is that of the models."""

from pathlib import Path

from messina.pipeline.schema import schema_text

COMMITTED = Path(__file__).parent.parent / "pipeline.schema.json"


def test_the_committed_schema_is_current() -> None:
    """Editors see what the loader accepts; `python -m messina.pipeline FILE` renews the file."""
    assert COMMITTED.read_text(encoding="utf-8") == schema_text()
