"""How many streams a table's CDC log has: each is asked for every window."""

from collections.abc import Iterable

from messina.scylla.session import Session

_IN_USE = 0
"""The state of a stream that is in use at its time."""


def stream_counts(session: Session, keyspace: str, tables: Iterable[str]) -> dict[str, int]:
    """Return how many streams each table's log has now; 0 where there is no generation yet.

    With tablets each table has streams of its own; else all tables share those of the cluster:
    vnodes × shards × nodes.
    """
    names = list(tables)
    if _uses_tablets(session, keyspace):
        return {name: _of_tablets(session, keyspace, name) for name in names}
    return dict.fromkeys(names, _of_vnodes(session))


def _uses_tablets(session: Session, keyspace: str) -> bool:
    known = session.execute(
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = 'system_schema'"
        " AND table_name = 'scylla_keyspaces' AND column_name = 'initial_tablets'"
    )
    if not known:
        return False
    rows = session.execute(
        "SELECT initial_tablets FROM system_schema.scylla_keyspaces WHERE keyspace_name = %s",
        (keyspace,),
    )
    return bool(rows) and rows[0][0] is not None


def _of_tablets(session: Session, keyspace: str, table: str) -> int:
    times = session.execute(
        "SELECT timestamp FROM system.cdc_timestamps WHERE keyspace_name = %s AND table_name = %s",
        (keyspace, table),
    )
    if not times:
        return 0
    rows = session.execute(
        "SELECT count(*) FROM system.cdc_streams WHERE keyspace_name = %s AND table_name = %s"
        " AND timestamp = %s AND stream_state = %s",
        (keyspace, table, max(row[0] for row in times), _IN_USE),
    )
    return int(rows[0][0])


def _of_vnodes(session: Session) -> int:
    times = session.execute(
        "SELECT time FROM system_distributed.cdc_generation_timestamps WHERE key = 'timestamps'"
    )
    if not times:
        return 0
    rows = session.execute(
        "SELECT streams FROM system_distributed.cdc_streams_descriptions_v2 WHERE time = %s",
        (max(row[0] for row in times),),
    )
    return sum(len(row[0]) for row in rows)
