"""Reading all that is known of one row."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

from messina import postgres
from messina.kafka import (
    AvroDecoder,
    DecodingProblem,
    KafkaProblem,
    LatestWatermarks,
    Positions,
    Record,
    RegistryClient,
    change_event,
    client_settings,
    read,
    sink_group,
)
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.reconciler.errors import TableNotInSpec
from messina.reconciler.explain.keys import typed_key
from messina.reconciler.explain.values import ColumnView, EventView, Explanation, Standing
from messina.reconciler.opening import mask_key, open_source, resolved, source_table
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.recheck.settling import HIDDEN
from messina.reconciler.sides import Row, Shape
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide, level_of
from messina.scylla import slice_of, token_of
from messina.secrets import SecretsError
from messina.types import ValueMismatch, key_of_event, parse_type, show

_MS = 1_000


def explain(
    spec: PipelineSpec,
    endpoints: Endpoints,
    name: str,
    text: str,
    *,
    static: bool = False,
    since: timedelta = timedelta(hours=1),
) -> Explanation:
    """Read one row on both sides, its events, and how far its slice is.

    What Kafka can't tell is left open, and named in the explanation's standing.

    Args:
        spec: the pipeline.
        endpoints: where its systems are; what the spec says itself wins.
        name: the table in it.
        text: the row's key, as `typed_key` reads it.
        static: whether what the partition shares is meant.
        since: how far back events are looked for.

    Raises:
        TableNotInSpec: if the pipeline has no such table, or it shares nothing.
        KeyNotRead: if the text is no key of it.
        SpecError: if the source has no such table.
        ReconcilerError, ScyllaError, PostgresError: if a side can't be read.
        SecretsError: if a password can't be had.
    """
    since_ms = int((time.time() - since.total_seconds()) * _MS)
    with ExitStack() as opened:
        where = endpoints.under(spec)
        session = open_source(where, opened)
        spec = resolved(spec, session)
        table = _table(spec, name)
        schema = source_table(spec, session, table)
        key, _ = mask_key(spec)
        part = _part(list(parts_of(spec, table, schema, key)), name, static=static)
        values, data = typed_key(part, text)
        source = ScyllaSide(session, part, level_of(spec.source.consistency))
        connection = opened.enter_context(
            postgres.connect(where.postgres, application_name="messina-reconciler")
        )
        sink = PostgresSide(connection, spec.sink.schema_name, part.target, source.shape)
        (left,) = source.witnessed([values])
        (right,) = sink.lookup([values])
        token = token_of(data[: len(schema.partition_key)])
        standing, events = _on_the_road(spec, where, part, data, token, since_ms)
    shape = source.shape
    return Explanation(
        table=shape.table,
        key=tuple(
            (column, show(cql_type, value))
            for column, cql_type, value in zip(shape.key_names, shape.types, values, strict=False)
        ),
        in_source=left.row is not None,
        in_sink=right is not None,
        columns=tuple(_columns(shape, left.row, right)),
        written_us=max(left.marks, default=None),
        events=events,
        since_ms=since_ms,
        standing=standing,
        file=spec.argument,
    )


def _table(spec: PipelineSpec, name: str) -> TableSpec:
    for table in spec.tables:
        if table.name == name:
            return table
    raise TableNotInSpec(name, [table.name for table in spec.tables])


def _part(parts: list[Part], name: str, *, static: bool) -> Part:
    for part in parts:
        if part.static == static:
            return part
    raise TableNotInSpec(f"{name}, for what its partitions share,", [name])


def _columns(shape: Shape, left: Row | None, right: Row | None) -> Iterator[ColumnView]:
    for place in range(shape.key_length, len(shape.names)):
        name, cql_type = shape.names[place], shape.types[place]
        one = None if left is None else left[place]
        other = None if right is None else right[place]
        masked = name in shape.masked
        yield ColumnView(
            name,
            None if left is None else HIDDEN if masked else show(cql_type, one),
            None if right is None else HIDDEN if masked else show(cql_type, other),
            left is not None and right is not None and one != other,
        )


def _on_the_road(
    spec: PipelineSpec,
    endpoints: Endpoints,
    part: Part,
    key: tuple[bytes, ...],
    token: int,
    since_ms: int,
) -> tuple[Standing, tuple[EventView, ...]]:
    """How far the row's slice is, and its events, as far as Kafka can tell."""
    static, table = part.static, part.table
    topic = spec.static_topic(table) if static else spec.topic(table)
    sink = spec.static_sink_connector(table) if static else spec.sink_connector(table)
    group = sink_group(sink)
    sliced = spec.source.connector == "messina"
    number: int | None = None
    events: tuple[EventView, ...] = ()
    try:
        client = client_settings(endpoints.kafka.security)
        bootstrap = endpoints.kafka.bootstrap_servers
        positions = Positions(bootstrap, timeout=10, client=client)
        slices = len(positions.ends(topic))
        number = slice_of(token, slices) if sliced else None
        with RegistryClient.of(endpoints.registry, timeout=10) as registry:
            decoder = AvroDecoder(registry)
            start = positions.at(topic, since_ms)
            records = read(
                bootstrap,
                topic,
                start={**positions.ends(topic), **start},
                partitions=None if number is None else [number],
                client=client,
            )
            events = tuple(_events(records, decoder, part, key))
            place = number if number is not None else events[-1].partition if events else 0
            mark = None
            if sliced:
                marks = LatestWatermarks(bootstrap, spec.watermarks_topic, decoder, client=client)
                full = f"{spec.source.keyspace}.{table.name}"
                mark = marks.look([(full, place)]).get((full, place))
        return (
            Standing(
                topic,
                number,
                token,
                group,
                fast_until_us=None if mark is None else mark.fast_until_us,
                swept_until_us=None if mark is None else mark.swept_until_us,
                reads_next=positions.committed(group, topic).get(place),
            ),
            events,
        )
    except (KafkaProblem, SecretsError) as problem:
        return Standing(topic, number, token, group, unknown=(str(problem),)), events


def _events(
    records: Iterator[Record], decoder: AvroDecoder, part: Part, key: tuple[bytes, ...]
) -> Iterator[EventView]:
    columns = [(column.name, parse_type(column.cql_type)) for column in part.key]
    # The same bytes are the same key: each is decoded once.
    known: dict[bytes, bool] = {}

    def is_it(data: bytes) -> bool:
        if data not in known:
            try:
                found = key_of_event(columns, decoder.decode(data), part.schema.user_types)
            except (ValueMismatch, DecodingProblem):
                found = ()
            known[data] = found == key
        return known[data]

    for record in records:
        if record.key is None or not is_it(record.key):
            continue
        event = change_event(record, decoder)
        if event is None:
            yield EventView(record.partition, record.offset, "tombstone", record.timestamp_ms)
        else:
            yield EventView(
                record.partition,
                record.offset,
                event.op,
                record.timestamp_ms,
                event.written_us,
                event.correlation_id,
                event.signal_id,
            )
