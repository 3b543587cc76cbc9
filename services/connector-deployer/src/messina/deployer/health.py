"""How a pipeline is, as values: per table, source and sink, tasks as expected or not, the lag."""

from collections.abc import Mapping
from types import MappingProxyType

from messina.deployer.errors import first_line
from messina.deployer.resources import Value
from messina.deployer.sinkwaits import Waiting
from messina.deployer.watching.model import Breaker, Lead
from messina.deployer.workers import Silence
from messina.kafka import ConnectorStatus

UNKNOWN = "unknown"
"""The state of a connector that nobody can be asked about."""
MISSING = "missing"
"""The state of a connector that does not exist."""


class Task(Value):
    """How one task is, by its number.

    Attributes:
        silent: that its worker does not answer, where its state is RUNNING: Connect keeps the last
            state of a task whose worker was lost.
    """

    id: int
    state: str
    worker: str
    silent: Silence | None = None

    @property
    def runs(self) -> bool:
        """Whether it is RUNNING, on a worker that is there."""
        return self.state == "RUNNING" and self.silent is None

    def words(self) -> str:
        """Return how it is: `task 0 is PAUSED`."""
        if self.silent is None:
            return f"task {self.id} is {self.state}"
        return (
            f"task {self.id} was RUNNING last, on worker {self.worker}, "
            f"which {self.silent.words()}"
        )


class Side(Value):
    """One connector of a table.

    Attributes:
        connector: its name.
        state: RUNNING, PAUSED, STOPPED, UNASSIGNED, FAILED (also where just a task has failed),
            `missing`, or `unknown`.
        running: how many of its expected tasks run.
        expected: how many tasks it should have: those from 0 on.
        error: in a line, why something of it has failed.
        tasks: the tasks that Connect has of it.
    """

    connector: str
    state: str
    running: int
    expected: int
    error: str | None = None
    tasks: tuple[Task, ...] = ()
    connector_state: str | None = None
    """The state of the connector itself, whatever its tasks are in; None where unknown."""
    waits: Waiting | None = None
    """What it waits for, where it is RUNNING; None: nothing, or nobody could be asked."""

    @property
    def odd(self) -> tuple[str, ...]:
        """What is not as expected of its tasks: `task 1 is missing`, `task 0 is PAUSED`."""
        found = {task.id: task for task in self.tasks}
        numbers = sorted({*found, *range(self.expected)})
        return tuple(
            (
                f"task {number} is missing"
                if number not in found
                else (
                    found[number].words()
                    if number < self.expected
                    else f"task {number} is one too many"
                )
            )
            for number in numbers
            if number >= self.expected or number not in found or not found[number].runs
        )

    @property
    def healthy(self) -> bool:
        """Whether it runs with the tasks that are expected, each by its number, and no others."""
        runs = self.state == "RUNNING" and not self.odd and self.error is None
        return runs and not (self.waits is not None and self.waits.long)

    def reason(self) -> str:
        """Return in one line what is wrong: `FAILED, 0 of 1 tasks run: task 0 is FAILED: …`."""
        if self.state in (UNKNOWN, MISSING):
            return f"is {self.state}"
        parts = [f"is {self.state}, {self.running} of {self.expected} tasks run"]
        parts += [", ".join(self.odd)] if self.odd else []
        parts += [self.error] if self.error else []
        parts += [self.waits.words()] if self.waits else []
        return ": ".join(parts)


class Lag(Value):
    """How far behind a table, or what its partitions share, is; None is unknown.

    Attributes:
        source_s: seconds since which changes may not be out of the source yet (first look).
        swept_s: the same by the second look, which finds what became visible late.
        sink_s: seconds since which the oldest change waits in Kafka that the sink has not
            committed; 0 where none waits.
        rows: how many changes wait there; where not `exact`, this many at most.
        exact: whether they were counted one by one.
        expired: offsets that the topic dropped before the sink had them: they are lost to it.
        dead_letter_topic: where the sink puts what Postgres rejects; None: nowhere.
        dead_letters: how many are there, whatever became of them.
        dead_letters_open: how many of them are neither replayed nor discarded.
        dead_letters_exact: whether these were judged one by one; else it is so many at most.
        unknown: why something is unknown.
    """

    source_s: float | None = None
    swept_s: float | None = None
    sink_s: float | None = None
    rows: int | None = None
    exact: bool = True
    expired: int = 0
    dead_letter_topic: str | None = None
    dead_letters: int | None = None
    dead_letters_open: int | None = None
    dead_letters_exact: bool = True
    unknown: tuple[str, ...] = ()

    @property
    def behind_s(self) -> float | None:
        """Seconds that Postgres is behind the source, as far as is known: the longer of both."""
        known = [seconds for seconds in (self.source_s, self.sink_s) if seconds is not None]
        return max(known, default=None)


class TableStatus(Value):
    """A table: what reads it, what writes it, how far behind it is."""

    table: str
    source: Side
    sink: Side
    static_sink: Side | None = None
    """What writes what its partitions share; None where the table has no such connector."""
    lag: Lag | None = None
    """None where it was not asked for."""
    static_lag: Lag | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """All of its connectors."""
        both = (self.source, self.sink)
        return both if self.static_sink is None else (*both, self.static_sink)

    @property
    def healthy(self) -> bool:
        """Whether all of them are."""
        return all(side.healthy for side in self.sides)


class PipelineStatus(Value):
    """A pipeline, table by table."""

    pipeline: str
    healthy: bool
    tables: tuple[TableStatus, ...]
    unknown: tuple[str, ...] = ()
    """What did not answer, and so is unknown of every table."""
    doubts: tuple[str, ...] = ()
    """What could not be checked, and so is believed as Kafka Connect says it."""
    breakers: tuple[Breaker, ...] = ()
    """Those that are not closed, or wait for something."""
    watcher: Lead | None = None
    """Who watches the pipeline, and what that one sees; None: nobody ever did, or it is unknown."""


class Health(Value):
    """Whether a pipeline is well, with one reason for each thing that is not."""

    pipeline: str
    healthy: bool
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """What could not be checked, and so counts for nothing."""


def verdict(status: PipelineStatus, max_lag_s: float | None = None) -> Health:
    """Judge a status.

    Args:
        status: of the pipeline; with lags, if these are to be judged.
        max_lag_s: seconds that a table may be behind; None: lags are not judged.
    """
    reasons = list(status.unknown)
    for table in status.tables:
        # without Connect all are unknown, for the reason that is told already
        reasons += [
            f"{table.table}: connector {side.connector} {side.reason()}"
            for side in table.sides
            if not side.healthy and not (side.state == UNKNOWN and status.unknown)
        ]
        if max_lag_s is not None:
            for name, lag in (
                (table.table, table.lag),
                (f"{table.table}'s statics", table.static_lag),
            ):
                if lag is not None:
                    reasons += _late(name, lag, max_lag_s)
    return Health(
        pipeline=status.pipeline,
        healthy=not reasons,
        reasons=tuple(reasons),
        doubts=status.doubts,
    )


def _late(name: str, lag: Lag, most: float) -> list[str]:
    reasons = [f"{name}: lag is unknown: {why}" for why in lag.unknown]
    if lag.expired:
        reasons.append(
            f"{name}: {lag.expired} offsets of its topic expired before the sink had read them; "
            "next: messina reconcile run FILE, which finds the rows"
        )
    behind = lag.behind_s
    if behind is not None and behind > most:
        where = [
            f"{side} {seconds:.1f} s"
            for side, seconds in (("source", lag.source_s), ("sink", lag.sink_s))
            if seconds is not None
        ]
        if lag.rows:
            where.append(f"{lag.rows} changes wait{'' if lag.exact else ' at most'}")
        reasons.append(f"{name}: {behind:.1f} s behind, more than {most:g} s: {', '.join(where)}")
    return reasons


def side(
    name: str,
    expected: int,
    found: Mapping[str, ConnectorStatus],
    silent: Mapping[str, Silence] = MappingProxyType({}),
) -> Side:
    """Return how one connector is, missing ones too.

    Args:
        name: of the connector.
        expected: how many tasks it should have.
        found: what Connect says, by connector.
        silent: the workers that do not answer.
    """
    status = found.get(name)
    if status is None:
        return Side(connector=name, state=MISSING, running=0, expected=expected)
    trace = status.last_error()
    tasks = tuple(
        Task(
            id=task.id,
            state=task.state,
            worker=task.worker_id,
            silent=silent.get(task.worker_id) if task.state == "RUNNING" else None,
        )
        for task in status.tasks
    )
    return Side(
        connector=name,
        state="FAILED" if status.failed() else status.connector.state,
        running=sum(task.runs and task.id < expected for task in tasks),
        expected=expected,
        connector_state=status.connector.state,
        error=first_line(trace) if trace and status.failed() else None,
        tasks=tasks,
    )


def unknown_side(name: str, expected: int) -> Side:
    """Return a connector that nobody can be asked about."""
    return Side(connector=name, state=UNKNOWN, running=0, expected=expected)
