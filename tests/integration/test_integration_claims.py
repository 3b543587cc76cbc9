"""Partitions are claimed in Postgres: a sink's task that lost its claim can't write any more.

With two workers: tasks that wait are moved from one to the other, or their worker is frozen.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from campaign_workers import Worker, second_worker
from cassandra.cluster import Session
from road import Road

from messina.kafka import ConnectClient, Positions, read, sink_group
from messina.testing import Stack, until

pytestmark = pytest.mark.stack


class Words:
    """A table of words on both sides."""

    def __init__(self, road: Road, name: str, cql: Session, dsn: str) -> None:
        self.road, self.name, self._cql, self._dsn = road, name, cql, dsn
        self.sink = f"{road.name}.{name}.sink"
        self.table = f"{road.keyspace}.{name}"
        self._topic = f"{road.name}.{self.table}"
        self._kafka = road.stack.endpoints.kafka.bootstrap_servers

    def write(self, key: int, word: str) -> None:
        """Write a word at the source."""
        self._cql.execute(f"INSERT INTO {self.table} (id, word) VALUES ({key}, '{word}')")

    def arrive(self, words: dict[int, str], what: str) -> None:
        """Wait until the sink has these."""
        until(lambda: words.items() <= self.there().items(), within=90, what=what)

    def there(self) -> dict[int, str]:
        """What the sink has."""
        return dict(self.road.rows(self._dsn, f"SELECT id, word FROM {{schema}}.{self.name}"))

    def claims(self) -> dict[tuple[str, int], int]:
        """The claims of the pipeline's partitions."""
        rows = self.road.rows(
            self._dsn, f'SELECT topic, partition, claim FROM messina_claims."{self.road.name}"'
        )
        return {(topic, partition): claim for topic, partition, claim in rows}

    def await_lock(self) -> None:
        """Wait until the sink waits for a lock."""
        query = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            f" AND application_name = '{self.sink}'"
        )
        until(lambda: self.road.rows(self._dsn, query), within=30, what="the sink waits")

    def committed(self) -> dict[int, int]:
        """The offsets that the sink has committed."""
        return Positions(self._kafka).committed(sink_group(self.sink), self._topic)

    def settle(self) -> None:
        """Wait until the sink has committed all that there is."""

        def settled() -> bool:
            read_to = {one.partition: one.offset + 1 for one in read(self._kafka, self._topic)}
            return self.committed() == read_to

        until(settled, within=30, what="what was written is committed")

    def holder(self) -> str | None:
        """The worker that runs the sink's task."""
        with ConnectClient(self.road.stack.endpoints.connect.url, patience=60) as connect:
            status = connect.status(self.sink)
        running = [task for task in status.tasks if task.state == "RUNNING"] if status else []
        return running[0].worker_id if running else None

    @contextmanager
    def no_room(self) -> Iterator[Callable[[], bool]]:
        """Postgres takes no row, for want of room; gives whether one was tried."""
        with psycopg.connect(self._dsn, autocommit=True) as hand:
            for statement in _NO_ROOM:
                hand.execute(statement.format(table=self.table).encode())

            def tried() -> bool:
                row = hand.execute(f"SELECT is_called FROM {self.table}_tries".encode()).fetchone()
                return row == (True,)

            try:
                yield tried
            finally:
                hand.execute(f"DROP TRIGGER no_room ON {self.table}".encode())

    def went_back(self) -> list[tuple[str, str]]:
        """Words that were written over by earlier ones, since there was no room."""
        return self.road.rows(self._dsn, f"SELECT old, new FROM {{schema}}.{self.name}_back")


# What a transaction that is rolled back leaves: the state of a sequence.
_NO_ROOM = (
    "CREATE SEQUENCE {table}_tries",
    "CREATE TABLE {table}_back (old text, new text)",
    "CREATE FUNCTION {table}_no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " PERFORM nextval('{table}_tries'); RAISE EXCEPTION 'no room' USING ERRCODE = '53100';"
    " END $$",
    "CREATE FUNCTION {table}_look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.word < OLD.word THEN INSERT INTO {table}_back VALUES (OLD.word, NEW.word); END IF;"
    " RETURN NEW; END $$",
    "CREATE TRIGGER look BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_look()",
    "CREATE TRIGGER no_room BEFORE INSERT ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION {table}_no_room()",
)


@contextmanager
def _tables(
    stack: Stack, cql: Session, keyspace: str, folder: Path, dsn: str, *names: str
) -> Iterator[list[Words]]:
    """Tables that Messina's sink writes, each by one task."""
    for name in names:
        cql.execute(
            f"CREATE TABLE {keyspace}.{name} (id int PRIMARY KEY, word text)"
            " WITH cdc = {'enabled': true}"
        )
    road = Road(
        stack, keyspace, folder, *names, sink={"connector": "messina"}, defaults={"tasks": 1}
    )
    applied = road.apply()
    assert applied.code == 0, applied.output
    try:
        yield [Words(road, name, cql, dsn) for name in names]
    finally:
        road.destroy()


def test_who_has_lost_a_claim_writes_nothing(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """While somebody else claims a partition nobody commits a row of it; then its old holder
    commits none before Connect has told it anew that the partition is its own."""
    with _tables(stack, cql, keyspace, tmp_path, postgres_dsn, "words") as (words,):
        words.write(1, "first")
        words.arrive({1: "first"}, "the row is there")
        with psycopg.connect(postgres_dsn) as other:
            taken = other.execute(
                f'UPDATE messina_claims."{words.road.name}" SET claim = claim + 1'
                " RETURNING topic, partition, claim".encode()
            ).fetchall()
            words.write(1, "second")
            words.await_lock()
            assert words.there() == {1: "first"}
            other.commit()
        words.arrive({1: "second"}, "the row is there once more")
        now = words.claims()
        assert sorted(now[place[0], place[1]] - place[2] for place in taken)[-1] == 1


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    process = psutil.Process(pid)
    frozen: list[psutil.Process] = []
    try:
        for each in (process, *process.children(recursive=True)):
            # a server's child may just have ended
            with suppress(psutil.NoSuchProcess):
                each.suspend()
                frozen.append(each)
        yield
    finally:
        for each in frozen:
            with suppress(psutil.NoSuchProcess):
                each.resume()


def test_a_number_that_comes_twice_is_nobody_elses_claim(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """A claim with a task's own number, but not taken by it, is not its: a Postgres that took over
    without the last commits, or a table that was made anew, counts numbers again."""
    with _tables(stack, cql, keyspace, tmp_path, postgres_dsn, "words") as (words,):
        words.write(1, "first")
        words.arrive({1: "first"}, "the row is there")
        before = words.claims()
        with psycopg.connect(postgres_dsn) as other:
            other.execute(
                f"UPDATE messina_claims.\"{words.road.name}\" SET taken_by = 'another'".encode()
            )
        words.write(1, "second")
        words.arrive({1: "second"}, "the row is there once more")
        assert [claim - before[place] for place, claim in words.claims().items()] == [1]


def test_who_can_not_ask_the_group_claims_nothing(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """A task that has lost its claim, and whose brokers are silent, takes none and writes nothing:
    its partitions may be another's. When they answer it goes on."""
    with _tables(stack, cql, keyspace, tmp_path, postgres_dsn, "words") as (words,):
        words.write(1, "first")
        words.arrive({1: "first"}, "the row is there")
        broker = stack.status("kafka").pid
        assert broker is not None
        log = stack.layout.log("connect")
        begun = log.stat().st_size

        def asked_again() -> bool:
            with log.open("rb") as file:
                file.seek(begun)
                return b"1 records wait, tried 2 times: the group does not say" in file.read()

        with psycopg.connect(postgres_dsn) as other:
            other.execute(
                f'UPDATE messina_claims."{words.road.name}" SET claim = claim + 1'.encode()
            )
            words.write(1, "second")
            words.await_lock()
            with _frozen(broker):
                other.commit()
                taken = words.claims()
                until(asked_again, within=30, what="it has asked twice")
                assert words.there() == {1: "first"}
                assert words.claims() == taken
        words.arrive({1: "second"}, "the row is there once more")


class Two:
    """Three tables on the stack's worker, and a second worker that comes when it is called.

    Attributes:
        tables: what the sinks write.
    """

    def __init__(self, stack: Stack, tables: list[Words], folder: Path, ends: ExitStack) -> None:
        self.tables = tables
        self._stack = stack
        self._folder = folder
        self._ends = ends
        self._second: Worker | None = None

    def second(self) -> Worker:
        """The second worker, which takes a sink's task, or some, when it comes.

        Sources stand still meanwhile: Connect may give it nothing but these.
        """
        if self._second is None:
            sources = [f"{one.road.name}.{one.name}.source" for one in self.tables]
            with ConnectClient(self._stack.endpoints.connect.url, patience=60) as connect:
                for source in sources:
                    connect.stop(source)
                worker = self._ends.enter_context(second_worker(self._stack, self._folder))
                until(lambda: self.given(worker), within=60, what="the second worker has a sink")
                for source in sources:
                    connect.resume(source)
            self._second = worker
        return self._second

    def given(self, worker: Worker) -> list[Words]:
        """The tables whose sink's task was begun on a worker, by its log."""
        port = worker.name.rpartition(":")[2]
        said = (self._folder / f"worker-{port}.log").read_text(errors="replace")
        return [one for one in self.tables if f"Creating task {one.sink}-0" in said]


@pytest.fixture(scope="module")
def two(
    stack: Stack,
    shared_session: Session,
    module_keyspace: str,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_dsn: str,
) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    names = ("a", "b", "c")
    with (
        ExitStack() as ends,
        _tables(stack, shared_session, module_keyspace, folder, postgres_dsn, *names) as tables,
    ):
        yield Two(stack, tables, folder, ends)


def test_who_is_moved_while_it_waits_writes_and_commits_nothing_more(
    two: Two, stack: Stack
) -> None:
    """Postgres has no room, and then does not answer at all; a second worker comes, and is given
    sinks that wait. What these had in their hands is neither committed nor written over newer
    rows: with room again all rows are there, once each in the order of their writes."""
    postgres = stack.status("postgres").pid
    assert postgres is not None
    for words in two.tables:
        words.write(1, "0 first")
        words.write(3, "0 first")
        words.arrive({1: "0 first", 3: "0 first"}, f"{words.name} goes")
        words.settle()
    with ExitStack() as full:
        tried = [full.enter_context(words.no_room()) for words in two.tables]
        before = [words.committed() for words in two.tables]
        for words in two.tables:
            words.write(1, "1 old")
            words.write(2, "1 once")
        until(lambda: all(one() for one in tried), within=30, what="the sinks wait")
        with _frozen(postgres):
            second = two.second()
            until(lambda: two.given(second), within=60, what="the second worker has a sink")
            for words in two.tables:
                words.write(1, "2 new")
        moved = until(
            lambda: [words for words in two.given(second) if words.holder() == second.name],
            within=60,
            what="a sink runs on the second worker",
        )
        assert [words.committed() for words in two.tables] == before
    for words in two.tables:
        words.arrive({1: "2 new", 2: "1 once"}, f"{words.name} goes on")
    for words in moved:
        words.write(3, "3 next")
        words.arrive({3: "3 next"}, f"{words.name} goes on where it is now")
    assert [words.went_back() for words in two.tables] == [[], [], []]
    assert [words.there() for words in moved] == [{1: "2 new", 2: "1 once", 3: "3 next"}] * len(
        moved
    )


def test_a_worker_that_wakes_puts_no_old_row_over_a_newer_one(two: Two, postgres_dsn: str) -> None:
    """A worker is frozen in the middle of a batch, and another one writes a newer row meanwhile:
    that one stays, and what is written next arrives."""
    second = two.second()
    words = until(
        lambda: next((one for one in two.tables if one.holder() == second.name), None),
        within=60,
        what="the second worker has a sink",
    )
    assert words is not None
    words.write(11, "first")
    words.arrive({11: "first"}, "the row is there")
    with psycopg.connect(postgres_dsn) as hand:
        hand.execute(f"LOCK TABLE {words.table} IN EXCLUSIVE MODE".encode())
        words.write(11, "old")
        words.await_lock()
        before = words.claims()
        with _frozen(second.process.pid):
            words.write(11, "new")
            hand.commit()
            words.arrive({11: "new"}, "another worker goes on")
    assert any(claim > before.get(place, 0) for place, claim in words.claims().items())
    words.write(12, "next")
    words.arrive({11: "new", 12: "next"}, "both are awake, and it goes on")
