"""Which Postgres tables can be compared at all, without a database."""

from typing import Any, cast

import pytest

from messina.postgres import ColumnDefinition, Connection, TableDefinition
from messina.reconciler import SinkTableMissing
from messina.reconciler.sides import Shape
from messina.reconciler.sink import PostgresSide
from messina.types import parse_type

SHAPE = Shape("ops.t", ("id", "at", "n"), tuple(map(parse_type, ("int", "timestamp", "int"))), 2)


def side(monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...], **types: str) -> PostgresSide:
    """The sink's side over a table with these types and this primary key."""
    columns = {"id": "integer", "at": "timestamp with time zone", "n": "integer", **types}
    found = TableDefinition("s", "t", tuple(ColumnDefinition(*c) for c in columns.items()), key)

    def inspect(*_: Any) -> TableDefinition:
        return found

    monkeypatch.setattr("messina.reconciler.sink.inspect_table", inspect)
    return PostgresSide(cast(Connection, None), "s", "t", SHAPE)


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
