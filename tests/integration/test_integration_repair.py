"""What differs is repaired: by signals, within limits, whatever is written or killed meanwhile."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.pipeline import load_spec
from messina.reconciler.repair.opening import open_mender
from messina.reconciler.store import CandidateKey, PlannedRange, Run, Store, Verdict
from messina.scylla import MAX_TOKEN, MIN_TOKEN
from messina.testing import Stack, until

pytestmark = pytest.mark.gentle

RACES = int(os.environ.get("MESSINA_TEST_REPAIR_RACES", "50"))
"""How many repairs are raced by a newer write; the long form has 1,000."""
_A_TIME = 50
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
_SECONDS = 60.0
_PLAIN = "from messina.reconciler.cli import main; main()"
_KILLED = """
import os, signal, sys
from messina.kafka import Signals
from messina.reconciler.cli import main
from messina.reconciler.repair import mending
from messina.reconciler.store import Audit

def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

where, what, when = sys.argv.pop(1).split(".")
owner = {"audit": Audit, "signals": Signals}[where]
real = getattr(owner, what)

def dies(self, *arguments, **named):
    if when == "before":
        end()
    if when == "after":
        real(self, *arguments, **named)
        end()
    # of what is sent or stored, half gets through; the half that served is gone on with
    half = list(arguments[-1])
    real(self, *arguments[:-1], half[: len(half) // 2], **named)
    end()

setattr(owner, what, dies)
main()
"""


@pytest.fixture()
def sink(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A person at the warehouse."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def road(
    stack: Stack, shared_session: Session, module_keyspace: str, tmp_path_factory: Any
) -> Iterator[Road]:
    """A table with statics and a masked column, and rows in it."""
    keyspace = module_keyspace
    shared_session.execute(
        f"CREATE TABLE {keyspace}.things (id int, place text, word text, mail text, n varint,"
        " motto text static, PRIMARY KEY (id, place)) WITH cdc = {'enabled': true}"
    )
    one = Road(
        stack,
        keyspace,
        tmp_path_factory.mktemp("repair"),
        {"name": "things", "mask": {"mail": "null"}, "rename": {"word": "said"}},
        source={"safe_confidence": "5s"},
    )
    with one.applied():
        yield one


def _fill(road: Road, cql: Session, sink: psycopg.Connection[Any], ids: Sequence[int]) -> None:
    """Rows at the source, and waits until they are in Postgres."""
    for number in ids:
        cql.execute(
            f"INSERT INTO {road.keyspace}.things (id, place, word, mail, n, motto)"
            " VALUES (%s, 'x', %s, 'm@x', %s, %s)",
            (number, f"w{number}", number, f"motto {number}"),
        )
    listed = ", ".join(map(str, ids))

    def counted() -> list[Any]:
        return [
            sink.execute(
                f'SELECT count(*) FROM "{road.keyspace}".{table} WHERE id IN ({listed})'.encode()
            ).fetchone()
            for table in ("things", "things__static")
        ]

    until(lambda: counted() == [(len(ids),)] * 2, within=_SECONDS, what="all rows in Postgres")


def _break(road: Road, sink: psycopg.Connection[Any], first: int) -> None:
    """Every kind of difference, by hand, in ten rows from a first on."""
    table = f'"{road.keyspace}".things'
    for statement in (
        f"UPDATE {table} SET said = 'spoilt' WHERE id IN ({first}, {first + 1})",
        f"UPDATE {table} SET n = NULL WHERE id = {first + 2}",
        f"UPDATE {table} SET mail = 'leaked@x' WHERE id = {first + 3}",
        f"DELETE FROM {table} WHERE id IN ({first + 4}, {first + 5})",
        f"INSERT INTO {table} (id, place) VALUES ({first + 6}, 'nowhere'), (-{first + 7}, 'x')",
        f"UPDATE {table}__static SET motto = 'spoilt' WHERE id = {first + 8}",
        f"DELETE FROM {table}__static WHERE id = {first + 9}",
    ):
        sink.execute(statement.encode())


def test_what_differs_is_repaired_and_a_second_run_finds_none(
    road: Road, cql: Session, sink: psycopg.Connection[Any]
) -> None:
    """Missing, extra and different rows, and statics, are cured; the audit hides what is masked."""
    _fill(road, cql, sink, range(1000, 1040))
    _break(road, sink, 1000)
    answer = road.repair()
    assert answer.code == 0, answer.output
    assert answer.document["equal"] is True
    repair = answer.document["repair"]
    assert repair["outcomes"] == {"verified": 10}
    assert repair["plan"]["rows"] == len(answer.document["discrepancies"]) == 10
    again = road.reconcile(settle=None)
    assert again.code == 0, again.output

    kept = road.history("--run", repair["run"])
    assert kept.code == 0, kept.output
    assert "leaked" not in kept.output and "leaked" not in answer.output
    assert (kept.document["state"], kept.document["outcomes"]) == ("equal", {"verified": 10})
    audit = {(each["key"], each["static"]): each for each in kept.document["repairs"]}
    changed = audit['{"id":1000,"place":"x"}', False]
    assert (changed["before"]["word"], changed["after"]["word"]) == ("'spoilt'", "'w1000'")
    assert changed["before"]["mail"] == "(masked)"
    missing = audit['{"id":1004,"place":"x"}', False]
    assert missing["before"] is None and missing["after"]["n"] == "1004"
    extra = audit['{"id":-1007,"place":"x"}', False]
    assert extra["before"] is not None and extra["after"] is None
    assert audit['{"id":1009}', True]["after"]["motto"] == "'motto 1009'"
    assert {each["correlation_id"] for each in audit.values()} == {kept.document["correlation_id"]}


def test_more_than_the_limits_is_refused_and_can_be_done_later(
    road: Road, cql: Session, sink: psycopg.Connection[Any]
) -> None:
    """Exit 2, nothing is changed, and what is said to do next repairs what that run has found."""
    _fill(road, cql, sink, range(2000, 2040))
    _break(road, sink, 2000)
    table = f'"{road.keyspace}".things'
    before = sink.execute(f"SELECT * FROM {table} ORDER BY id, place".encode()).fetchall()
    refused = road.repair("--settle", "1s", "--max-repairs", "9")
    assert refused.code == 2, refused.output
    assert "10 rows to repair are more than --max-repairs 9" in refused.output
    assert sink.execute(f"SELECT * FROM {table} ORDER BY id, place".encode()).fetchall() == before
    run = road.history().document["runs"][0]
    assert (run["state"], run["outcomes"]) == ("different", {})
    code, said = _answered(road, "n\n", "--resume", "--run", run["run"])
    assert code == 2, said
    assert f"nothing was changed; next: messina reconcile run {road.file} --resume" in said
    assert said.count('{"id":') == 5 and "and 5 more" in said, said
    assert sink.execute(f"SELECT * FROM {table} ORDER BY id, place".encode()).fetchall() == before
    cured = road.repair("--resume", "--run", run["run"], "--max-repairs", "10")
    assert cured.code == 0, cured.output
    assert cured.document["repair"]["outcomes"] == {"verified": 10}
    third = road.repair("--resume", "--run", run["run"])
    assert third.document["repair"]["plan"]["rows"] == 0


def _answered(road: Road, answer: str, *how: str) -> tuple[int, str]:
    """A repair at a terminal, where somebody answers its question."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, answer.encode())
        command = [sys.executable, "-c", _PLAIN, "run", str(road.file), "--repair"]
        command += [*how, "--endpoints", str(road.stack.layout.endpoints)]
        done = subprocess.run(
            command,
            stdin=theirs,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout + done.stderr


def test_a_repair_that_is_killed_anywhere_is_gone_on_with(
    road: Road, cql: Session, sink: psycopg.Connection[Any]
) -> None:
    """kill -9 at each step of it, one after the other: in the end all is cured, and told once."""
    _fill(road, cql, sink, range(3000, 3040))
    _break(road, sink, 3000)
    # While the sink stands nothing is cured, so that each is killed amid the same work.
    road.deploy("pause", "--only", "sink")
    how = ["--settle", "1s"]
    for point in (
        "audit.intend.before",
        "audit.intend.half",
        "signals.send_all.half",
        "audit.signalled.before",
        "signals.hear.after",
    ):
        _killed_at(point, road, *how)
        how = ["--resume"]
    road.deploy("resume", "--only", "sink")
    query = f"SELECT count(*) FROM \"{road.keyspace}\".things WHERE said = 'spoilt'"
    until(
        lambda: sink.execute(query.encode()).fetchone() == (0,),
        within=_SECONDS,
        what="what the killed ones asked for has come",
    )
    _killed_at("audit.settle.half", road, *how)
    cured = road.repair(*how)
    assert cured.code == 0, cured.output
    outcomes = cured.document["repair"]["outcomes"]
    assert set(outcomes) <= {"verified", "not_needed"}
    kept = road.history("--run", cured.document["repair"]["run"]).document
    assert sum(outcomes.values()) == len(kept["discrepancies"]) >= 10
    assert (kept["state"], kept["resumed"]) == ("equal", 6)
    assert all(each["attempts"] > 1 for each in kept["repairs"])
    assert road.reconcile(settle="1s").code == 0


def _killed_at(point: str, road: Road, *how: str) -> None:
    """A repair in a process of its own, which kills itself at a point of it."""
    command = ["run", str(road.file), "--repair", "--yes", "--json", *how]
    command += ["--endpoints", str(road.stack.layout.endpoints)]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, point, *command],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, f"{point}: {done.stdout} {done.stderr}"
    assert road.history().document["runs"][0]["state"] == "interrupted"


def _found(store: Store, road: Road, numbers: Sequence[int]) -> Run:
    """A run that has found rows to be different."""
    run = store.begin("compare", {"races": len(numbers)})
    store.plan(run, [PlannedRange(f"{road.keyspace}.things", False, MIN_TOKEN, MAX_TOKEN)])
    (each,) = store.pending(run)
    keys = (CandidateKey(f'{{"id":{number},"place":"x"}}') for number in numbers)
    store.finish_range(run, each.id, rows_in_source=9, rows_in_sink=9, candidates=keys)
    store.decide(run, [Verdict(one.id, "different") for one in store.undecided(run)])
    return run


def test_a_newer_write_wins_over_a_repair_of_its_row(
    road: Road, stack: Stack, cql: Session, sink: psycopg.Connection[Any], postgres_dsn: str
) -> None:
    """Each row is repaired while it is written: Postgres has the newest, and keeps it."""
    ids = range(4000, 4000 + _A_TIME)
    _fill(road, cql, sink, ids)
    table = f'"{road.keyspace}".things'
    spec = load_spec(road.file)
    chance = random.Random(4000)
    raced = repaired = 0
    with Store.open(postgres_dsn, spec.pipeline) as store:
        while raced < RACES:
            names = {number: f"race {raced} of {number}" for number in ids}
            sink.execute(f"UPDATE {table} SET said = 'spoilt' WHERE id >= {ids[0]}".encode())
            run = _found(store, road, ids)
            going = threading.Event()

            def write(names: dict[int, str] = names, going: threading.Event = going) -> None:
                going.wait(30)
                for number in chance.sample(list(ids), len(ids)):
                    time.sleep(chance.uniform(0, 2.0 / _A_TIME))
                    where = f"WHERE id = {number} AND place = 'x'"
                    cql.execute(
                        f"UPDATE {road.keyspace}.things SET word = %s {where}", (names[number],)
                    )

            writer = threading.Thread(target=write)
            writer.start()
            with open_mender(spec, stack.endpoints, store, run, lambda _: None) as mender:
                going.set()
                mender.mend()
            writer.join(60)
            outcomes = store.audit.counts(run.id)
            assert set(outcomes) <= {"verified", "not_needed"}, list(store.audit.rows(run.id))
            repaired += outcomes.get("verified", 0)
            store.finish(run, "equal")

            def newest(names: dict[int, str] = names) -> bool:
                query = f"SELECT id, said FROM {table} WHERE id >= {ids[0]}"
                return dict(sink.execute(query.encode()).fetchall()) == names

            until(newest, within=_SECONDS, what="the newest writes in Postgres")
            raced += len(ids)
    assert repaired > raced // 2
    # the second look has come and gone: nothing older followed
    assert road.reconcile(settle=None).code == 0


def test_what_is_not_cured_says_why_and_can_be_tried_again(
    road: Road, stack: Stack, cql: Session, sink: psycopg.Connection[Any], postgres_dsn: str
) -> None:
    """Rows that something else changes back, or that the sink does not take, are told apart."""
    ids = range(5000, 5003)
    _fill(road, cql, sink, ids)
    table = f'"{road.keyspace}".things'
    sink.execute(f"""
        CREATE FUNCTION "{road.keyspace}".meddle() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN NEW.said := 'meddled'; RETURN NEW; END $$;
        CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW
        WHEN (NEW.id = 5000) EXECUTE FUNCTION "{road.keyspace}".meddle();
        UPDATE {table} SET said = 'spoilt' WHERE id IN (5000, 5001)
        """.encode())
    spec = load_spec(road.file)
    with Store.open(postgres_dsn, spec.pipeline) as store:
        run = _found(store, road, ids)

        def mended() -> dict[str, tuple[str | None, str]]:
            where = stack.endpoints
            with open_mender(spec, where, store, run, lambda _: None, patience=3) as mender:
                mender.mend()
            return {
                row.key_json[6:10]: (row.outcome, row.reason or "")
                for row in store.audit.rows(run.id)
            }

        first = mended()
        assert first["5001"] == ("verified", "") and first["5002"] == ("not_needed", "")
        assert first["5000"][0] == "not_cured"
        assert "the sink has passed its event, and the row still differs" in first["5000"][1]
        sink.execute(f"DROP TRIGGER meddle ON {table}".encode())
        road.deploy("pause", "--only", "sink")
        second = mended()
        assert second["5000"][0] == "not_cured"
        assert "the sink has not taken it within 3 s" in second["5000"][1]
        assert "PAUSED" in second["5000"][1]
        road.deploy("resume", "--only", "sink")
        cured = (("verified", ""), ("not_needed", ""))
        until(lambda: mended()["5000"] in cured, within=_SECONDS, what="it is cured")
        store.finish(run, "equal")
