"""What is compared of a pipeline's table: its rows, and what its partitions share (statics).

Both go their own way to a Postgres table of their own; masks, excludes and renames hold for both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from messina.kafka import Target
from messina.pipeline import STATIC, PipelineSpec, TableSpec
from messina.reconciler.errors import TableNotCarried
from messina.reconciler.sides import Shape
from messina.scylla import Column, TableSchema
from messina.types import (
    Canonical,
    Cells,
    CqlType,
    form,
    hmac_text,
    parse_type,
    unsupported,
    wire_reader,
)

Reader = Callable[[bytes | None], Canonical]
_TEXT = parse_type("text")
_OFFICIAL_KEYS = {
    "timestamp": "timestamp without time zone",
    "timeuuid": "text",
    "uuid": "text",
    "varint": "text",
}
"""What ScyllaDB's own connector makes of keys, each value in one form only: not so of `inet`."""


@dataclass(frozen=True)
class Part:
    """One part of a table.

    Attributes:
        schema: the source's table.
        table: what the spec says of it.
        static: whether this is what its partitions share.
        columns: the source's columns that are compared, the key's first.
        mask_key: the key of hashes, or None where it can't be had.
        connector: the source connector that brings its rows.
    """

    schema: TableSchema
    table: TableSpec
    static: bool
    columns: tuple[Column, ...]
    mask_key: str | None = None
    connector: str = "messina"

    @property
    def key(self) -> tuple[Column, ...]:
        """The columns that its rows are known by."""
        return self.schema.partition_key if self.static else self.schema.primary_key

    @property
    def followed(self) -> Target:
        """What its watermarks go by."""
        return Target(self.schema.name, self.static)

    @property
    def target(self) -> str:
        """Its Postgres table."""
        return self.table.target + (STATIC if self.static else "")

    def shape(self) -> Shape:
        """The part as the comparison sees it.

        Raises:
            TableNotCarried: if a column can't be compared.
        """
        for column in self.columns:
            if (reason := unsupported(column.cql_type, self.schema.user_types)) is not None:
                raise TableNotCarried(self.schema.name, column.name, reason)
        return Shape(
            self.schema.name + (STATIC if self.static else ""),
            tuple(column.name for column in self.columns),
            tuple(map(self._type, self.columns)),
            len(self.key),
            self.schema.user_types,
            dict(self.table.rename),
            frozenset(self.table.mask),
            _OFFICIAL_KEYS if self.connector == "scylladb" else {},
        )

    def readers(self) -> tuple[Reader, ...]:
        """How the bytes of each column become what the sink is to have."""
        return tuple(map(self._reader, self.columns))

    def hidden(self) -> tuple[Callable[[Cells], Cells] | None, ...]:
        """For each masked column, how its bytes become the forms of what the sink is to have."""
        return tuple(map(self._hidden, self.columns))

    def _hidden(self, column: Column) -> Callable[[Cells], Cells] | None:
        masking, read = self.table.mask.get(column.name), self._reader(column)
        if masking is None:
            return None
        of = form(self._type(column), self.schema.user_types).of
        return lambda cells: [None if data is None else of(read(data)) for data in cells]

    def _type(self, column: Column) -> CqlType:
        masked = self.table.mask.get(column.name) == "hmac"
        return _TEXT if masked else parse_type(column.cql_type)

    def _reader(self, column: Column) -> Reader:
        user_types, masking = self.schema.user_types, self.table.mask.get(column.name)
        if masking == "null":
            return lambda data: None
        key = self.mask_key
        if masking == "hmac" and key is not None:
            return lambda data: hmac_text(key, column.cql_type, data, user_types)
        return wire_reader(parse_type(column.cql_type), user_types)


def parts_of(
    spec: PipelineSpec, table: TableSpec, schema: TableSchema, mask_key: str | None
) -> Iterator[Part]:
    """Return the parts of a table that are compared, with the columns that are carried.

    A column that is masked by a hash is left out where there is no key to make the hash with.

    Args:
        spec: the pipeline.
        table: the table in it.
        schema: the source's table.
        mask_key: the key of hashes, or None where it can't be had.
    """

    def carried(column: Column) -> bool:
        unknown = table.mask.get(column.name) == "hmac" and mask_key is None
        return table.carries(column.name) and not unknown

    def part(static: bool) -> Part:
        key = schema.partition_key if static else schema.primary_key
        others = schema.statics if static else schema.row
        columns = (*key, *(c for c in others if c not in key and carried(c)))
        return Part(schema, table, static, columns, mask_key, spec.source.connector)

    yield part(False)
    # ScyllaDB's own connector has no rows for what partitions share
    if spec.source.connector == "messina" and any(table.carries(c.name) for c in schema.statics):
        yield part(True)
