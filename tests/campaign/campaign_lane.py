"""A pipeline of a campaign's own: made, watched, audited and taken down."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
from cassandra.cluster import Session
from cassandra.query import SimpleStatement
from typer.testing import CliRunner

from messina.deployer.cli import app as deploy
from messina.kafka import ConnectClient, ConnectRefused, ConnectTimeout, Positions, describe
from messina.pipeline import PipelineSpec, load_spec
from messina.testing import Recorder, Stack, until
from messina.testing.audit import Key

_CONNECTS_OWN = "ConnectRestException"


@dataclass
class Lane:
    """From some tables of a keyspace to a Postgres schema of the same name.

    Attributes:
        connect: Kafka Connect's REST API, with patience enough for a worker that starts.
        restarted: how often a source connector that Connect failed to start was restarted.
    """

    stack: Stack
    session: Session
    spec: PipelineSpec
    file: Path
    dsn: str
    connect: ConnectClient
    restarted: int = 0

    @property
    def keyspace(self) -> str:
        """The keyspace, and the schema."""
        return self.spec.source.keyspace

    @property
    def safe_seconds(self) -> float:
        """How old a window is at its second look."""
        return self.spec.safe_confidence_ms / 1000

    def topic(self, table: str) -> str:
        """The topic of a table."""
        return self.spec.topic(self._table(table))

    def source(self, table: str) -> str:
        """The source connector of a table."""
        return self.spec.source_connector(self._table(table))

    def tasks(self, table: str) -> int:
        """How many tasks a table's source connector is to run."""
        found = self.connect.get(self.source(table))
        assert found is not None, f"{self.source(table)} is gone"
        return int(found.config["tasks.max"] or "1")

    def set_tasks(self, table: str, count: int) -> None:
        """Give a table's source connector another number of tasks."""
        found = self.connect.get(self.source(table))
        assert found is not None, f"{self.source(table)} is gone"
        config = {key: value for key, value in found.config.items() if value is not None}
        self.connect.put(self.source(table), {**config, "tasks.max": str(count)})

    def healthy(self) -> bool:
        """Whether every source connector runs all its tasks; a failed one raises its trace.

        Two things are cured by a restart, as whoever watches would: Connect never does.
        One that Connect itself failed to start, as it asked a leader that had just been killed to
        fence its predecessor. And one that is said to run on a worker that is gone: where a worker
        thaws just as the one dies that has taken over, it believes in its tasks, which are fenced
        and fail, while their status stays the newer one, RUNNING.
        """
        for table in self.spec.tables:
            status = self.connect.status(self.source(table.name))
            if status is None:
                return False
            if status.failed() and _CONNECTS_OWN in (status.last_error() or ""):
                return self._restart(table.name)
            if not all(_answers(task.worker_id) for task in status.tasks):
                return self._restart(table.name)
            assert not status.failed(), f"{describe(status)}\n{status.last_error()}"
            if not status.healthy(self.tasks(table.name)):
                return False
        return True

    def _restart(self, table: str) -> Literal[False]:
        """Restart a source connector with all its tasks; the worker, where it refuses that.

        A leader that was fenced while it was frozen may refuse all changes from then on.
        """
        self.restarted += 1
        with ConnectClient(self.connect.url, patience=20) as hurried:
            try:
                hurried.restart(self.source(table), only_failed=False)
            except (ConnectRefused, ConnectTimeout):
                self.stack.kill("connect")
        return False

    @contextmanager
    def recorded(self, **states: Callable[[Mapping[str, Any]], Any]) -> Iterator[Recorder]:
        """Record the tables' topics; for each what is kept of a row."""
        topics = {self.topic(table): state for table, state in states.items()}
        with Recorder(self.stack.endpoints, topics) as recorder:
            yield recorder

    def sink_states(self, table: str, columns: Sequence[str], keys: int = 1) -> dict[Key, Any]:
        """The rows in Postgres by key; the state is the one column after the key's."""
        query = f"SELECT {', '.join(columns)} FROM {self.keyspace}.{table}"
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(query.encode()).fetchall()
        return {tuple(row[:keys]): row[keys] for row in rows}

    def source_states(self, table: str, columns: Sequence[str], keys: int = 1) -> dict[Key, Any]:
        """The rows in the source by key; the state is the one column after the key's."""
        query = f"SELECT {', '.join(columns)} FROM {self.keyspace}.{table}"
        rows = self.session.execute(SimpleStatement(query, fetch_size=2_000))
        return {tuple(row[:keys]): row[keys] for row in rows}

    def sink_count(self, table: str) -> int:
        """How many rows Postgres has."""
        with psycopg.connect(self.dsn) as connection:
            found = connection.execute(
                f"SELECT count(*) FROM {self.keyspace}.{table}".encode()
            ).fetchone()
        assert found is not None
        return int(found[0])

    def await_sink(self, table: str, columns: Sequence[str], expected: Mapping[Key, Any]) -> None:
        """Waits until Postgres is as expected, or has not changed for a minute: others judge."""
        last, since = None, time.monotonic()
        while time.monotonic() - since < 60:
            found = self.sink_states(table, columns, len(columns) - 1)
            if found == expected:
                return
            if found != last:
                last, since = found, time.monotonic()
            time.sleep(0.5)

    def await_second_look(self, *tables: str) -> None:
        """Waits until everything written so far had both its looks."""
        begun = time.time()
        for table in tables:
            until(
                lambda table=table: self._swept(table) > begun,  # type: ignore[misc]
                within=self.safe_seconds + 120,
                what=f"the second look of {table} is past what was written",
                every=0.5,
            )

    def settle(self, recorder: Recorder, tables: Sequence[str]) -> None:
        """Waits until everything written so far had both its looks, and `recorder` has it all."""
        self.await_second_look(*tables)
        ends = {table: self._ends(table) for table in tables}
        for table in tables:
            until(
                lambda table=table: _reached(  # type: ignore[misc]
                    recorder.moments(self.topic(table)), ends[table]
                ),
                within=60,
                what=f"the recorder has read {table} to its end",
            )

    def _ends(self, table: str) -> dict[int, int]:
        return Positions(self.stack.endpoints.kafka.bootstrap_servers).ends(self.topic(table))

    def _swept(self, table: str) -> float:
        """Up to when the second look of a table is committed, in seconds since 1970."""
        offsets = self.connect.offsets(self.source(table))
        if len(offsets) < self.spec.partitions_of(self._table(table)):
            return 0.0
        return min(
            datetime.fromisoformat(str((found.offset or {})["swept_until"])).timestamp()
            for found in offsets
        )

    def _table(self, name: str) -> Any:
        return next(table for table in self.spec.tables if table.name == name)


def _reached(moments: Mapping[int, Sequence[int]], ends: Mapping[int, int]) -> bool:
    return all(max(moments.get(n, [0])) >= end for n, end in ends.items())


@contextmanager
def open_lane(
    stack: Stack,
    session: Session,
    keyspace: str,
    folder: Path,
    dsn: str,
    tables: Sequence[str],
    *,
    safe_confidence: str = "10s",
    partitions: int = 4,
    tasks: int = 2,
) -> Iterator[Lane]:
    """A deployed pipeline over tables that are there; it is taken down at the end."""
    file = folder / "pipeline.yaml"
    names = "".join(f"  - name: {table}\n" for table in tables)
    file.write_text(
        f"pipeline: {keyspace.replace('_', '-')}\n"
        f"source: {{keyspace: {keyspace}, safe_confidence: {safe_confidence}}}\n"
        f"sink: {{schema: {keyspace}}}\n"
        f"defaults: {{partitions: {partitions}, tasks: {tasks}}}\n"
        f"tables:\n{names}"
    )
    try:
        _deploy(stack, "apply", str(file), "--json")
        with ConnectClient(stack.endpoints.connect.url, patience=180) as connect:
            yield Lane(stack, session, load_spec(file), file, dsn, connect)
    except BaseException:
        # Nobody else on this stack is to suffer from it; what happened first is what matters.
        with suppress(Exception):
            _deploy(stack, "destroy", str(file), "--yes", "--delete-data")
        raise
    _deploy(stack, "destroy", str(file), "--yes", "--delete-data")


def _deploy(stack: Stack, *arguments: str) -> None:
    result = CliRunner().invoke(deploy, [*arguments, "--endpoints", str(stack.layout.endpoints)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output


def report(name: str, figures: Mapping[str, Any], folder: Path) -> str:
    """Write a campaign's figures to a file, and return them as text."""
    text = json.dumps({"campaign": name, **figures}, indent=2, default=str)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"campaign-{name}.json").write_text(text + "\n")
    return text


def _answers(worker: str) -> bool:
    """Whether a worker is there."""
    try:
        return httpx.get(f"http://{worker}/", timeout=30, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
