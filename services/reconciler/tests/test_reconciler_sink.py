"""Which Postgres tables can be compared at all, without a database."""

import re
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from messina.postgres import ColumnDefinition, Connection, TableDefinition
from messina.reconciler import SinkTableMissing
from messina.reconciler.errors import KeyTextUnknown
from messina.reconciler.scanning.frames import Frames
from messina.reconciler.sides import Shape
from messina.reconciler.sink import PostgresSide
from messina.types import parse_type

SHAPE = Shape("ops.t", ("id", "at", "n"), tuple(map(parse_type, ("int", "timestamp", "int"))), 2)


def side(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...], shape: Shape = SHAPE, **types: str
) -> PostgresSide:
    """The sink's side over a table with these types and this primary key."""
    columns = {"id": "integer", "at": "timestamp with time zone", "n": "integer", **types}
    found = TableDefinition("s", "t", tuple(ColumnDefinition(*c) for c in columns.items()), key)

    def inspect(*_: Any) -> TableDefinition:
        return found

    monkeypatch.setattr("messina.reconciler.sink.inspect_table", inspect)
    return PostgresSide(cast(Connection, None), "s", "t", shape)


def test_a_table_with_the_source_s_key_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the key does not matter, nor the type of a column that is not part of it."""
    side(monkeypatch, ("id", "at"))
    side(monkeypatch, ("at", "id"), n="text")


@pytest.mark.parametrize(
    ("key", "told"), [((), "primary key is none"), (("id",), r"primary key is \(id\)")]
)
def test_another_primary_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...], told: str
) -> None:
    """Without the source's key Postgres could hold a row twice, and one would go unseen."""
    with pytest.raises(SinkTableMissing, match=told):
        side(monkeypatch, key)


def test_a_key_of_another_type_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the source can't have can be asked for on neither side: it would seem equal."""
    with pytest.raises(SinkTableMissing, match="key's column id has type text, not integer"):
        side(monkeypatch, ("id", "at"), id="text")


def test_keys_may_have_the_types_that_the_official_connector_makes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only of a pipeline that it feeds."""
    with pytest.raises(SinkTableMissing, match="at has type timestamp without time zone, not"):
        side(monkeypatch, ("id", "at"), at="timestamp without time zone")
    official = replace(SHAPE, key_types={"timestamp": "timestamp without time zone"})
    side(monkeypatch, ("id", "at"), official, at="timestamp without time zone")


_ID = "0e3f7c1e-0000-4000-8000-00000000abcd"


def test_a_key_in_another_spelling_is_no_key() -> None:
    """One that reads as another row's would hide a row; so it is told, and nothing is compared."""
    types = tuple(map(parse_type, ("uuid", "varint", "timestamp", "uuid")))
    frames = Frames(Shape("ops.t", ("id", "n", "at", "v"), types, 3), 1)
    good = [
        b"%b" % text.encode() for text in (_ID, "-1200", "2026-11-23 06:00:00.123", _ID.upper())
    ]
    places = frozenset(range(4))
    frame = frames.of_sink([[cell] for cell in good], places)
    (key,) = frames.keys(frame["key"].to_list())
    assert key == (UUID(_ID), -1200, 1_795_413_600_123_000)
    for place, text in ((0, _ID.upper()), (0, "none"), (1, "-012"), (1, "1.0"), (1, "1E+2")):
        cells = [[cell] for cell in good]
        cells[place] = [text.encode()]
        with pytest.raises(KeyTextUnknown, match=re.escape(f"has '{text}' in column")):
            frames.of_sink(cells, places)
