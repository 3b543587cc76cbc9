"""What the source is asked for, against a session that is never reached."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from messina.reconciler.source import ScyllaSide
from messina.scylla import CdcOptions, Column, Session, TableSchema

SCHEMA = TableSchema(
    "ops",
    "t",
    (Column("code", "ascii", "partition_key", 0), Column("n", "int", "regular")),
    CdcOptions(enabled=True),
)


def test_a_key_that_the_source_can_not_hold_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row of the sink with such a key is one that the source does not have, not an error."""
    asked: list[Any] = []

    def lookup(_: Session, __: TableSchema, keys: Sequence[Any], **___: object) -> Iterator[Any]:
        asked.extend(keys)
        yield from ((key[0].encode(), b"\0\0\0\1") for key in keys)

    monkeypatch.setattr("messina.reconciler.source.lookup", lookup)
    side = ScyllaSide(cast(Session, None), SCHEMA)
    assert list(side.lookup([("ZRH",), ("Zürich",), ("JFK",)])) == [("ZRH", 1), None, ("JFK", 1)]
    assert asked == [("ZRH",), ("JFK",)]
