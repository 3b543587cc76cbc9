"""Looking at a pipeline. Kafka Connect is enough: what else does not answer is shown as unknown."""

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from messina.deployer.errors import DeployerError
from messina.deployer.health import (
    Lag,
    PipelineStatus,
    Side,
    TableStatus,
    side,
    unknown_side,
)
from messina.deployer.inventory import deployed, listed
from messina.deployer.lagging import LagReader, Lags
from messina.deployer.parts import Part, rows_part, static_part
from messina.deployer.render.sink_messina import CLASS as MESSINA
from messina.deployer.sinkwaits import Waiting, waiting
from messina.deployer.site import Site
from messina.deployer.watching.journal import look as look_at_journal
from messina.deployer.watching.listing import as_said
from messina.deployer.watching.model import Remembered
from messina.deployer.workers import Silence, silent_workers, workers_of
from messina.kafka import (
    BrokerProblem,
    Connector,
    ConnectorStatus,
    ConnectProblem,
    ConnectTimeout,
    Waits,
    client_settings,
    sink_group,
)
from messina.kafka.deadletters import TOPIC_SETTING
from messina.pipeline import STATIC, Endpoints, PipelineSpec, SpecError, resolve
from messina.secrets import SecretsError

Found = Mapping[str, tuple[Connector, ConnectorStatus | None]]


class Looker:
    """Looks at a pipeline, again and again. Close it, or use it in a `with`.

    Args:
        spec: the pipeline.
        endpoints: where the systems are.
        lag: whether to read lags; without, Kafka Connect is asked, and brokers what sinks wait for.
        patience: seconds that Kafka Connect is given to answer.
    """

    def __init__(
        self, spec: PipelineSpec, endpoints: Endpoints, *, lag: bool = True, patience: float = 10.0
    ) -> None:
        self._spec = spec
        self._resolved = spec if spec.resolved else None
        self._site = Site(endpoints.under(spec), patience=patience)
        self._lags = LagReader(spec, endpoints.under(spec)) if lag else None
        self._waits: Waits | None = None

    def close(self) -> None:
        """Close the connections."""
        self._site.close()
        if self._lags is not None:
            self._lags.close()
        if self._waits is not None:
            self._waits.close()

    def __enter__(self) -> "Looker":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def look(self) -> PipelineStatus:
        """Return how the pipeline is now. What does not answer is unknown, with the reason.

        Raises:
            DeployerError: if the spec has patterns of tables, and no connector says which.
        """
        unknown: list[str] = []
        found: Found | None = None
        try:
            found = self._site.connect.overview()
        except ConnectProblem as problem:
            unknown.append(why(problem, self._site.connect.url))
        if found is not None:
            # each time anew: tables come and go
            self._resolved = known_tables(self._spec, found)
        if self._resolved is None:
            return PipelineStatus(
                pipeline=self._spec.pipeline, healthy=False, tables=(), unknown=tuple(unknown)
            )
        lags = Lags(by_topic={})
        with ThreadPoolExecutor(3, thread_name_prefix="looking") as beside:
            silent = beside.submit(self._silent, found or {})
            remembered = beside.submit(self._remembered)
            waits = beside.submit(self._sink_waits, found or {})
            if self._lags is not None:
                lags = self._lags.read(
                    [part for pair in parts_of(self._resolved, found) for part in pair if part],
                    dead_letters(found or {}),
                )
            workers, doubts = silent.result()
            waiting, blind = waits.result()
        result = assemble(self._resolved, found, lags, unknown, workers, waiting)
        known = remembered.result()
        names = tasks_of(self._resolved)
        breakers = (as_said(known, name) for name in (*known.breakers, *known.words))
        told = {one.connector: one for one in breakers if one.connector in names}
        return result.model_copy(
            update={
                "doubts": (*doubts, *blind),
                "breakers": tuple(one for _, one in sorted(told.items()) if not one.plain),
                "watcher": known.lead,
            }
        )

    def _remembered(self) -> Remembered:
        """What watchers know; nothing where Kafka does not answer, as the lags tell already."""
        nothing = Remembered()
        if self._lags is None:
            return nothing
        kafka = self._site.endpoints.kafka
        try:
            return look_at_journal(kafka, self._spec.watch_topic) or nothing
        except (BrokerProblem, SecretsError):
            return nothing

    def _sink_waits(self, found: Found) -> tuple[Mapping[str, Waiting], tuple[str, ...]]:
        """What sinks wait for, or why that can't be told, where no lag tells it already."""
        tasks = tasks_of(self._resolved) if self._resolved is not None else {}
        topics = telling_sinks(found, tasks)
        sinks = {sink_group(name): name for name in topics}
        kafka = self._site.endpoints.kafka
        try:
            if self._waits is None:
                self._waits = Waits(
                    kafka.bootstrap_servers, timeout=4.0, client=client_settings(kafka.security)
                )
            told = self._waits.of({sink_group(name): each for name, each in topics.items()})
        except (BrokerProblem, SecretsError) as problem:
            said = f"whether sinks wait for something is unknown: {problem}"
            return {}, () if self._lags is not None else (said,)
        return waiting({sinks[group]: one for group, one in told.items()}, time.time()), ()

    def _silent(self, found: Found) -> tuple[Mapping[str, Silence], tuple[str, ...]]:
        """The workers that do not answer, or why that can't be told."""
        tasks = tasks_of(self._resolved) if self._resolved is not None else {}
        names = workers_of(how for name, (_, how) in found.items() if how and name in tasks)
        url = self._site.connect.url
        return judged(names, silent_workers(names, url), url)


def status(spec: PipelineSpec, endpoints: Endpoints, *, patience: float = 10.0) -> PipelineStatus:
    """Return how a pipeline is, once.

    A connector for static columns that does not exist is not missed here: a plan shows it.
    """
    with Looker(spec, endpoints, patience=patience) as looker:
        return looker.look()


def judged(
    names: Collection[str], silent: Mapping[str, Silence], url: str
) -> tuple[Mapping[str, Silence], tuple[str, ...]]:
    """Return the workers that are to be taken for lost, or why that can't be told.

    Where no way leads from here to any of them (names of another network), Connect's own word is
    all there is.

    Args:
        names: all of them.
        silent: those that do not answer.
        url: of Kafka Connect.
    """
    if not names or len(silent) < len(names) or any(one.there for one in silent.values()):
        return silent, ()
    name, one = min(silent.items())
    others = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
    return {}, (
        f"whether the workers live is unknown: {name} {one.words()}{others}, while Connect answers "
        f"at {url}: states are those that it was told last",
    )


def known_tables(spec: PipelineSpec, found: Found) -> PipelineSpec:
    """Return the spec with tables in the place of patterns: those that connectors carry.

    So no database is asked. A table that a plan would add is not missed here; one that only its
    source, or only its sink, still carries is.

    Raises:
        DeployerError: if no connector carries a table that fits a pattern.
    """
    if spec.resolved:
        return spec
    carried = [
        table for one in deployed(found) if one.pipeline == spec.pipeline for table in one.tables
    ]
    try:
        return resolve(spec, sorted({table.removesuffix(STATIC) for table in carried}))
    except SpecError as error:
        raise DeployerError(
            f"which tables the patterns of pipeline {spec.pipeline} mean is not known here, as no "
            f"connector carries one that fits; next: messina deploy plan {spec.argument}"
        ) from error


def parts_of(spec: PipelineSpec, found: Found | None) -> tuple[tuple[Part, Part | None], ...]:
    """Return the parts of each table: its rows, and its statics where they have a sink."""
    pairs = []
    for index in range(len(spec.tables)):
        static = static_part(spec, index)
        there = found is not None and static.topic in _topics(found, static.sink)
        pairs.append((rows_part(spec, index), static if there else None))
    return tuple(pairs)


def assemble(
    spec: PipelineSpec,
    found: Found | None,
    lags: Lags,
    unknown: Sequence[str],
    silent: Mapping[str, Silence] = MappingProxyType({}),
    waits: Mapping[str, Waiting] = MappingProxyType({}),
) -> PipelineStatus:
    """Put a status together.

    Args:
        spec: the pipeline.
        found: the connectors that exist; None where Kafka Connect did not answer.
        lags: of the parts, as far as they were read.
        unknown: what did not answer, beside what the lags say.
        silent: the workers of Kafka Connect that do not answer.
        waits: by sink, what it waits for; believed of those that run.
    """
    tasks = tasks_of(spec)
    statuses = {name: how for name, (_, how) in (found or {}).items() if how is not None}

    def of(name: str) -> Side:
        if found is None:
            return unknown_side(name, tasks[name])
        how = side(name, tasks[name], statuses, silent)
        # of one that stands still it is what it waited for before
        runs = how.connector_state == "RUNNING"
        return how.model_copy(update={"waits": waits.get(name) if runs else None})

    def lag(part: Part | None) -> Lag | None:
        return None if part is None else lags.by_topic.get(part.topic)

    tables = []
    for rows, static in parts_of(spec, found):
        tables.append(
            TableStatus(
                table=rows.table.name,
                source=of(spec.source_connector(rows.table)),
                sink=of(rows.sink),
                static_sink=None if static is None else of(static.sink),
                lag=lag(rows),
                static_lag=lag(static),
            )
        )
    return PipelineStatus(
        pipeline=spec.pipeline,
        healthy=all(table.healthy for table in tables),
        tables=tuple(tables),
        unknown=(*unknown, *lags.unknown),
    )


def tasks_of(spec: PipelineSpec) -> dict[str, int]:
    """Return how many tasks each connector that a pipeline may have should have."""
    return {
        name: one.tasks
        for one in spec.bulkheads()
        for name in (one.source_connector, one.sink_connector, one.static_sink_connector)
    }


def why(problem: ConnectProblem, url: str) -> str:
    """Return in a line that Kafka Connect did not answer, and why."""
    reason = problem.reason if isinstance(problem, ConnectTimeout) else str(problem)
    return f"states are unknown: Kafka Connect at {url}: {reason}"


def _topics(found: Found, sink: str) -> tuple[str, ...]:
    """The topics that a sink reads; none where it does not exist."""
    if sink not in found:
        return ()
    return listed(found[sink][0].config.get("topics"))


def telling_sinks(found: Found, wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the topics of those sinks that say what they wait for: Messina's.

    What such a one said stays beside its offsets; of a sink that is another's since, or of a topic
    that is another sink's since, it is not true any more.
    """
    return {
        name: _topics(found, name)
        for name in wanted
        if name in found and found[name][0].config.get("connector.class") == MESSINA
    }


def dead_letters(found: Found) -> dict[str, str]:
    """Return, by sink connector, the topic of its dead letters, where it has one."""
    topics = {name: connector.config.get(TOPIC_SETTING) for name, (connector, _) in found.items()}
    return {name: topic for name, topic in topics.items() if topic}
