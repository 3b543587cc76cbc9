"""The table that the bad days are about, on a CQL server beside the stack's."""

from itertools import count
from typing import Any

from lone_source import LoneSource

TABLE = "days.t"
_IDS = count(1)


def make_table(session: Any) -> None:
    """Make it, in a keyspace of its own."""
    session.execute(
        "CREATE KEYSPACE days WITH replication = "
        "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
    )
    session.execute(
        f"CREATE TABLE {TABLE} (id int PRIMARY KEY, word text) WITH cdc = {{'enabled': true}}"
    )


def write(session: Any, rows: int, word: str = "w") -> set[int]:
    """Write rows with new ids; return those."""
    ids = {next(_IDS) for _ in range(rows)}
    for number in ids:
        session.execute(f"INSERT INTO {TABLE} (id, word) VALUES (%s, %s)", (number, word))
    return ids


def told(source: LoneSource, text: str) -> bool:
    """Whether Connect's log has a text since the source was made."""
    return any(text in line for line in source.log())
