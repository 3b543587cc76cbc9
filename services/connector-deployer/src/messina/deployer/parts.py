"""What goes its own way of a table: its rows, and what its partitions share (static columns).

Each part has a topic and a Postgres table of its own, and another sink connector than the other, so
that one that stands still does not hold up the other. Both come from one source connector.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from messina.pipeline import STATIC, WITH_STATIC, PipelineSpec, TableSpec
from messina.scylla import Column, TableSchema


@dataclass(frozen=True)
class Part:
    """One part of a table.

    Attributes:
        table: the table, as the spec has it.
        index: its place in the spec.
        static: whether this is what its partitions share.
        topic: where its changes are.
        target: its Postgres table.
        sink: the connector that writes that.
    """

    table: TableSpec
    index: int
    static: bool
    topic: str
    target: str
    sink: str

    def key(self, schema: TableSchema) -> tuple[Column, ...]:
        """The columns that a row of it is known by."""
        return schema.partition_key if self.static else schema.primary_key

    def columns(self, schema: TableSchema) -> tuple[Column, ...]:
        """The columns of it that are carried, key first."""
        key = self.key(schema)
        others = schema.statics if self.static else schema.row
        return (
            *key,
            *(c for c in others if c not in key and self.table.carries(c.name)),
        )

    def renamed(self, schema: TableSchema) -> dict[str, str]:
        """What columns of it are called in Postgres, where it is not as in the source."""
        names = [column.name for column in self.columns(schema)]
        return {name: self.table.rename[name] for name in names if name in self.table.rename}


def rows_part(spec: PipelineSpec, index: int) -> Part:
    """Return the part of a table that is its rows."""
    table = spec.tables[index]
    return Part(table, index, False, spec.topic(table), table.target, spec.sink_connector(table))


def static_part(spec: PipelineSpec, index: int) -> Part:
    """Return the part of a table that its partitions share, whether it has such or not."""
    table = spec.tables[index]
    return Part(
        table,
        index,
        True,
        spec.static_topic(table),
        f"{table.target}{STATIC}",
        spec.static_sink_connector(table),
    )


def view_name(table: TableSpec) -> str:
    """Return what the view over both parts of a table is called."""
    return f"{table.target}{WITH_STATIC}"


def has_statics(table: TableSpec, schema: TableSchema) -> bool:
    """Return whether a table has static columns that are carried."""
    return any(table.carries(column.name) for column in schema.statics)


def carried_parts(
    spec: PipelineSpec, schemas: Mapping[str, TableSchema], *, statics: bool
) -> tuple[Part, ...]:
    """Return the parts that there are, table by table.

    Args:
        spec: the pipeline.
        schemas: the source tables by name.
        statics: whether the source connector carries static columns at all.
    """
    found = []
    for index, table in enumerate(spec.tables):
        found.append(rows_part(spec, index))
        if statics and has_statics(table, schemas[table.name]):
            found.append(static_part(spec, index))
    return tuple(found)


def possible_parts(spec: PipelineSpec) -> Iterator[Part]:
    """Return the parts that there may be, whatever the source says now."""
    for index in range(len(spec.tables)):
        yield rows_part(spec, index)
        yield static_part(spec, index)
