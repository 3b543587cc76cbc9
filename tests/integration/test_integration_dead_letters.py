"""Messina's sink: what Postgres rejects goes to the dead letters, and nothing else does.

And what becomes of it there: it is listed, replayed, quarantined, discarded.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from child import running
from confluent_kafka import Producer
from road import Answer, Road
from untouched import Log

from messina.kafka import Positions, Record, read
from messina.pipeline import Endpoints
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_GOOD = 995
_PRIVATE = "nobody-logs-me"
_NUL, _NARROW, _MISSING, _CHECK, _ORPHAN = range(2_000, 2_005)
_POISON = {
    _NUL: ("22021", None),
    _NARROW: ("22003", None),
    _MISSING: ("23502", "must"),
    _CHECK: ("23514", "positive"),
    _ORPHAN: ("23503", "owned"),
}


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table that Messina's sink writes, with columns that a hand can make strict."""
    cql.execute(
        f"CREATE TABLE {keyspace}.orders (id int PRIMARY KEY, word text, amount decimal,"
        " must int, checked int, owner int) WITH cdc = {'enabled': true}"
    )
    one = Road(
        stack, keyspace, tmp_path, "orders", sink={"connector": "messina"}, defaults={"tasks": 1}
    )
    with one.applied():
        yield one


def _strict(dsn: str, schema: str) -> None:
    """What a hand does to a warehouse: the sink's rows must please it."""
    with psycopg.connect(dsn, autocommit=True) as hand:
        for statement in (
            "CREATE TABLE {s}.owners (id integer PRIMARY KEY)",
            "INSERT INTO {s}.owners VALUES (1)",
            "ALTER TABLE {s}.orders ALTER COLUMN amount TYPE numeric(6, 2)",
            "ALTER TABLE {s}.orders ALTER COLUMN must SET NOT NULL",
            "ALTER TABLE {s}.orders ADD CONSTRAINT positive CHECK (checked > 0)",
            "ALTER TABLE {s}.orders ADD CONSTRAINT owned FOREIGN KEY (owner)"
            " REFERENCES {s}.owners DEFERRABLE INITIALLY DEFERRED",
        ):
            hand.execute(statement.format(s=schema).encode())


def _write(cql: Session, keyspace: str) -> None:
    insert = cql.prepare(
        f"INSERT INTO {keyspace}.orders (id, word, amount, must, checked, owner)"
        " VALUES (?, ?, ?, ?, ?, ?)"
    )
    rows: list[tuple[object, ...]] = [(key, _PRIVATE, 1, 1, 1, 1) for key in range(_GOOD)]
    rows[100:100] = [(_NUL, "a\0b", 1, 1, 1, 1)]
    rows[300:300] = [(_NARROW, "w", 10**9, 1, 1, 1), (_MISSING, "w", 1, None, 1, 1)]
    rows[700:700] = [(_CHECK, "w", 1, 1, -1, 1), (_ORPHAN, "w", 1, 1, 1, 99)]
    results = execute_concurrent_with_args(cql, insert, rows, concurrency=50)
    assert all(success for success, _ in results)


def _letters(endpoints: Endpoints, road: Road) -> list[Record]:
    return list(read(endpoints.kafka.bootstrap_servers, f"{road.name}.orders.sink.dlq"))


def _header(letter: Record, name: str) -> str | None:
    value = letter.headers.get(f"messina.error.{name}")
    return None if value is None else value.decode()


def test_poison_rows_stop_nobody(
    road: Road, stack: Stack, cql: Session, endpoints: Endpoints, postgres_dsn: str
) -> None:
    """Of 1,000 rows the 995 good ones are in Postgres, and 5 in the dead letters with reasons."""
    log = Log(stack)
    _strict(postgres_dsn, road.keyspace)
    _write(cql, road.keyspace)
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(_GOOD,)],
        within=60,
        what="the good rows are there",
    )
    until(lambda: len(_letters(endpoints, road)) >= 5, within=30, what="the others are told")
    letters = _letters(endpoints, road)
    reasons = {
        _header(letter, "sqlstate"): _header(letter, "constraint") or _header(letter, "column")
        for letter in letters
    }
    assert reasons == dict(_POISON.values())
    for letter in letters:
        assert _header(letter, "topic") == f"{road.name}.{road.keyspace}.orders"
        assert _header(letter, "offset") is not None
        assert letter.headers.get("messina.correlation_id")
    # a row in the dead letters is no row of the sink, and its table goes on
    cql.execute(
        f"INSERT INTO {road.keyspace}.orders (id, word, must, checked) VALUES (3000, 'on', 1, 1)"
    )
    until(
        lambda: road.rows(postgres_dsn, "SELECT word FROM {schema}.orders WHERE id = 3000")
        == [("on",)],
        within=30,
        what="the table goes on",
    )
    states = road.status()
    assert states.code == 0, states.output
    assert len(_letters(endpoints, road)) == 5
    # what went wrong is told many times over, and never with the rows of a batch
    lines = log.text().splitlines()
    assert any("To the dead letters" in line for line in lines)
    assert not [line for line in lines if _PRIVATE in line]
    _are_listed(road)
    _what_fails_again_is_quarantined(road)
    _causes_are_cured(road, cql, postgres_dsn)
    _what_nobody_saw_is_unknown(road)
    _a_replay_may_be_killed(road, endpoints)
    # the killed one has written down nothing: the next one asks for all of them again
    replayed = road.dlq("replay", "--yes", "--include-quarantined")
    assert replayed.code == 0, replayed.output
    assert replayed.document["outcomes"] == {"came through": 5}
    listed = road.dlq("list")
    assert (listed.code, listed.document["open"]) == (0, 0), listed.output
    rows = road.rows(postgres_dsn, "SELECT id, word FROM {schema}.orders WHERE id >= 2000")
    assert dict(rows) == {**dict.fromkeys(_POISON, "w"), _NUL: "ab", _CHECK: "newer", 3000: "on"}
    compared = road.reconcile(settle=None)
    assert compared.code == 0, compared.output
    _a_letter_without_a_key_is_shown_and_discarded(road, endpoints)


def _open(answer: Answer) -> dict[str, int]:
    """How many letters are open, by reason."""
    bars = answer.document["bars"]
    return {bar["reason"]["name"]: bar["counts"]["open"] for bar in bars if bar["counts"]["open"]}


def _are_listed(road: Road) -> None:
    listed = road.dlq("list", "--table", "orders")
    assert listed.code == 2, listed.output
    assert _open(listed) == dict.fromkeys(
        ("bad-text", "out-of-range", "not-null", "check", "foreign-key"), 1
    )
    (shown,) = road.dlq("show", "--reason", "22021").document["letters"]
    assert shown["key"] == {"id": _NUL}
    assert shown["value"]["after"]["word"] == "a\0b"
    assert shown["origin"].startswith(f"{road.name}.{road.keyspace}.orders:")
    planned = road.dlq("replay", "--dry-run")
    assert (planned.code, planned.document["plan"]["rows"]) == (2, 5), planned.output


def _what_fails_again_is_quarantined(road: Road) -> None:
    """After --max-attempts, and then it is left alone; nothing else is touched."""
    options = ("--yes", "--reason", "check", "--max-attempts", "2")
    once = road.dlq("replay", *options)
    assert (once.code, once.document["outcomes"]) == (2, {"came back": 1}), once.output
    assert "positive" in once.document["left"][0]["why"]
    assert _open(road.dlq("list"))["check"] == 1
    twice = road.dlq("replay", *options)
    assert (twice.code, twice.document["outcomes"]) == (2, {"quarantined": 1}), twice.output
    left = road.dlq("replay", *options)
    assert (left.code, left.document["outcomes"]) == (0, {}), left.output
    listed = road.dlq("list")
    assert (listed.document["open"], listed.document["quarantined"]) == (4, 1)
    (shown,) = road.dlq("show", "--state", "quarantined").document["letters"]
    assert [act["what"] for act in shown["history"]] == ["came back", "quarantined"]


def _causes_are_cured(road: Road, cql: Session, dsn: str) -> None:
    """In Postgres; NUL, which it never takes, at the source. One row changes once more."""
    with psycopg.connect(dsn, autocommit=True) as hand:
        for statement in (
            "INSERT INTO {s}.owners VALUES (99)",
            "ALTER TABLE {s}.orders ALTER COLUMN amount TYPE numeric",
            "ALTER TABLE {s}.orders ALTER COLUMN must DROP NOT NULL",
            "ALTER TABLE {s}.orders DROP CONSTRAINT positive",
        ):
            hand.execute(statement.format(s=road.keyspace).encode())
    cql.execute(f"UPDATE {road.keyspace}.orders SET word = 'ab' WHERE id = {_NUL}")
    cql.execute(f"UPDATE {road.keyspace}.orders SET word = 'newer' WHERE id = {_CHECK}")


def _what_nobody_saw_is_unknown(road: Road) -> None:
    """While the sink stands, rows that were asked for are not said to have come through."""
    road.deploy("pause", "--only", "sink")
    options = ("--yes", "--include-quarantined", "--timeout", "2")
    replayed = road.dlq("replay", *options)
    assert (replayed.code, replayed.document["outcomes"]) == (2, {"unknown": 5}), replayed.output
    road.deploy("resume", "--only", "sink")


def _a_replay_may_be_killed(road: Road, endpoints: Endpoints) -> None:
    """With -9, when rows are asked for, and nothing is written down yet."""
    positions = Positions(endpoints.kafka.bootstrap_servers)
    topic = f"{road.name}.signals"
    before = positions.ends(topic)
    options = ("--yes", "--include-quarantined")
    with running(road, "dlq replay", *options, service="deployer") as replay:
        until(lambda: positions.ends(topic) != before, within=60, what="rows are asked for")
        replay.kill()


def _a_letter_without_a_key_is_shown_and_discarded(road: Road, endpoints: Endpoints) -> None:
    producer = Producer({"bootstrap.servers": endpoints.kafka.bootstrap_servers})
    producer.produce(f"{road.name}.{road.keyspace}.orders", b"junk", partition=0)
    assert producer.flush(20) == 0
    until(lambda: road.dlq("list").code == 2, within=30, what="it is a letter")
    (shown,) = road.dlq("show", "--state", "open").document["letters"]
    assert (shown["key"], shown["reason"]["name"]) == (None, "undecodable"), shown
    assert shown["value"].startswith("0x6a756e6b (4 bytes")
    kept = road.dlq("replay", "--yes")
    assert (kept.code, kept.document["plan"]["keyless"]) == (2, 1), kept.output
    marked = road.dlq("discard", shown["at"], "--why", "a test's", "--by", "me", "--yes")
    assert (marked.code, marked.document["discarded"]) == (0, 1), marked.output
    assert road.dlq("list").code == 0
    (shown,) = road.dlq("show", "--state", "discarded").document["letters"]
    assert (shown["history"][0]["by"], shown["history"][0]["why"]) == ("me", "a test's")


def test_a_mistake_in_the_sink_is_no_records_fault(
    road: Road, cql: Session, endpoints: Endpoints, postgres_dsn: str
) -> None:
    """A right that is taken away fails the task; given back, nothing was lost or rejected."""
    table = f"{road.keyspace}.orders"
    with psycopg.connect(postgres_dsn, autocommit=True) as hand:
        hand.execute(
            f"CREATE FUNCTION {road.keyspace}.no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no right' USING ERRCODE = '42501'; END $$".encode()
        )
        hand.execute(
            f"CREATE TRIGGER no BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {road.keyspace}.no()".encode()
        )
        for key in range(20):
            cql.execute(f"INSERT INTO {table} (id, word) VALUES ({key}, 'w')")
        until(lambda: "FAILED" in road.status().output, within=60, what="the task says so")
        hand.execute(f"DROP TRIGGER no ON {table}".encode())
    assert road.apply().code == 0
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(20,)],
        within=60,
        what="all rows are there",
    )
    assert _letters(endpoints, road) == []
