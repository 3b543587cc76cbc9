"""What is handed over between connectors, as values."""

from messina.deployer.handing import Taker, both, handed
from messina.deployer.resources import ConnectorResource
from messina.kafka import Offset


def source(tables: str) -> ConnectorResource:
    config = {"tables": tables, "window.ms": "300"}
    return ConnectorResource(name="p.x.source", role="source", tasks=1, config=config)


def offset(table: str, slice_: int) -> Offset:
    partition = {"keyspace": "k", "table": table, "slice": slice_}
    return Offset(partition=partition, offset={"fast_until": f"{table}{slice_}"})


def test_only_what_is_taken_is_handed_over_and_by_whom_it_is_taken_from() -> None:
    """Of a giver's offsets those of the taken tables; old ones that another connector still has
    of such a table are left."""
    stood = {"y": [offset("a", 0), offset("b", 0)], "z": [offset("a", 1), offset("c", 0)]}
    taker = Taker(source("k.a,k.c"), {"k.a": "y", "k.c": "z"})
    assert handed(taker, stood) == [offset("a", 0), offset("c", 0)]


def test_while_tables_are_handed_over_a_source_has_those_of_before_and_after() -> None:
    """Whatever breaks in between, each table is in the configuration of who has its offsets."""
    wanted = source("k.a,k.c")
    found = both(wanted, {"tables": "k.a, k.b", "window.ms": "100"})
    assert found == {"tables": "k.a,k.c,k.b", "window.ms": "300"}
    assert both(wanted, {}) == wanted.config
