"""Reading how far behind a pipeline is: from Kafka alone, within a bounded time."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property

from messina.deployer.deadletters.opens import Opened, Opens
from messina.deployer.health import Lag
from messina.deployer.parts import Part
from messina.deployer.resources import Value
from messina.kafka import (
    AvroDecoder,
    Backlog,
    Backlogs,
    BrokerProblem,
    KafkaProblem,
    LatestWatermarks,
    RegistryClient,
    RegistryProblem,
    Watermark,
    client_settings,
    sink_group,
)
from messina.pipeline import Endpoints, PipelineSpec
from messina.secrets import SecretsError

_TIMEOUT_S = 4.0

Marks = Mapping[tuple[str, int], Watermark]


class Lags(Value):
    """The lags of a pipeline's parts, by topic, and what did not answer."""

    by_topic: Mapping[str, Lag]
    unknown: tuple[str, ...] = ()


class LagReader:
    """Reads lags, again and again. Close it, or use it in a `with`.

    Args:
        spec: the pipeline.
        endpoints: where the systems are.
        timeout: seconds until brokers and registry are given up, each.
    """

    def __init__(
        self, spec: PipelineSpec, endpoints: Endpoints, *, timeout: float = _TIMEOUT_S
    ) -> None:
        self._spec = spec
        self._endpoints = endpoints
        self._timeout = timeout
        self._open = ExitStack()

    def close(self) -> None:
        """Close the connections."""
        self._open.close()

    def __enter__(self) -> "LagReader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @cached_property
    def _client(self) -> Mapping[str, str]:
        return client_settings(self._endpoints.kafka.security)

    @cached_property
    def _backlogs(self) -> Backlogs:
        backlogs = Backlogs(
            self._endpoints.kafka.bootstrap_servers, timeout=self._timeout, client=self._client
        )
        self._open.callback(backlogs.close)
        return backlogs

    @cached_property
    def _opens(self) -> Opens:
        return Opens(
            self._endpoints.kafka.bootstrap_servers,
            self._spec.dead_letters_state_topic,
            f"{self._spec.pipeline}.{self._spec.source.keyspace}.",
            client=self._client,
            timeout=self._timeout,
        )

    @cached_property
    def _watermarks(self) -> LatestWatermarks:
        registry = RegistryClient.of(self._endpoints.registry, timeout=self._timeout)
        return LatestWatermarks(
            self._endpoints.kafka.bootstrap_servers,
            self._spec.watermarks_topic,
            AvroDecoder(self._open.enter_context(registry)),
            timeout=self._timeout,
            client=self._client,
        )

    def read(self, parts: Sequence[Part], dead_letters: Mapping[str, str]) -> Lags:
        """Return the lag of each part.

        Args:
            parts: what of the pipeline there is.
            dead_letters: by sink connector, the topic of its dead letters, where it has one.
        """
        unknown: list[str] = []
        backlogs: Mapping[str, Backlog | None] = {}
        lengths: Mapping[str, int | None] = {}
        opens: Mapping[str, Opened] = {}
        marks: Marks | None = None
        try:
            backlogs = self._backlogs.of(
                {part.topic: sink_group(part.sink) for part in parts},
                # its deletions are tombstones, ours are followed by one
                tombstones=self._spec.source.connector == "scylladb",
            )
            lengths = self._backlogs.lengths(dead_letters.values())
            opens = self._opens.of(lengths)
            marks = self._marks(parts)
        except (KafkaProblem, SecretsError) as problem:
            unknown.append(why(problem))
        now_ms = time.time_ns() // 1_000_000
        return Lags(
            by_topic={
                part.topic: self._lag(part, backlogs, marks, now_ms).model_copy(
                    update=of_letters(dead_letters.get(part.sink), lengths, opens)
                )
                for part in parts
            },
            unknown=tuple(unknown),
        )

    def _lag(
        self, part: Part, backlogs: Mapping[str, Backlog | None], marks: Marks | None, now_ms: int
    ) -> Lag:
        lag = of_watermarks(self._table(part), self._slices(part), marks, now_ms)
        if part.topic not in backlogs:
            return lag
        return of_backlog(lag, part.topic, backlogs[part.topic], now_ms)

    def _marks(self, parts: Sequence[Part]) -> Marks | None:
        """The newest watermarks; None where the source connector tells none."""
        if self._spec.source.connector != "messina":
            return None
        return self._watermarks.look(
            (self._table(part), number) for part in parts for number in range(self._slices(part))
        )

    def _table(self, part: Part) -> str:
        return f"{self._spec.source.keyspace}.{part.table.name}"

    def _slices(self, part: Part) -> int:
        return self._spec.partitions_of(part.table)


def of_watermarks(table: str, slices: int, marks: Marks | None, now_ms: int) -> Lag:
    """Return how far behind the source is: what a slice said last is true, however old it is.

    Args:
        table: the table with its keyspace.
        slices: how many slices it has.
        marks: each slice's newest watermark; None where nobody could be asked, or tells any.
        now_ms: the time now.
    """
    if marks is None:
        return Lag()
    silent = [str(number) for number in range(slices) if (table, number) not in marks]
    if silent:
        said = f"its source told no watermark yet of slice {', '.join(silent)}"
        return Lag(unknown=(said,))
    own = [marks[table, number] for number in range(slices)]
    return Lag(
        source_s=_seconds(now_ms - min(mark.fast_until_us for mark in own) / 1000),
        swept_s=_seconds(now_ms - min(mark.swept_until_us for mark in own) / 1000),
    )


def of_letters(
    topic: str | None, lengths: Mapping[str, int | None], opens: Mapping[str, Opened]
) -> dict[str, str | int | bool | None]:
    """Return what a lag says of dead letters.

    Args:
        topic: where the sink puts them; None: nowhere.
        lengths: by topic, how many there are.
        opens: how many of them are open.
    """
    if topic is None:
        return {}
    opened = opens.get(topic)
    return {
        "dead_letter_topic": topic,
        "dead_letters": lengths.get(topic),
        "dead_letters_open": None if opened is None else opened.count,
        "dead_letters_exact": opened is None or opened.exact,
    }


def of_backlog(lag: Lag, topic: str, backlog: Backlog | None, now_ms: int) -> Lag:
    """Return a lag with how far behind the sink is."""
    if backlog is None:
        return lag.model_copy(
            update={"unknown": (*lag.unknown, f"its topic {topic} does not exist")}
        )
    waits = 0.0 if backlog.oldest_ms is None else _seconds(now_ms - backlog.oldest_ms)
    return lag.model_copy(
        update={
            "sink_s": waits,
            "rows": backlog.changes,
            "exact": backlog.exact,
            "expired": backlog.expired,
        }
    )


def why(problem: KafkaProblem | SecretsError) -> str:
    """Return in a line who did not answer, and what that hides."""
    if isinstance(problem, BrokerProblem):
        return f"lags are unknown: Kafka at {problem.bootstrap}: {problem.reason}"
    if isinstance(problem, RegistryProblem):
        return f"the sources' lag is unknown: registry {problem.url}: {problem.reason}"
    if isinstance(problem, SecretsError):
        return f"lags are unknown: {problem}"
    return f"the sources' lag is unknown: {problem}"


def _seconds(milliseconds: float) -> float:
    """Seconds, never below zero: clocks differ."""
    return round(max(0.0, milliseconds / 1000), 3)
