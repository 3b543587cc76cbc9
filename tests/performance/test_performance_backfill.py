"""How fast a sink is filled, beside how fast the source is read and the sink writes, each alone.

All three in one run, over the same rows: the machine is the same for each. The long form, whose
figures stand in the reconciler's README: MESSINA_TEST_BACKFILL_ROWS=200000
"""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from road import Road

from messina.kafka import Answer, Asked, Asking, AvroDecoder, RegistryClient, Signal
from messina.pipeline import load_spec
from messina.reconciler.backfill.running import backfill
from messina.scylla import connect, sized_ranges, table_schema
from messina.testing import Stack, until

pytestmark = pytest.mark.stack

_ROWS = int(os.environ.get("MESSINA_TEST_BACKFILL_ROWS", "12000"))
_SHARE = float(os.environ.get("MESSINA_TEST_BACKFILL_SHARE", "0.3"))
"""What part of the slower of both it must reach: both cores are busy with one of them alone."""
_RANGE = 5_000
_SLICES = 4


def _read(asking: Asking, table: str, ranges: Sequence[tuple[int, int]]) -> list[Answer]:
    """Have ranges read again, eight at a time; return their answers."""
    asked: list[Asked] = []
    waiting = list(ranges)
    while waiting or any(each.open for each in asked):
        if waiting and sum(each.open for each in asked) < 8:
            asked += asking.ask([Signal(table=table, token_range=waiting.pop())])
        else:
            asking.poll(0.02)
    return [each.answer for each in asked if each.answer is not None]


def _sunk(sink: psycopg.Connection[Any], table: str) -> float:
    """Wait until all rows are in an empty table; return rows a second from the first on."""
    query = f"SELECT count(*) FROM {table}".encode()
    seen: list[tuple[float, int]] = []

    def all_there() -> bool:
        row = sink.execute(query).fetchone()
        assert row is not None
        if row[0]:
            seen.append((time.monotonic(), row[0]))
        return bool(row[0] == _ROWS)

    until(all_there, within=300, what="all rows are in Postgres", every=0.1)
    (began, before), (ended, after) = seen[0], seen[-1]
    return (after - before) / (ended - began) if ended > began else float("inf")


def test_a_fill_is_as_fast_as_its_slower_half(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Reading and sinking at the same time take not much longer than the slower of both alone."""
    table = f"{keyspace}.wide"
    columns = [f"c{number}" for number in range(8)]
    cql.execute(
        f"CREATE TABLE {table} (id bigint PRIMARY KEY, {', '.join(f'{c} text' for c in columns)})"
    )
    names = ", ".join(("id", *columns))
    insert = cql.prepare(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * 9)})")
    rows = ((number, *(f"{c}-{number}-x" for c in columns)) for number in range(_ROWS))
    execute_concurrent_with_args(cql, insert, rows, concurrency=128)
    cql.execute(f"ALTER TABLE {table} WITH cdc = {{'enabled': true}}")
    shape = {"partitions": _SLICES, "tasks": 1}
    source = {"signals_per_second": 1_000_000}
    road = Road(stack, keyspace, tmp_path, "wide", defaults=shape, source=source)
    applied = road.apply()
    assert applied.code == 0, applied.output
    spec, where = load_spec(road.file), stack.endpoints
    with ExitStack() as opened:
        decoder = AvroDecoder(opened.enter_context(RegistryClient.of(where.registry)))
        brokers = where.kafka.bootstrap_servers
        asking = opened.enter_context(Asking(brokers, road.name, decoder))
        sink = opened.enter_context(psycopg.connect(postgres_dsn, autocommit=True))
        session = opened.enter_context(
            connect(where.scylla.contact_points, where.scylla.local_datacenter)
        )
        sized = sized_ranges(session, table_schema(session, keyspace, "wide"), rows=_RANGE)
        ranges = [(each.tokens.after + 1, each.tokens.upto) for each in sized]
        # Both JVMs have done it all once.
        assert backfill(spec, where, rows_a_range=_RANGE).rows == _ROWS

        road.deploy("pause", "--only", "sink", "--timeout", "60")
        began = time.monotonic()
        answers = _read(asking, table, ranges)
        reading = _ROWS / (time.monotonic() - began)
        assert sum(answer.rows for answer in answers) == _ROWS
        sink.execute(f"TRUNCATE {table}".encode())
        road.deploy("resume", "--only", "sink", "--timeout", "60")
        sinking = _sunk(sink, table)

        sink.execute(f"TRUNCATE {table}".encode())
        began = time.monotonic()
        assert backfill(spec, where, rows_a_range=_RANGE).rows == _ROWS
        both = _ROWS / (time.monotonic() - began)
    share = both / min(reading, sinking)
    said = f"{_ROWS} rows: read {reading:.0f}/s, sunk {sinking:.0f}/s, filled {both:.0f}/s"
    said += f", {share:.0%} of the slower"
    print(said)  # noqa: T201
    assert share > _SHARE, said
    assert road.destroy().code == 0
