"""Where a pipeline's connectors stand, table by table, as a person reads it."""

from collections.abc import Mapping, Sequence

from pydantic import computed_field

from messina.deployer.offsets.applied import unread_of
from messina.deployer.offsets.positions import Position, SlicePosition, TopicPosition, out_until
from messina.deployer.offsets.reading import Standing, is_of, read
from messina.deployer.offsets.times import Micros
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.kafka import Place, Unread
from messina.pipeline import PipelineSpec

COUNTED = 10_000
"""So many unread records of a partition are counted; more are `or more`."""


class ConnectorOffsets(Value):
    """Where a connector stands in one table.

    Attributes:
        connector: its name.
        state: what it is.
        positions: where it stands.
        foreign: offsets of another form under its name, of another class; they do not count.
    """

    connector: str
    state: str
    positions: tuple[Position, ...]
    foreign: int = 0


class SinkOffsets(ConnectorOffsets):
    """Where a sink stands.

    Attributes:
        unread: by topic and partition (`topic-0`), records that are committed and not applied.
        open: whether a transaction is open: there may be more.
    """

    unread: Mapping[str, int]
    open: bool = False

    @property
    def lag(self) -> str:
        """How many records it has not applied, in words."""
        more = any(count >= COUNTED for count in self.unread.values())
        return f"{sum(self.unread.values())}{' or more' if more else ''}"


class TableOffsets(Value):
    """A table: where its source and its sinks stand.

    Attributes:
        table: the table with its keyspace.
        source: where its source stands; None where there is none.
        sinks: where its sinks stand.
    """

    table: str
    source: ConnectorOffsets | None
    sinks: tuple[SinkOffsets, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fast_until(self) -> Micros | None:
        """What every slice's first look has seen, in microseconds."""
        positions = () if self.source is None else self.source.positions
        slices = [p.fast_until for p in positions if isinstance(p, SlicePosition)]
        return min(slices, default=None)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def out_until(self) -> Micros | None:
        """Up to when everything written is out, in microseconds."""
        return None if self.source is None else out_until(self.source.positions)


class OffsetsReport(Value):
    """A pipeline, table by table."""

    pipeline: str
    tables: tuple[TableOffsets, ...]


def report(site: Site, spec: PipelineSpec, tables: Sequence[str] = ()) -> OffsetsReport:
    """Return where a pipeline's connectors stand.

    Args:
        site: where they are.
        spec: the pipeline.
        tables: tables without keyspace; none means all.
    """
    found = read(site, spec, tables)
    sinks = [one.member for one in found if one.member.role == "sink"]
    ends = site.positions.ends_of({topic for sink in sinks for topic in sink.topics})
    left = unread_of(site, sinks, ends, limit=COUNTED)
    prefix = f"{spec.source.keyspace}."
    names = sorted({t for one in found for t in one.member.tables})
    return OffsetsReport(
        pipeline=spec.pipeline,
        tables=tuple(
            _table(name, found, left)
            for name in names
            if not tables or name.removeprefix(prefix) in tables
        ),
    )


def _table(
    name: str, found: Sequence[Standing], left: Mapping[tuple[str, Place], Unread]
) -> TableOffsets:
    mine = [one for one in found if name in one.member.tables]
    source = next((one for one in mine if one.member.role == "source"), None)
    return TableOffsets(
        table=name,
        source=(
            None
            if source is None
            else ConnectorOffsets(
                connector=source.member.name,
                state=source.member.state,
                positions=source.of(name),
                foreign=source.foreign,
            )
        ),
        sinks=tuple(_sink(name, one, left) for one in mine if one.member.role == "sink"),
    )


def _sink(name: str, sink: Standing, left: Mapping[tuple[str, Place], Unread]) -> SinkOffsets:
    topics = {t for t in sink.member.topics if is_of(t, name)}
    mine = {
        place: counted
        for (connector, place), counted in left.items()
        if connector == sink.member.name and place[0] in topics
    }
    return SinkOffsets(
        connector=sink.member.name,
        state=sink.member.state,
        positions=tuple(
            p for p in sink.positions if isinstance(p, TopicPosition) and p.topic in topics
        ),
        foreign=sink.foreign,
        unread={f"{topic}-{number}": c.records for (topic, number), c in sorted(mine.items())},
        open=any(c.open for c in mine.values()),
    )
