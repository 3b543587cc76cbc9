"""CDC generations that begin while the stand-in runs."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Session

from messina.testing import Standin, running_standin, until

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_generation_is_announced_before_it_begins(cql: Session, keyspace: str) -> None:
    """A new generation is in the tables that readers look in before its start, streams first."""
    start = Standin(cql).new_generation(vnodes=8, shards=2)

    assert start > datetime.now(UTC)
    assert announced(cql)[0] == start
    assert len(streams_of(cql, start)) == 16


def test_write_goes_to_the_generation_of_its_timestamp(cql: Session, keyspace: str) -> None:
    """Around a switch a write's stream is of the generation that is in use at its timestamp."""
    table = f"{keyspace}.t"
    cql.execute(f"CREATE TABLE {table} (p int PRIMARY KEY, v int) WITH cdc = {{'enabled': true}}")
    older = announced(cql)[0]
    start = Standin(cql).new_generation(vnodes=3, shards=1, ahead=timedelta(seconds=1))
    for key, micros in enumerate((-1, 0, 1, 500_000)):
        stamp = micros_of(start) + micros
        cql.execute(f"INSERT INTO {table} (p, v) VALUES ({key}, 1) USING TIMESTAMP {stamp}")

    rows = cql.execute(f'SELECT p, "cdc$stream_id" AS stream FROM {table}_scylla_cdc_log')
    streams = {row.p: row.stream for row in rows}
    assert streams[0] in streams_of(cql, older)
    assert {streams[1], streams[2], streams[3]} <= streams_of(cql, start)


def test_no_write_is_in_the_wrong_generation_during_a_switch(cql: Session, keyspace: str) -> None:
    """Writes that race with switches that begin at once are all where readers look for them."""
    table = f"{keyspace}.t"
    cql.execute(f"CREATE TABLE {table} (p int PRIMARY KEY, v int) WITH cdc = {{'enabled': true}}")
    insert = cql.prepare(f"INSERT INTO {table} (p, v) VALUES (?, 1)")
    futures = []
    for switch in range(4):
        futures += [cql.execute_async(insert, (switch * 50 + key,)) for key in range(50)]
        Standin(cql).new_generation(vnodes=switch + 1, shards=2, ahead=timedelta())
    for future in futures:
        future.result()

    starts = announced(cql)
    known = {start: streams_of(cql, start) for start in starts}
    rows = list(
        cql.execute(
            f'SELECT "cdc$stream_id" AS stream, "cdc$time" AS time FROM {table}_scylla_cdc_log'
        )
    )
    assert len(rows) == 200
    for row in rows:
        start = next(s for s in starts if micros_of(s) <= micros(row.time))
        assert row.stream in known[start]


def test_starts_grow(cql: Session, keyspace: str) -> None:
    """A generation never begins before the one that was announced before it."""
    later = Standin(cql).new_generation(vnodes=2, ahead=timedelta(seconds=2))
    assert Standin(cql).new_generation(vnodes=2, ahead=timedelta()) > later
    until(lambda: datetime.now(UTC) > later, within=5, what="the generation began")


def test_bad_shape_is_refused(cql: Session, keyspace: str) -> None:
    """A ring without vnodes is refused, and nothing is announced."""
    before = announced(cql)
    with pytest.raises(InvalidRequest, match="vnodes and shards"):
        Standin(cql).new_generation(vnodes=0)
    assert announced(cql) == before


def test_generations_outlive_a_kill() -> None:
    """After kill -9 the generations are those that were announced, whatever shape they have."""
    with running_standin() as standin:
        with standin.connect() as session:
            Standin(session).new_generation(vnodes=5, shards=3, ahead=timedelta())
            before = announced(session.driver)
        standin.kill()
        standin.start()
        with standin.connect() as session:
            assert announced(session.driver) == before


def announced(cql: Session) -> list[datetime]:
    """Return the starts of all generations, newest first."""
    rows = cql.execute(
        "SELECT time FROM system_distributed.cdc_generation_timestamps WHERE key = 'timestamps'"
    )
    return [row.time.replace(tzinfo=UTC) for row in rows]


def streams_of(cql: Session, start: datetime) -> set[bytes]:
    """Return the streams of a generation."""
    rows = cql.execute(
        "SELECT streams FROM system_distributed.cdc_streams_descriptions_v2 WHERE time = %s",
        (start,),
    )
    return {bytes(stream) for row in rows for stream in row.streams}


def micros(time: uuid.UUID) -> int:
    """Return the microseconds since 1970 that a timeuuid tells."""
    return (time.time - 0x01B21DD213814000) // 10


def micros_of(time: datetime) -> int:
    """Return the microseconds since 1970 of a time."""
    return (time - _EPOCH) // timedelta(microseconds=1)
