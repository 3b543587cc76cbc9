"""Watermarks: up to which time, and to which offset, a table's changes are out of the source.

Each slice of a table has a watermark about once a second, idle or not. It speaks of committed
transactions only. A slice that was silent for ten seconds is unknown, and with it its table.
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType

from confluent_kafka import Consumer, KafkaException, TopicPartition
from pydantic import BaseModel, ConfigDict, ValidationError

from messina.kafka.avro import AvroDecoder
from messina.kafka.errors import BrokerProblem, DecodingProblem
from messina.kafka.records import Positions, Record, read, record_of
from messina.kafka.topics import reason_of

SILENCE_S = 10.0
"""Seconds after which a slice without a new watermark is unknown."""
_RECENT_MS = 30_000
"""How far back a look at the newest watermarks goes at first."""


class Watermark(BaseModel):
    """What one slice says of itself.

    Attributes:
        keyspace: the table's keyspace.
        table: the table.
        slice: the slice of the ring, and the partition of the table's topics.
        epoch: grows with each start of a task: of two runs, the higher one is the newer.
        fast_until_us: the first look has seen, and put out, every change before this.
        swept_until_us: the second look has; rows that became visible late are out too.
        last_offset: the slice's last record in the table's topic, -1 where it has none; None is
            unknown.
        static_last_offset: the same in the topic of its static columns; None where there is no
            such topic.
        timestamp_ms: when it was written.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    keyspace: str
    table: str
    slice: int
    epoch: int
    fast_until_us: int
    swept_until_us: int
    last_offset: int | None = None
    static_last_offset: int | None = None
    timestamp_ms: int

    @property
    def full_table(self) -> str:
        """The table with its keyspace."""
        return f"{self.keyspace}.{self.table}"


@dataclass(frozen=True)
class TableWatermark:
    """A table's watermark: the minimum over its slices.

    Attributes:
        table: the table with its keyspace.
        fast_until_us: all changes before this are out, or None: unknown.
        swept_until_us: the same by the second look, or None: unknown.
        slices: what each slice said last.
        unknown: why slices are unknown, by slice; empty where all are known.
    """

    table: str
    fast_until_us: int | None
    swept_until_us: int | None
    slices: Mapping[int, Watermark]
    unknown: Mapping[int, str]

    def applied(
        self, committed: Mapping[int, int], static_committed: Mapping[int, int] | None = None
    ) -> bool:
        """Whether a sink has applied everything that this watermark speaks of.

        Args:
            committed: by partition, what the sink reads next in the table's topic.
            static_committed: the same in the topic of its static columns.
        """
        return not self.unknown and all(
            mark.last_offset is not None
            and committed.get(number, 0) > mark.last_offset
            and (
                mark.static_last_offset is None
                or (static_committed or {}).get(number, 0) > mark.static_last_offset
            )
            for number, mark in self.slices.items()
        )


def watermark(record: Record, decoder: AvroDecoder) -> Watermark | None:
    """Return the watermark that a record of a watermarks topic holds, or None for a tombstone.

    Raises:
        DecodingProblem: if it holds none; it says which record it is.
    """
    if record.value is None:
        return None
    where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
    try:
        if record.key is None:
            raise DecodingProblem("it has no key")
        return Watermark.model_validate(
            {
                **decoder.decode(record.key),
                **decoder.decode(record.value),
                "timestamp_ms": record.timestamp_ms,
            }
        )
    except (DecodingProblem, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DecodingProblem(f"no watermark at {where}: {reason}") from error


def newest(marks: Iterable[Watermark]) -> dict[tuple[str, int], Watermark]:
    """Return each slice's newest watermark, by table and slice, of marks in the topic's order.

    What an earlier run of a task still said after a later one had begun does not count.
    """
    found: dict[tuple[str, int], Watermark] = {}
    for mark in marks:
        where = (mark.full_table, mark.slice)
        if where not in found or mark.epoch >= found[where].epoch:
            found[where] = mark
    return found


def table_watermark(
    marks: Mapping[tuple[str, int], Watermark], table: str, slices: int, now_ms: int
) -> TableWatermark:
    """Put a table's slices together.

    Args:
        marks: each slice's newest watermark.
        table: the table with its keyspace.
        slices: how many slices it has: the partitions of its topic.
        now_ms: the time now; a slice whose mark is older than ten seconds is unknown.
    """
    known = {n: marks[table, n] for n in range(slices) if (table, n) in marks}
    unknown = {n: "it never said anything" for n in range(slices) if n not in known}
    for number, mark in known.items():
        silence = (now_ms - mark.timestamp_ms) / 1000
        if silence > SILENCE_S:
            unknown[number] = f"silent for {silence:.0f} s"
    complete = not unknown
    return TableWatermark(
        table=table,
        fast_until_us=min(m.fast_until_us for m in known.values()) if complete else None,
        swept_until_us=min(m.swept_until_us for m in known.values()) if complete else None,
        slices=MappingProxyType(known),
        unknown=MappingProxyType(dict(sorted(unknown.items()))),
    )


class LatestWatermarks:
    """Looks up what slices said last, now and then; `Watermarks` follows them.

    The first look reads the last half minute. Only where a slice was silent for that long is the
    rest of the topic read, once: its last word is true still, however old.

    Args:
        bootstrap: addresses of brokers.
        topic: the watermarks topic.
        decoder: decodes the records.
        timeout: seconds until the brokers are given up, and until reading ends where it is.
        client: further settings of the client.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        decoder: AvroDecoder,
        *,
        timeout: float = 5.0,
        client: Mapping[str, str] | None = None,
    ) -> None:
        self.topic = topic
        self._bootstrap = bootstrap
        self._decoder = decoder
        self._timeout = timeout
        self._client = client
        self._positions = Positions(bootstrap, timeout=timeout, client=client)
        self._marks: dict[tuple[str, int], Watermark] = {}
        self._next: int | None = None
        self._before: int | None = None

    def look(self, wanted: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Watermark]:
        """Return each slice's newest watermark, by table with keyspace and slice.

        Args:
            wanted: the slices that should have one, by table and number.

        Raises:
            BrokerProblem: if the topic can't be read.
            RegistryProblem: if its records' schemas can't be had.
            DecodingProblem: if a record is no watermark.
        """
        if self._next is None:
            since_ms = time.time_ns() // 1_000_000 - _RECENT_MS
            recent = self._positions.at(self.topic, since_ms)
            self._next = (recent or self._positions.ends(self.topic)).get(0, 0)
            self._before = self._next
        found, self._next, _ = self._read(self._next, None)
        self._marks = newest([*self._marks.values(), *found])
        if self._before and not set(wanted) <= self._marks.keys():
            older, _, whole = self._read(0, self._before)
            if whole:  # what was cut off may have said more: it is then unknown
                self._marks = newest([*older, *self._marks.values()])
            self._before = None
        return MappingProxyType(dict(self._marks))

    def _read(self, start: int, end: int | None) -> tuple[list[Watermark], int, bool]:
        """Return the marks from `start` on and before `end`, where to go on, whether it is all."""
        deadline = time.monotonic() + self._timeout
        marks: list[Watermark] = []
        position = start
        records = read(
            self._bootstrap,
            self.topic,
            start={0: start},
            timeout=self._timeout,
            client={"fetch.wait.max.ms": "20", **(self._client or {})},
        )
        with closing(records):
            for record in records:
                if end is not None and record.offset >= end:
                    break
                position = record.offset + 1
                mark = watermark(record, self._decoder)
                if mark is not None:
                    marks.append(mark)
                if time.monotonic() > deadline:
                    return marks, position, False
        return marks, position, True


class Watermarks:
    """Follows a pipeline's watermarks. Close it, or use it in a `with`.

    Args:
        bootstrap: addresses of brokers.
        prefix: the pipeline's name.
        decoder: decodes the records.
        timeout: seconds until the topic's first reading is given up.
        client: further settings of the client.
        since_ms: what was said before is not wanted; None reads the whole topic first.
    """

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        decoder: AvroDecoder,
        *,
        timeout: float = 30.0,
        client: Mapping[str, str] | None = None,
        since_ms: int | None = None,
    ) -> None:
        self.topic = f"{prefix}.watermarks"
        self._bootstrap = bootstrap
        self._decoder = decoder
        self._marks: dict[tuple[str, int], Watermark] = {}
        # A compacted topic is short; its one partition is read to its end, then followed.
        following = 0
        if since_ms is not None:
            positions = Positions(bootstrap, timeout=timeout, client=client)
            found = positions.at(self.topic, since_ms) or positions.ends(self.topic)
            following = found.get(0, 0)
        records = read(bootstrap, self.topic, start={0: following}, timeout=timeout, client=client)
        for record in records:
            self._take(record)
            following = record.offset + 1
        self._consumer = Consumer(
            {
                **(client or {}),
                "bootstrap.servers": bootstrap,
                "group.id": "messina-watermarks",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(self.topic, 0, following)])

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()

    def __enter__(self) -> "Watermarks":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def poll(self, timeout: float = 0.0) -> None:
        """Take in what came since, waiting so many seconds for the first of it.

        Raises:
            BrokerProblem: if the topic can't be read.
        """
        what = f"reading topic {self.topic}"
        try:
            message = self._consumer.poll(timeout)
            while message is not None:
                error = message.error()
                if error is None:
                    self._take(record_of(message))
                elif not error.retriable():
                    raise BrokerProblem(what, self._bootstrap, error.str())
                message = self._consumer.poll(0)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error

    def table(self, table: str, slices: int) -> TableWatermark:
        """Return a table's watermark as it was when `poll` was called last, by this clock."""
        return table_watermark(self._marks, table, slices, time.time_ns() // 1_000_000)

    def slice(self, table: str, number: int) -> Watermark | None:
        """Return what a slice said last, if it ever did."""
        return self._marks.get((table, number))

    def _take(self, record: Record) -> None:
        mark = watermark(record, self._decoder)
        if mark is not None:
            self._marks.update(newest([*self._known(mark), mark]))

    def _known(self, mark: Watermark) -> list[Watermark]:
        known = self._marks.get((mark.full_table, mark.slice))
        return [] if known is None else [known]
