"""Repairs where ScyllaDB's own connector reads: rows are written as it writes them.

Its jars are not here: a producer plays it, in that form. What stands in the topic is what counts.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cassandra.cluster import Session
from official_player import Player
from road import Road

from messina.deployer.desired import desired
from messina.kafka import ConnectClient, Record, Topic, Topics, read
from messina.pipeline import Endpoints, PipelineSpec, load_spec
from messina.postgres import create_schema, create_table
from messina.reconciler.repair import opening
from messina.reconciler.repair.opening import open_mender
from messina.reconciler.repair.wire import KafkaWire
from messina.reconciler.repair.writing import Write
from messina.reconciler.store import CandidateKey, PlannedRange, RepairRow, Run, Store, Verdict
from messina.scylla import MAX_TOKEN, MIN_TOKEN, connect, table_schema
from messina.testing import Stack, until

pytestmark = pytest.mark.gentle

RACES = int(os.environ.get("MESSINA_TEST_REPAIR_RACES", "50"))
"""How many repairs are raced by a newer write; the long form has 1,000."""
_A_TIME = 50
_SECONDS = 60.0
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
_COLUMNS = {
    "id": "int",
    "ref": "uuid",
    "place": "text",
    "number": "varint",
    "since": "timestamp",
    "word": "text",
    "n": "varint",
    "price": "decimal",
    "day": "date",
    "at": "timestamp",
}
_KEY = ("id", "ref", "place", "number", "since")
_KILLED = """
import os, signal, sys
from messina.reconciler.cli import main
from messina.reconciler.repair.wire import KafkaWire
from messina.reconciler.store import Audit

def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv.pop(1) == "before the check":
    KafkaWire.between = end
else:  # behind the commit
    Audit.signalled = end
main()
"""


class Official:
    """A pipeline whose source is played, with a real sink."""

    def __init__(self, stack: Stack, keyspace: str, folder: Path, cql: Session, dsn: str) -> None:
        self.stack = stack
        self.keyspace = keyspace
        self.cql = cql
        self.dsn = dsn
        fast = {"connector": "scylladb", "window": "1s", "confidence": "1s"}
        small = {"max_row_bytes": 1024}
        self.road = Road(stack, keyspace, folder, "things", source={**fast, **small})
        self.spec: PipelineSpec = load_spec(self.road.file)
        self.topic = self.spec.topic(self.spec.tables[0])
        self._made()
        self.player = Player(stack.endpoints, self.topic, _COLUMNS, _KEY)

    @property
    def endpoints(self) -> Endpoints:
        return self.stack.endpoints

    def _made(self) -> None:
        """What `deploy apply` makes, but for the source, whose class the workers do not have."""
        columns = ", ".join(f"{name} {cql_type}" for name, cql_type in _COLUMNS.items())
        self.cql.execute(
            f"CREATE TABLE {self.keyspace}.things"
            f" ({columns}, PRIMARY KEY ((id, ref), place, number, since))"
            " WITH cdc = {'enabled': true, 'postimage': true}"
        )
        self.sql(
            f'CREATE SCHEMA "{self.keyspace}"',
            f'CREATE TABLE "{self.keyspace}".things (id integer, ref text, place text, number text,'
            " since timestamp without time zone, word text, n text, price text, day date,"
            f" at timestamp without time zone, PRIMARY KEY ({', '.join(_KEY)}))",
        )
        scylla = self.endpoints.scylla
        with connect(scylla.contact_points, scylla.local_datacenter) as session:
            schemas = {"things": table_schema(session, self.keyspace, "things")}
        wanted = desired(self.spec, schemas, self.endpoints.under(self.spec))
        Topics(self.endpoints.kafka.bootstrap_servers).create(
            Topic(each.name, each.partitions, each.config) for each in wanted.topics
        )
        (self.claims,) = (each for each in wanted.tables if each.schema_name != self.keyspace)
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(create_schema(self.claims.schema_name))
            connection.execute(create_table(self.claims.definition()))
        with ConnectClient(self.endpoints.connect.url) as client:
            for each in wanted.connectors:
                if each.role == "sink":
                    self.sink = each.name
                    client.put(each.name, each.config)
                    client.wait(each.name, lambda s: s.healthy(1), "run")

    def gone(self) -> None:
        with ConnectClient(self.endpoints.connect.url) as client:
            client.delete(self.sink)
        self.sql(
            f'DROP SCHEMA "{self.keyspace}" CASCADE',
            f'DROP TABLE {self.claims.schema_name}."{self.claims.table}"',
        )

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def insert(self, row: Mapping[str, Any]) -> None:
        """A row at the source."""
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        self.cql.execute(
            f"INSERT INTO {self.keyspace}.things ({names}) VALUES ({marks})", tuple(row.values())
        )

    def fill(self, ids: Sequence[int]) -> None:
        """Rows at the source, told by the player, and waits until they are in Postgres."""
        for number in ids:
            self.insert(row_of(number))
            self.player.write(told(row_of(number)))
        self.player.flush()
        query = f'SELECT count(*) FROM "{self.keyspace}".things WHERE id IN '
        query += f"({', '.join(map(str, ids))})"
        until(
            lambda: self.sql(query) == [(len(ids),)], within=_SECONDS, what="all rows in Postgres"
        )

    def words(self, ids: Sequence[int]) -> dict[int, str]:
        """What Postgres has."""
        query = f'SELECT id, word FROM "{self.keyspace}".things WHERE id BETWEEN '
        return dict(self.sql(f"{query} {ids[0]} AND {ids[-1]}"))

    def records(self) -> list[Record]:
        """All committed records."""
        return list(read(self.endpoints.kafka.bootstrap_servers, self.topic))

    def repaired(self) -> list[Record]:
        """Those that repairs wrote."""
        return [each for each in self.records() if "messina.repair_id" in each.headers]

    def killed(self, when: str, *command: str) -> None:
        """Run a command that is killed at some moment."""
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, when, *command],
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == -9, done.stdout + done.stderr

    def found(self, store: Store, ids: Sequence[int]) -> Run:
        """A run that has found rows to be different."""
        run = store.begin("compare", {"rows": len(ids)})
        store.plan(run, [PlannedRange(f"{self.keyspace}.things", False, MIN_TOKEN, MAX_TOKEN)])
        (each,) = store.pending(run)
        keys = (CandidateKey(key_of(number)) for number in ids)
        store.finish_range(run, each.id, rows_in_source=9, rows_in_sink=9, candidates=keys)
        store.decide(run, [Verdict(one.id, "different") for one in store.undecided(run)])
        return run

    def mended(
        self, ids: Sequence[int], begun: Callable[[], object] = lambda: None
    ) -> list[RepairRow]:
        """Rows repaired in this process; returns their audit. `begun` is called as it begins."""
        with Store.open(self.dsn, self.spec.pipeline) as store:
            run = self.found(store, ids)
            with open_mender(self.spec, self.endpoints, store, run, lambda _: None) as mender:
                begun()
                mender.mend()
            rows = list(store.audit.rows(run.id))
            store.finish(run, "done")
            return rows


def key_of(number: int) -> str:
    """A row's key as the store has it."""
    row = row_of(number)
    since = row["since"].isoformat(timespec="milliseconds") + "Z"
    key = {"id": number, "ref": str(row["ref"]), "place": "x", "number": row["number"]}
    return json.dumps({**key, "since": since}, separators=(",", ":"))


def row_of(number: int, word: str | None = None) -> dict[str, Any]:
    """A row as the driver takes it."""
    return {
        "id": number,
        "ref": UUID(int=number % 2**64 + (0xABCDEF << 64)),
        "place": "x",
        "number": -(10**20) - number,
        "since": datetime(1960 if number % 2 else 2026, 1, 1, 0, 0, 0, 999_000),
        "word": word or f"w{number}",
        "n": 10**30 + number,
        "day": date(2026, 11, 23),
        "at": datetime(2026, 11, 23, 6, 0, 0, 123_000),
    }


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the connector tells it."""
    times = {name: row[name].replace(tzinfo=UTC) for name in ("at", "since")}
    texts = {name: str(row[name]) for name in ("ref", "number", "n")}
    return {**row, **texts, **times}


@pytest.fixture(scope="module")
def official(
    stack: Stack,
    shared_session: Session,
    module_keyspace: str,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Official]:
    """A table whose source is played, and no row in it."""
    folder = tmp_path_factory.mktemp("official")
    made = Official(stack, module_keyspace, folder, shared_session, postgres_dsn)
    yield made
    made.gone()


def test_a_topic_that_shows_no_form_is_refused(official: Official, cql: Session) -> None:
    """Exit 1, nothing is written, and what to do next; a row that has come is what it takes."""
    official.insert(row_of(1))
    refused = official.road.repair("--settle", "1s")
    assert refused.code == 1, refused.output
    assert "no row has come there yet" in refused.output and "next: " in refused.output
    assert official.records() == [] and official.words((1, 1)) == {}
    official.fill([2])
    cured = official.road.repair("--resume")
    assert cured.code == 0, cured.output
    assert official.words((1, 2)) == {1: "w1", 2: "w2"}


def test_what_differs_is_repaired_in_the_connectors_own_form(
    official: Official, cql: Session
) -> None:
    """Missing, extra and other rows are cured; each record is what the connector would write."""
    official.fill(range(1000, 1010))
    before = {each.key: each.value for each in official.records()}
    table = f'"{official.keyspace}".things'
    one = f"FROM {table} WHERE id ="
    official.sql(
        f"UPDATE {table} SET word = 'spoilt', n = NULL WHERE id IN (1000, 1001)",
        f"UPDATE {table} SET at = at + interval '1 ms' WHERE id = 1002",
        f"DELETE FROM {table} WHERE id IN (1003, 1004)",
        f"INSERT INTO {table} SELECT id, ref, 'nowhere', number, since {one} 1005",
        f"INSERT INTO {table} SELECT -1006, ref, place, number, since {one} 1006",
    )
    answer = official.road.repair("--settle", "1s")
    assert answer.code == 0, answer.output
    assert answer.document["repair"]["outcomes"] == {"verified": 7}
    written = official.repaired()
    same = [each for each in written if each.value is not None and each.key in before]
    assert {each.key: each.value for each in same}.items() <= before.items()
    assert sum(each.value is None for each in written) == 2, "deletes are tombstones"
    again = official.road.reconcile(settle="1s")
    assert again.code == 0, again.output


class _Between(KafkaWire):
    """Before each write, after the read: what a test does there."""

    official: Official
    acts: list[Any]

    def write(self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]) -> Any:
        if self.acts:
            self.acts.pop(0)()
        return super().write(topic, writes, headers)


def test_an_event_between_read_and_write_is_not_overwritten(
    official: Official, cql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repair goes round again: what it read before is never visible, and the newest wins."""
    ids = range(2000, 2005)
    official.fill(ids)
    official.sql(f"UPDATE \"{official.keyspace}\".things SET word = 'spoilt' WHERE id >= 2000")
    known = len(official.repaired())

    def newer(word: str) -> None:
        official.insert(row_of(2002, word))
        official.player.write(told(row_of(2002, word)))
        official.player.flush()

    # once for all five; not while the other four are written; once more for the busy one alone
    acts = [lambda: newer("one"), lambda: None, lambda: newer("two")]
    monkeypatch.setattr(_Between, "acts", acts, raising=False)
    monkeypatch.setattr(opening, "KafkaWire", _Between)
    rows = official.mended(ids)
    assert {row.outcome for row in rows} == {"verified"}
    assert [row.attempts for row in rows] == [2, 2, 3, 2, 2]
    assert official.words(ids) == {**{n: f"w{n}" for n in ids}, 2002: "two"}
    assert len(official.repaired()) - known == 5


def test_a_row_that_never_rests_is_too_busy(
    official: Official, cql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five rounds it is left alone, nothing of it is written, and its own events cure it."""
    official.fill([3000])
    known = len(official.repaired())
    words = iter(f"busy {number}" for number in range(9))

    def newer() -> None:
        word = next(words)
        official.insert(row_of(3000, word))
        official.player.write(told(row_of(3000, word)))
        official.player.flush()

    with ConnectClient(official.endpoints.connect.url) as client:
        client.pause(official.sink)
        client.wait(official.sink, lambda s: s.connector.state == "PAUSED", "be PAUSED")
        official.insert(row_of(3000, "not yet told"))
        monkeypatch.setattr(_Between, "acts", [newer] * 5, raising=False)
        monkeypatch.setattr(opening, "KafkaWire", _Between)
        (row,) = official.mended([3000])
        client.resume(official.sink)
    assert row.outcome == "not_cured" and (row.reason or "").startswith("too busy"), row
    assert len(official.repaired()) == known
    until(
        lambda: official.words((3000, 3000)) == {3000: "busy 4"},
        within=_SECONDS,
        what="its own events",
    )


def test_a_row_too_large_for_the_topic_keeps_no_other_from_being_repaired(
    official: Official, cql: Session
) -> None:
    """The brokers refuse it, and the client does before: it is told, and all others are written."""
    ids = range(3500, 3505)
    official.fill(ids)
    official.sql(
        f"UPDATE \"{official.keyspace}\".things SET word = 'spoilt' WHERE id BETWEEN 3500 AND 3504"
    )
    official.insert(row_of(3502, "x" * 1_200_000))
    rows = official.mended(ids)
    assert [row.outcome for row in rows] == [*["verified"] * 2, "not_cured", *["verified"] * 2]
    assert "does not fit in topic" in (rows[2].reason or "")
    official.insert(row_of(3502))
    (row,) = official.mended([3502])
    assert row.outcome == "verified"


class _Slow(KafkaWire):
    """Some time goes by between a row's read and its write, and more before the commit."""

    aborted = 0

    def write(self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]) -> Any:
        time.sleep(random.uniform(0, 0.05))
        offsets = super().write(topic, writes, headers)
        time.sleep(random.uniform(0, 0.02))
        return offsets

    def abort(self) -> None:
        _Slow.aborted += 1
        super().abort()


def test_a_newer_write_wins_over_a_repair_of_its_row(
    official: Official, cql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row is repaired while it is written and told: Postgres has the newest, and keeps it."""
    monkeypatch.setattr(opening, "KafkaWire", _Slow)
    ids = range(4000, 4000 + _A_TIME)
    official.fill(ids)
    chance = random.Random(4000)
    raced = repaired = 0
    while raced < RACES:
        newest = {number: f"race {raced} of {number}" for number in ids}
        official.sql(f"UPDATE \"{official.keyspace}\".things SET word = 'spoilt' WHERE id >= 4000")
        going = threading.Event()

        def write(newest: dict[int, str] = newest, going: threading.Event = going) -> None:
            going.wait(30)
            for number in chance.sample(list(ids), len(ids)):
                time.sleep(chance.uniform(0, 2.0 / _A_TIME))
                official.insert(row_of(number, newest[number]))
                time.sleep(chance.uniform(0, 0.4 / _A_TIME))
                official.player.write(told(row_of(number, newest[number])))
            official.player.flush()

        writer = threading.Thread(target=write)
        writer.start()
        rows = official.mended(ids, going.set)
        writer.join(60)
        repaired += sum(row.outcome == "verified" for row in rows)
        busy = [row.reason for row in rows if row.outcome == "not_cured"]
        assert all(reason and reason.startswith("too busy") for reason in busy), busy
        until(
            lambda newest=newest: official.words(ids) == newest,  # type: ignore[misc]
            within=_SECONDS,
            what="the newest writes in Postgres",
        )
        raced += len(ids)
    assert repaired > raced // 2
    assert _Slow.aborted, "none of them was overtaken: that was no race"
    assert official.road.reconcile(settle="2s").code == 0


def test_killed_at_its_worst_moments_it_goes_on_and_its_audit_is_right(
    official: Official, cql: Session
) -> None:
    """kill -9 with rows written and not committed: no reader has them; --resume does all again.

    kill -9 of that one behind its commit, before it was noted: the audit says that it cured them.
    """
    ids = range(5000, 5005)
    official.fill(ids)
    official.sql(f"UPDATE \"{official.keyspace}\".things SET word = 'spoilt' WHERE id >= 5000")
    before = len(official.repaired())
    command = ["run", str(official.road.file), "--repair", "--yes", "--json", "--settle", "1s"]
    command += ["--endpoints", str(official.stack.layout.endpoints)]
    official.killed("before the check", *command)
    assert len(official.repaired()) == before
    # what a change of meanwhile says is not to be undone by what was read before the kill
    official.insert(row_of(5000, "after the kill"))
    official.player.write(told(row_of(5000, "after the kill")))
    official.player.flush()
    wanted = {**{number: f"w{number}" for number in ids}, 5000: "after the kill"}
    until(lambda: official.words(ids)[5000] == wanted[5000], within=_SECONDS, what="its own event")
    official.killed("behind the commit", *command, "--resume")
    until(lambda: official.words(ids) == wanted, within=_SECONDS, what="what was committed")
    cured = official.road.repair("--resume")
    assert cured.code == 0, cured.output
    assert official.words(ids) == wanted
    assert len(official.repaired()) - before == 4
    kept = official.road.history("--run", cured.document["repair"]["run"]).document
    assert kept["resumed"] == 2
    repairs = {json.loads(each["key"])["id"]: each for each in kept["repairs"]}
    outcomes = {number: each["outcome"] for number, each in repairs.items()}
    assert outcomes == {**dict.fromkeys(ids, "verified"), 5000: "not_needed"}
    for number, each in repairs.items():
        assert each["before"]["word"] == "'spoilt'"
        assert each["after"]["word"] == f"'{wanted[number]}'"
        assert (each["signalled_at"] is None) == (number == 5000)
    (run,) = {each["correlation_id"].encode() for each in kept["repairs"]}
    told_of = [each.headers["messina.correlation_id"] for each in official.repaired()]
    assert told_of.count(run) == 4
