"""Asking Connect and Kafka where a pipeline's connectors stand."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.members import Member, members
from messina.deployer.offsets.positions import SourcePosition, TopicPosition, position
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.kafka import Offset
from messina.pipeline import STATIC, PipelineSpec

_AT_ONCE = 8
"""Requests to Connect at a time: it reads its topic of offsets to the end for each."""


class Standing(Value):
    """Where one connector stands.

    Attributes:
        member: the connector.
        positions: where it stands, in the form of its class, in order.
        foreign: how many offsets of another form Connect has under its name.
    """

    member: Member
    positions: tuple[SourcePosition | TopicPosition, ...]
    foreign: int = 0

    def of(self, table: str) -> tuple[SourcePosition | TopicPosition, ...]:
        """Return the positions of one table (with its keyspace)."""
        keyspace_table = table
        return tuple(p for p in self.positions if table_of(self.member, p) == keyspace_table)


def table_of(member: Member, one: SourcePosition | TopicPosition) -> str:
    """Return the table that a position is about, with its keyspace."""
    if not isinstance(one, TopicPosition):
        return one.table
    return max((t for t in member.tables if is_of(one.topic, t)), key=len, default="")


def is_of(topic: str, table: str) -> bool:
    """Return whether a topic is of a table (with its keyspace), or of its static columns."""
    return topic.endswith((f".{table}", f".{table}{STATIC}"))


def read(site: Site, spec: PipelineSpec, tables: Sequence[str] = ()) -> tuple[Standing, ...]:
    """Return where a pipeline's connectors stand, sources first.

    Args:
        site: where they are.
        spec: the pipeline.
        tables: tables without keyspace; none means all.

    Raises:
        DeployerError: if a table that is named is carried by no connector.
    """
    found = members(spec, site.connect.connectors(), site.connect.statuses(), tables)
    known = {table for member in found for table in member.tables}
    missing = [t for t in tables if f"{spec.source.keyspace}.{t}" not in known]
    if missing or not found:
        what = f"table {', '.join(missing)}" if missing else f"pipeline {spec.pipeline}"
        raise DeployerError(
            f"no connector of Kafka Connect at {site.connect.url} carries {what}; nothing was "
            f"changed; next: messina deploy apply {spec.argument}"
        )
    return standing(site, found)


def standing(site: Site, found: Iterable[Member]) -> tuple[Standing, ...]:
    """Return where connectors stand, in the order given."""
    client = site.connect  # opened here: not by several threads at once
    asked = list(found)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda member: client.offsets(member.name), asked))
    return tuple(stands(member, offsets) for member, offsets in zip(asked, answers, strict=True))


def stands(member: Member, offsets: Iterable[Offset]) -> Standing:
    """Return where a connector stands, of all that Connect has under its name."""
    stored = [one for one in offsets if one.offset is not None]
    positions = [p for p in (position(member.form, one) for one in stored) if p is not None]
    return Standing(
        member=member,
        positions=tuple(sorted(positions, key=_order)),
        foreign=len(stored) - len(positions),
    )


def _order(one: SourcePosition | TopicPosition) -> tuple[str, int, str]:
    if isinstance(one, TopicPosition):
        return (one.topic, one.partition_number, "")
    if one.form == "slice":
        return (one.table, one.slice, "")
    return (one.table, one.generation, one.vnode.rjust(20))
