"""A pipeline opened for a replay."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from messina.deployer.deadletters.errors import NoSignals
from messina.deployer.deadletters.reading import Box
from messina.deployer.deadletters.replaying import How, Replay, Road
from messina.deployer.parts import possible_parts
from messina.deployer.planning import read_schemas, resolved
from messina.deployer.site import Site
from messina.kafka import (
    Applied,
    AvroDecoder,
    Rereading,
    Signals,
    SinkOf,
    Target,
    sink_group,
)
from messina.pipeline import PipelineSpec
from messina.scylla import TableSchema


def refuse_without_signals(spec: PipelineSpec) -> None:
    """Raise NoSignals where the pipeline's rows can't be asked for."""
    if spec.source.connector != "messina":
        raise NoSignals(spec.pipeline, spec.argument)


@contextmanager
def open_replay(site: Site, box: Box, how: How, *, patience: float) -> Iterator[Replay]:
    """Open what a replay needs.

    Args:
        site: where the pipeline's systems are.
        box: its letters.
        how: what is replayed.
        patience: seconds that the source, and then the sink, is waited for, for each batch.

    Raises:
        NoSignals: if the pipeline's source connector takes no signals.
        KafkaProblem, ScyllaError, SecretsError: if one of the systems can't be had.
    """
    refuse_without_signals(box.spec)
    spec = resolved(site, box.spec)
    decoder = AvroDecoder(site.registry)
    with ExitStack() as opened:
        roads, sinks = _roads(site, spec)
        signals = Signals(box.bootstrap, spec.pipeline, decoder, client=box.client)
        applied = opened.enter_context(
            Applied(box.bootstrap, spec.pipeline, decoder, sinks, client=box.client)
        )
        rereading = Rereading(signals, applied, patience=patience)
        yield Replay(box, roads, rereading, site.positions, decoder, how)


def _roads(site: Site, spec: PipelineSpec) -> tuple[dict[str, Road], dict[Target, SinkOf]]:
    """By topic how its rows are asked for, and where they go; of tables that are there."""
    schemas = read_schemas(site, spec)
    there = site.topics.names()
    roads: dict[str, Road] = {}
    sinks: dict[Target, SinkOf] = {}
    for part in possible_parts(spec):
        schema = schemas.get(part.table.name)
        if not isinstance(schema, TableSchema) or part.topic not in there:
            continue
        target = Target(f"{spec.source.keyspace}.{part.table.name}", part.static)
        roads[part.topic] = Road(target, part.key(schema), schema.user_types)
        slices = spec.partitions_of(part.table)
        sinks[target] = SinkOf(sink_group(part.sink), part.topic, slices)
    return roads, sinks
