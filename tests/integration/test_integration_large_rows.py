"""Rows of megabytes: more of them than a round holds, and one that is too large."""

from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.kafka import AvroDecoder, RegistryClient, Signal, Signals, gap, read
from messina.scylla import MAX_TOKEN, MIN_TOKEN
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_MIB = 1 << 20
_ROWS = 24
_SECONDS = 90.0


def test_large_rows_arrive_in_parts(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Rows of 3 MiB come, by the log and by a signal; one beyond the limit is a gap only."""
    cql.execute(
        f"CREATE TABLE {keyspace}.large (id int PRIMARY KEY, body blob) WITH cdc = "
        "{'enabled': true}"
    )
    limit = {"max_row_bytes": 7 * _MIB // 2}
    road = Road(stack, keyspace, tmp_path, "large", source=limit)
    applied = road.apply()
    assert applied.code == 0, applied.output
    insert = cql.prepare(f"INSERT INTO {keyspace}.large (id, body) VALUES (?, ?)")
    for number in range(_ROWS):
        cql.execute(insert, (number, bytes([number]) * (3 * _MIB)))
    cql.execute(insert, (_ROWS, b"x" * (15 * _MIB // 4)))
    cql.execute(insert, (_ROWS + 1, b"behind it"))
    sizes = f'SELECT id, length(body), get_byte(body, 0) FROM "{keyspace}".large ORDER BY id'
    wanted = [(n, 3 * _MIB, n) for n in range(_ROWS)] + [(_ROWS + 1, 9, ord("b"))]
    with psycopg.connect(postgres_dsn, autocommit=True) as sink:
        until(
            lambda: sink.execute(sizes.encode()).fetchall() == wanted,
            within=_SECONDS,
            what="all rows but the one that is too large in Postgres",
        )
        sink.execute(f'DELETE FROM "{keyspace}".large'.encode())
        where = stack.endpoints
        decoder = AvroDecoder(RegistryClient(where.registry.url, where.registry.kind))
        signals = Signals(where.kafka.bootstrap_servers, road.name, decoder)
        everything = Signal(table=f"{keyspace}.large", token_range=(MIN_TOKEN, MAX_TOKEN))
        answer = signals.wait_done(signals.send(everything), timeout=_SECONDS)
        assert answer.rows == _ROWS + 2
        until(
            lambda: sink.execute(sizes.encode()).fetchall() == wanted,
            within=_SECONDS,
            what="all of them again",
        )
    brokers = where.kafka.bootstrap_servers
    seen = (gap(record, decoder) for record in read(brokers, f"{road.name}.gaps"))
    gaps = [one for one in seen if one is not None]
    assert {one.kind for one in gaps} == {"unreadable"}
    assert all("max.row.bytes" in (one.reason or "") for one in gaps)
    assert road.destroy().code == 0
