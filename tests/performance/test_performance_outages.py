"""Every part killed and frozen under traffic: how soon rows flow again, and that none is lost.

Only with MESSINA_PERFORMANCE=long; MESSINA_OUTAGES is how often each (1), MESSINA_OUTAGES_SINK the
sink (messina), MESSINA_OUTAGES_SECONDS ends it early, MESSINA_OUTAGES_PARTS names the parts: with
`vault` among them the connectors' passwords are references into the stack's Vault. Each trial is
appended at once to outages-SINK.jsonl in MESSINA_PERFORMANCE_REPORTS; a campaign that is started
again goes on with what is missing.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from performance_faults import FAULTS, Broken, Part
from performance_trials import Ledger, Trial, percentile, summary, table
from performance_vault import START, passwords_in_vault, started_meanwhile
from road import Road

from messina.deployer.cli import app as deployer
from messina.kafka import ConnectClient, ConnectProblem, Positions
from messina.testing import Stack, Traffic, until

pytestmark = pytest.mark.stack

LONG = os.environ.get("MESSINA_PERFORMANCE") == "long"
COUNT = int(os.environ.get("MESSINA_OUTAGES", "1"))
SINK = os.environ.get("MESSINA_OUTAGES_SINK", "messina")
SECONDS = float(os.environ.get("MESSINA_OUTAGES_SECONDS", "36000"))
PARTS = tuple(
    os.environ.get("MESSINA_OUTAGES_PARTS", "kafka,connect,registry,postgres,cql").split(",")
)
RATE = 200
BOUND = 60.0
"""Seconds after which the campaign helps: what does not flow by then, it restarts."""


class Campaign:
    """A pipeline under traffic, whose parts are broken one after another."""

    def __init__(self, road: Road, cql: Session, dsn: str, *, watched: bool) -> None:
        self._road = road
        self._cql = cql
        self._dsn = dsn
        self._watched = watched
        self._markers = time.time_ns()
        self._table = f"{road.keyspace}.accounts"
        self._connect_url = road.stack.endpoints.connect.url

    def change(self, session: Session, chance: random.Random) -> None:
        """One change: a third are rows that are written once, which no later one makes good."""
        owner = chance.randrange(500) if chance.random() < 0.66 else chance.randrange(2**31)
        if owner < 500 and chance.random() < 0.2:
            session.execute(f"DELETE FROM {self._table} WHERE owner = {owner} AND name = 'a'")
            return
        session.execute(
            f"INSERT INTO {self._table} (owner, name, balance)"
            f" VALUES ({owner}, 'a', {chance.randrange(10**9)})"
        )

    def trial(self, part: Part, fault: str) -> Trial:
        """Break a part and wait for a row that is written once it is back."""
        self.steady()
        seen: set[str] = set()
        slowest: float | None = None
        running: float | None = None
        if fault == START:
            connect = Part(self._road.stack, "connect")
            broken = started_meanwhile(part, connect, self.failed)
            seen |= self.failed()
        elif part.name == "vault":
            broken, slowest = self._meanwhile(part, fault, seen)
        else:
            broken = part.broken(fault)
        number, written = self._mark(seen)
        if fault == START:
            with suppress(AssertionError):  # who helps in the end is told below
                until(self._all_run, within=BOUND, what="all tasks run")
                running = round(time.time() - broken.back, 2)
        committed = self._committed(number, BOUND, seen)
        restarted: tuple[str, ...] = ()
        if committed is None:
            restarted = self._help()
            assert self._committed(number, 3 * BOUND, set()), f"{part.name} {fault}: no row came"
        return Trial(
            sink=SINK,
            part=part.name,
            fault=fault,
            down=round(broken.back - broken.gone, 2),
            flowing=None if committed is None else round(committed - broken.back, 2),
            from_fault=None if committed is None else round(committed - broken.gone, 2),
            written=round(written - broken.back, 2),
            failed=tuple(sorted(seen)),
            restarted=restarted,
            dead_letters=self.dead_letters(),
            watched=self._watched,
            load=round(os.getloadavg()[0], 1),
            at=round(broken.gone, 1),
            slowest=slowest,
            running=running,
        )

    def _meanwhile(self, part: Part, fault: str, seen: set[str]) -> tuple[Broken, float]:
        """Break a part that rows need not; return what the slowest took that was written then."""
        slowest = 0.0
        with ThreadPoolExecutor(1) as pool:
            breaking = pool.submit(part.broken, fault)
            while not breaking.done():
                number, written = self._mark(seen)
                committed = self._committed(number, BOUND, seen)
                slowest = max(slowest, BOUND if committed is None else committed - written)
            return breaking.result(), round(slowest, 2)

    def steady(self) -> None:
        """Wait until rows take less than three seconds, twice in a row."""
        in_a_row = 0
        deadline = time.monotonic() + 120
        while in_a_row < 2 and time.monotonic() < deadline:
            number, written = self._mark(set())
            committed = self._committed(number, 30, set())
            in_a_row = in_a_row + 1 if committed and committed - written < 3 else 0

    def dead_letters(self) -> int:
        """How many records are in the sink's dead letters."""
        if SINK != "messina":
            return 0
        topic = f"{self._road.name}.accounts.sink.dlq"
        return sum(self._positions().ends(topic, committed=False).values())

    def failed(self) -> set[str]:
        """The tasks that are FAILED now, as far as Connect says."""
        try:
            with ConnectClient(self._connect_url, patience=0.1, request_timeout=3) as client:
                states = client.statuses()
        except ConnectProblem:
            return set()
        return {
            f"{name}/{task.id}"
            for name, status in states.items()
            for task in status.tasks
            if name.startswith(self._road.name) and task.state == "FAILED"
        }

    def _all_run(self) -> bool:
        """Whether Connect says that each connector and its task run."""
        try:
            with ConnectClient(self._connect_url, patience=0.1, request_timeout=3) as client:
                states = client.statuses()
        except ConnectProblem:
            return False
        own = [status for name, status in states.items() if name.startswith(self._road.name)]
        return len(own) > 1 and all(status.healthy(1) for status in own)

    def _help(self) -> tuple[str, ...]:
        failed = tuple(sorted(self.failed()))
        with ConnectClient(self._connect_url) as client:
            for name in {each.rpartition("/")[0] for each in failed}:
                client.restart(name)
        return failed

    def _mark(self, seen: set[str]) -> tuple[int, float]:
        """Write a row of its own, as soon as that can be done; return its key, and when."""
        self._markers += 1
        statement = (
            f"INSERT INTO {self._table} (owner, name, balance)"
            f" VALUES (-1, '{self._markers}', {self._markers})"
        )
        while True:
            with suppress(Exception):  # whatever the driver says: the server is away
                self._cql.execute(statement, timeout=2)
                return self._markers, time.time()
            seen |= self.failed()
            time.sleep(0.05)

    def _committed(self, marker: int, within: float, seen: set[str]) -> float | None:
        """When a row was committed in Postgres; None if it is not there in time."""
        query = (
            f"SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM {self._table}"
            f" WHERE owner = -1 AND name = '{marker}'"
        )
        deadline = time.monotonic() + within
        looked = time.monotonic()
        while time.monotonic() < deadline:
            try:
                with psycopg.connect(self._dsn, connect_timeout=2, autocommit=True) as sink:
                    while time.monotonic() < deadline:
                        if row := sink.execute(query.encode()).fetchone():
                            return float(row[0])
                        if time.monotonic() - looked > 0.5:
                            seen |= self.failed()
                            looked = time.monotonic()
                        time.sleep(0.05)
            except psycopg.OperationalError:
                time.sleep(0.05)
        return None

    def _positions(self) -> Positions:
        return Positions(self._road.stack.endpoints.kafka.bootstrap_servers)


@contextmanager
def watching(road: Road) -> Iterator[bool]:
    """Run `connector-deployer watch` beside, where there is that command and it is asked for."""
    commands = {
        each.name or getattr(each.callback, "__name__", "") for each in deployer.registered_commands
    }
    if os.environ.get("MESSINA_OUTAGES_WATCH", "1") != "1" or "watch" not in commands:
        yield False
        return
    with road.file.with_name("watch.log").open("ab") as log:
        child = subprocess.Popen(
            [
                *(sys.executable, "-c", "from messina.deployer.cli import main; main()"),
                *("watch", str(road.file), "--endpoints", str(road.stack.layout.endpoints)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    try:
        yield True
    finally:
        child.terminate()
        child.wait(30)


@pytest.fixture()
def road(
    stack: Stack,
    cql: Session,
    keyspace: str,
    tmp_path: Path,
    postgres_dsn: str,
    request: pytest.FixtureRequest,
) -> Iterator[Road]:
    """A deployed pipeline with one table, `accounts`."""
    cql.execute(
        f"CREATE TABLE {keyspace}.accounts (owner int, name text, balance bigint, "
        "PRIMARY KEY ((owner), name)) WITH cdc = {'enabled': true}"
    )
    with ExitStack() as ends:
        source: dict[str, object] = {}
        sink: dict[str, object] = {"connector": SINK}
        if "vault" in PARTS:
            vault = request.getfixturevalue("vault")
            logins = ends.enter_context(passwords_in_vault(stack, vault, postgres_dsn))
            source, sink = {"scylla": logins.scylla}, {**sink, "postgres": logins.postgres}
        made = Road(stack, keyspace, tmp_path, "accounts", source=source, sink=sink)
        applied = made.apply()
        assert applied.code == 0, applied.output
        yield made
        assert made.destroy().code == 0


def faults_of(part: str) -> tuple[str, ...]:
    """What is done to a part."""
    return (*FAULTS, START) if part == "vault" else FAULTS


@pytest.mark.skipif(not LONG, reason="MESSINA_PERFORMANCE=long breaks every part, many times")
def test_every_part_may_be_killed_and_frozen(
    road: Road, stack: Stack, cql: Session, postgres_dsn: str, tmp_path: Path
) -> None:
    """Under 200 changes a second: no row is lost or rejected, and rows flow again within 10 s of
    the part being back (p95), and within 30 s of the kill where it is started again at once."""
    reports = Path(os.environ.get("MESSINA_PERFORMANCE_REPORTS", str(tmp_path)))
    ledger = Ledger(reports / f"outages-{SINK}.jsonl")
    ends = time.monotonic() + SECONDS
    with watching(road) as watched:
        campaign = Campaign(road, cql, postgres_dsn, watched=watched)
        with Traffic(cql, campaign.change, rate=RATE) as traffic:
            until(lambda: traffic.done > RATE, within=60, what="traffic")
            for number in range(COUNT):
                for name in PARTS:
                    for fault in faults_of(name):
                        had = sum((t.part, t.fault) == (name, fault) for t in ledger.trials())
                        if had <= number and time.monotonic() < ends:
                            trial = campaign.trial(Part(stack, name), fault)
                            ledger.add(trial)
                            print(trial)  # noqa: T201
            campaign.steady()
        entries = summary(ledger.trials())
        (reports / f"outages-{SINK}.json").write_text(json.dumps(entries, indent=1) + "\n")
        print(table(entries))  # noqa: T201
        assert campaign.dead_letters() == 0
        answer = road.reconcile(settle="90s")
    assert answer.code == 0, answer.output
    if SINK == "messina":
        _within_goals(ledger.trials())


def _within_goals(trials: list[Trial]) -> None:
    late = []
    for part in PARTS:
        for fault in faults_of(part):
            ones = [t for t in trials if (t.part, t.fault) == (part, fault)]
            if ones and percentile([t.flowing or BOUND for t in ones], 0.95) >= 10:
                late.append((part, fault, "back"))
            slow = ones and percentile([t.from_fault or BOUND for t in ones], 0.95) >= 30
            if slow and fault == "kill":
                late.append((part, fault, "fault"))
            if any(t.slowest is not None and t.slowest >= 10 for t in ones):
                late.append((part, fault, "meanwhile"))
    assert not late, late
