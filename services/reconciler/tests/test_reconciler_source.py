"""What the source is asked for, against a session that is never reached."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from messina.pipeline import parse_spec
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.source import ScyllaSide, level_of
from messina.scylla import CdcOptions, Column, Session, TableSchema

SCHEMA = TableSchema(
    "ops",
    "t",
    (Column("code", "ascii", "partition_key", 0), Column("n", "int", "regular")),
    CdcOptions(enabled=True),
)


def part(schema: TableSchema = SCHEMA, entry: str = "{name: t}", static: bool = False) -> Part:
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: ops, mask_key: env:X}\nsink: {schema: s}\n"
        f"tables: [{entry}]"
    )
    (found,) = (
        one for one in parts_of(spec, spec.tables[0], schema, "secret") if one.static is static
    )
    return found


def test_a_key_that_the_source_can_not_hold_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row of the sink with such a key is one that the source does not have, not an error."""
    asked: list[Any] = []

    def lookup(_: Session, __: TableSchema, keys: Sequence[Any], **___: object) -> Iterator[Any]:
        asked.extend(keys)
        yield from ((key[0].encode(), b"\0\0\0\1") for key in keys)

    monkeypatch.setattr("messina.reconciler.source.lookup", lookup)
    side = ScyllaSide(cast(Session, None), part())
    assert list(side.lookup([("ZRH",), ("Zürich",), ("JFK",)])) == [("ZRH", 1), None, ("JFK", 1)]
    assert asked == [("ZRH",), ("JFK",)]


def test_rows_are_looked_up_below_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some at once, each with the time that it has; at the consistency that was asked for."""
    asked: list[tuple[int, Any]] = []
    slept: list[float] = []

    def lookup(_: Session, __: TableSchema, keys: Sequence[Any], **how: Any) -> Iterator[Any]:
        asked.append((len(keys), how["consistency"]))
        yield from ((key[0].encode(), b"\0\0\0\1") for key in keys)

    monkeypatch.setattr("messina.reconciler.source.lookup", lookup)
    monkeypatch.setattr("time.sleep", slept.append)
    level = level_of("QUORUM")
    side = ScyllaSide(cast(Session, None), part(), level, lambda rows: rows / 1_000)
    rows = list(side.witnessed([(f"k{number}",) for number in range(250)]))
    assert [each.row for each in rows] == [(f"k{number}", 1) for number in range(250)]
    assert (asked, slept) == ([(100, level), (100, level), (50, level)], [0.1, 0.1, 0.05])
    assert len(list(side.exact([(f"k{number}",) for number in range(150)]))) == 150
    assert (asked[3:], slept[3:]) == ([(100, level), (50, level)], [0.1, 0.05])


SHARED = TableSchema(
    "ops",
    "t",
    (
        Column("id", "int", "partition_key", 0),
        Column("at", "int", "clustering", 0),
        Column("owner", "text", "static"),
        Column("site", "text", "static"),
        Column("n", "int", "regular"),
    ),
    CdcOptions(enabled=True),
)


def test_shared_columns_without_a_value_are_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partition without any shared value has no row in the sink, masked values or not."""
    rows = [
        (b"\0\0\0\1", None, b"a", None, b"a"),
        (b"\0\0\0\2", None, None, None, None),
    ]
    asked: dict[str, Any] = {}

    def scan(_: Session, __: TableSchema, ___: object, **options: object) -> Iterator[Any]:
        asked.update(options)
        yield from rows

    monkeypatch.setattr("messina.reconciler.source.scan", scan)
    monkeypatch.setattr("messina.reconciler.source.token_ranges", lambda _: [None])
    side = ScyllaSide(cast(Session, None), part(SHARED, "{name: t, mask: {site: }}", static=True))
    assert list(side.rows()) == [(1, None, None)]
    assert asked == {"columns": ("id", "owner", "site", "owner", "site"), "shared": True}


def test_a_partition_without_rows_is_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """What partitions share comes, where there is no row, with a null in the key: it is skipped."""

    def scan(*_: object, **__: object) -> Iterator[Any]:
        yield from [(b"\0\0\0\1", None, None), (b"\0\0\0\2", b"\0\0\0\3", None)]

    monkeypatch.setattr("messina.reconciler.source.scan", scan)
    monkeypatch.setattr("messina.reconciler.source.token_ranges", lambda _: [None])
    assert list(ScyllaSide(cast(Session, None), part(SHARED)).rows()) == [(2, 3, None)]
