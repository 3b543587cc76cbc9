"""Both sides of one table as healing reads them: ranges of a partition, rows by key, times to live.

A table may be altered while healing goes on for months: `Tables` reads its columns again now and
then, and after whatever failed.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent_with_args

from messina.kafka import Target
from messina.pipeline import PipelineSpec
from messina.postgres import Connection
from messina.reconciler.errors import TableNotInSpec
from messina.reconciler.gaps.places import SAME_ORDER, Stretch, stretch_of, values_of
from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.sides import Key, Row
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide, level_of
from messina.scylla import (
    MIN_TOKEN,
    Column,
    QueryFailed,
    Session,
    identifier,
    table_schema,
    token_of,
)
from messina.scylla.session import DRIVER_ERRORS, PLAIN, reason_of
from messina.types import ValueMismatch, canonical_bytes, key_json, parse_type, source_value

_FRESH_S = 20.0
_IN_MEMORY = 20_000
_BATCH = 1_000
_CONCURRENCY = 32

UNREADABLE = (ValueMismatch, OverflowError)
"""What a row raises whose bytes are no values of its columns' types."""
UNREAD: Row = ()
"""Such a row."""


class PartitionRead:
    """The source's rows of a stretch, asked for and not yet looked at."""

    def __init__(self, table: "TableSides", stretch: Stretch, future: Any) -> None:
        self._table = table
        self._stretch = stretch
        self._future = future

    def differing(self) -> list[Key]:
        """The keys of rows that differ, whichever side they are on; as it looks now.

        Memory is bounded by the stretch's rows in the source up to 20,000; where there are more,
        rows are looked up by their keys, first the sink's and then those that the sink lacks.

        Raises:
            QueryFailed: if the source can't be read.
            PostgresError: if the sink can't be read.
        """
        table = self._table
        try:
            rows = iter(self._future.result())
            found = list(islice(rows, _IN_MEMORY + 1))
        except DRIVER_ERRORS as error:
            raise QueryFailed(f"reading a partition of {table.name}", reason_of(error)) from error
        if len(found) > _IN_MEMORY:
            wrong = list(table.differing_by_key(table.sink_rows(self._stretch)))
            return [*wrong, *self._lacking(chain(found, rows))]
        known: dict[Key, Row | None] = {}
        for raw in found:
            if table.is_row(raw):
                key, row = table.canonical(raw)
                known[key] = row
        keys = []
        for row in table.sink_rows(self._stretch):
            key = row[: table.key_length]
            there = key in known
            if not there or known.pop(key) != row:
                keys.append(key)
        return [*keys, *known]

    def _lacking(self, rows: Iterator[Sequence[bytes | None]]) -> Iterator[Key]:
        """The keys of the source's rows that the sink lacks."""
        table = self._table
        try:
            while some := list(islice(rows, _BATCH)):
                keys = [table.canonical(raw)[0] for raw in some if table.is_row(raw)]
                for key, other in zip(keys, table.lookup_sink(keys), strict=True):
                    if other is None:
                        yield key
        except DRIVER_ERRORS as error:
            raise QueryFailed(f"reading a partition of {table.name}", reason_of(error)) from error


class TableSides:
    """One part of a table on both sides.

    Attributes:
        name: the source's table with its keyspace.
    """

    def __init__(
        self,
        session: Session,
        connection: Connection,
        schema: str,
        part: Part,
        consistency: int = ConsistencyLevel.LOCAL_QUORUM,
    ) -> None:
        self.name = part.schema.name
        self.source = ScyllaSide(session, part, consistency)
        self._consistency = consistency
        self.shape = self.source.shape
        self.sink = PostgresSide(connection, schema, part.target, self.shape)
        self.key_length = self.shape.key_length
        self._session = session
        self._part = part
        self._readers = part.readers()
        self._partition = part.schema.partition_key
        self._clustering: tuple[Column, ...] = (
            () if part.static else tuple(part.schema.primary_key[len(self._partition) :])
        )

    @property
    def part(self) -> Part:
        """What of the table it is."""
        return self._part

    def stretch(self, gap: OpenGap) -> Stretch:
        """Return the rows that a gap is about, and maybe more of their partition.

        Raises:
            ValueMismatch: if its keys are none of this table's.
        """
        types = self._part.schema.user_types
        partition = values_of(self._partition, gap.partition_key or "", types)
        bounds = [
            () if text is None else values_of(self._clustering, text, types)
            for text in (gap.lower, gap.upper)
        ]
        return stretch_of(partition, self._clustering, *bounds)

    def slice_of(self, gap: OpenGap, slices: int) -> int | None:
        """The slice that a gap's partition lies in, of so many; None where its key is no key."""
        columns = self._partition
        try:
            types = self._part.schema.user_types
            values = values_of(columns, gap.partition_key or "", types)
            parts = [canonical_bytes(c.cql_type, v) for c, v in zip(columns, values, strict=True)]
        except ValueError:
            return None
        token = token_of([part for part in parts if part is not None])
        return (token - MIN_TOKEN) * slices >> 64

    def read(self, stretch: Stretch) -> PartitionRead:
        """Ask the source for the rows of a stretch, without waiting."""
        names = [column.name for column in self._part.columns]
        equal = self.shape.names[: len(stretch.equal)]
        conditions = [f"{identifier(name)} = ?" for name in equal]
        values: list[object] = [
            source_value(cql_type, value)
            for cql_type, value in zip(self.shape.types, stretch.equal, strict=False)
        ]
        place = len(stretch.equal)
        for sign, bound in ((">=", stretch.low), ("<=", stretch.high)):
            if bound is not None:
                conditions.append(f"{identifier(self.shape.names[place])} {sign} ?")
                values.append(source_value(self.shape.types[place], bound))
        statement = self._session.prepare(
            f"SELECT {', '.join(map(identifier, names))} FROM {self._part.schema.cql_name}"
            f" WHERE {' AND '.join(conditions)}"
        )
        bound_statement = statement.bind(values)
        bound_statement.consistency_level = self._consistency
        bound_statement.fetch_size = _BATCH
        future = self._session.driver.execute_async(bound_statement, execution_profile=PLAIN)
        return PartitionRead(self, stretch, future)

    def sink_rows(self, stretch: Stretch) -> Iterator[Row]:
        """The sink's rows of a stretch."""
        place = len(stretch.equal)
        cql_type = "" if place >= self.key_length else str(self.shape.types[place])
        if cql_type in SAME_ORDER:
            yield from self.sink.rows_like(stretch.equal, stretch.low, stretch.high)
            return
        for row in self.sink.rows_like(stretch.equal):
            if place >= self.key_length or stretch.holds(cql_type, row[place]):
                yield row

    def differing_by_key(self, rows: Iterable[Row]) -> Iterator[Key]:
        """The keys of the sink's rows that are not so in the source."""
        remaining = iter(rows)
        while some := list(islice(remaining, _BATCH)):
            keys = [row[: self.key_length] for row in some]
            for key, row, other in zip(keys, some, self.source.lookup(keys), strict=True):
                if row != other:
                    yield key

    def is_row(self, raw: Sequence[bytes | None]) -> bool:
        """Whether it is one: a partition with nothing but shared columns comes as one without."""
        return all(value is not None for value in raw[: self.key_length])

    def canonical(self, raw: Sequence[bytes | None]) -> tuple[Key, Row | None]:
        """A row's key and values; None where they can't be read, which is equal to nothing."""
        pairs = list(zip(self._readers, raw, strict=True))
        key = tuple(read(value) for read, value in pairs[: self.key_length])
        try:
            return key, (*key, *(read(value) for read, value in pairs[self.key_length :]))
        except UNREADABLE:
            return key, None

    def key_of(self, text: str) -> Key:
        """The canonical values of a key's JSON; `ValueMismatch` if it is none of this table's."""
        columns = self._part.key
        values = values_of(columns, text, self._part.schema.user_types)
        if len(values) < len(columns):
            raise ValueMismatch(f"a key of {self.name} has {len(columns)} columns")
        return values

    def json_of(self, key: Key) -> str | None:
        """A key's canonical JSON; None where the source can't have such a key."""
        types = [(c.name, parse_type(c.cql_type)) for c in self._part.key]
        parts = self.bytes_of(key)
        return None if parts is None else key_json(types, parts, self._part.schema.user_types)

    def bytes_of(self, key: Key) -> tuple[bytes, ...] | None:
        """A key's values as the source has them; None where it can't have such a key."""
        try:
            parts = [
                canonical_bytes(column.cql_type, value)
                for column, value in zip(self._part.key, key, strict=False)
            ]
        except ValueMismatch:
            return None
        known = tuple(part for part in parts if part is not None)
        return known if len(known) == len(parts) else None

    def lookup_source(self, keys: Sequence[Key]) -> list[Row | None]:
        """The source's rows of keys; what can't be read is a row that is equal to none.

        Raises:
            QueryFailed: if the source can't be asked.
        """
        try:
            return list(self.source.lookup(keys))
        except UNREADABLE:
            return [self._one(key) for key in keys]

    def _one(self, key: Key) -> Row | None:
        try:
            return next(iter(self.source.lookup([key])))
        except UNREADABLE:
            return UNREAD

    def lookup_sink(self, keys: Sequence[Key]) -> list[Row | None]:
        """The sink's rows of keys."""
        return list(self.sink.lookup(keys))

    def lives(self, keys: Sequence[Key]) -> list[int | None]:
        """For each row the seconds until something of it expires; None: nothing does, as is known.

        Of collections that are not frozen, and of a row without other columns, it can't be known.
        """
        schema, key, asked = self._part.schema, self._part.key, self._telling()
        if not asked or not keys:
            return [None] * len(keys)
        values = ", ".join(f"TTL({identifier(column.name)})" for column in asked)
        conditions = " AND ".join(f"{identifier(column.name)} = ?" for column in key)
        # what is shared comes with each row of the partition: one tells it
        statement = self._session.prepare(
            f"SELECT {values} FROM {schema.cql_name} WHERE {conditions} LIMIT 1"
        )
        statement.consistency_level = self._consistency
        results = execute_concurrent_with_args(
            self._session.driver,
            statement,
            [
                tuple(source_value(t, v) for t, v in zip(self.shape.types, k, strict=False))
                for k in keys
            ],
            concurrency=_CONCURRENCY,
            raise_on_first_error=False,
            execution_profile=PLAIN,
        )
        found: list[int | None] = []
        for success, result in results:
            if not success:
                reason = reason_of(result)
                raise QueryFailed(f"reading times to live of {self.name}", reason) from result
            row = next(iter(result), ())
            left = [_number(value) for value in row if value is not None]
            found.append(min(left, default=None))
        return found

    def tells_ttl(self, row: Row) -> bool:
        """Whether a row has a value that tells whether, and when, it expires."""
        telling = {column.name for column in self._telling()}
        return any(
            value is not None and name in telling
            for name, value in zip(self.shape.names, row, strict=True)
        )

    def _telling(self) -> list[Column]:
        schema = self._part.schema
        others = schema.statics if self._part.static else schema.row
        return [c for c in others if c not in schema.primary_key and _has_ttl(c.cql_type)]


class Tables:
    """The tables of a pipeline, opened when they are asked for.

    Args:
        spec: the pipeline, its patterns resolved.
        session: the source, whose values come as bytes.
        connect: opens a connection with the sink.
        mask_key: the key of hashes, or None.

    Attributes:
        session: the source.
    """

    def __init__(
        self,
        spec: PipelineSpec,
        session: Session,
        connect: Callable[[], Connection],
        mask_key: str | None,
    ) -> None:
        self.session = session
        self._spec = spec
        self._connect = connect
        self._connection = connect()
        self._mask_key = mask_key
        self._open: dict[Target, tuple[float, TableSides]] = {}

    def get(self, target: Target) -> TableSides:
        """Return a table as it is now, or was some seconds ago.

        Raises:
            ReconcilerError: if it is not in the pipeline, or the sink's is another one.
            ScyllaError: if the source does not have it, or can't be read.
            PostgresError: if the sink can't be read.
        """
        known = self._open.get(target)
        if known is not None and time.monotonic() - known[0] < _FRESH_S:
            return known[1]
        name = target.table.partition(".")[2]
        tables = {table.name: table for table in self._spec.tables}
        if name not in tables:
            raise TableNotInSpec(name, tables)
        schema = table_schema(self.session, self._spec.source.keyspace, name)
        for part in parts_of(self._spec, tables[name], schema, self._mask_key):
            if part.static == target.static:
                if known is not None and known[1].part == part:
                    sides = known[1]
                else:
                    schema_name = self._spec.sink.schema_name
                    level = level_of(self._spec.source.consistency)
                    sides = TableSides(self.session, self._connection, schema_name, part, level)
                self._open[target] = (time.monotonic(), sides)
                return sides
        raise TableNotInSpec(f"{name}__static", tables)

    def has(self, target: Target) -> bool:
        """Whether a table is in the pipeline."""
        name = target.table.partition(".")[2]
        return any(table.name == name for table in self._spec.tables)

    @contextmanager
    def alone(self, sides: TableSides) -> Iterator[PostgresSide]:
        """The sink's side of a table over a connection of its own."""
        with self._connect() as connection:
            schema = self._spec.sink.schema_name
            yield PostgresSide(connection, schema, sides.part.target, sides.shape)

    def close(self) -> None:
        """Close the connection with the sink."""
        self._connection.close()

    def forget(self, target: Target) -> None:
        """Look at a table anew the next time."""
        self._open.pop(target, None)


def as_key(text: str) -> dict[str, Any]:
    """A key's JSON as signals have it."""
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def _has_ttl(cql_type: str) -> bool:
    parsed = parse_type(cql_type)
    return parsed.scalar or parsed.frozen or parsed.kind in ("tuple", "vector")


def _number(value: object) -> int:
    if isinstance(value, bytes):
        return int.from_bytes(value, "big", signed=True)
    assert isinstance(value, int)
    return value
