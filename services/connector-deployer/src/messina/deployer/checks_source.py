"""What a plan refuses of the source tables: each problem with its place in the spec."""

import difflib
from collections.abc import Iterator, Mapping

from messina.deployer.parts import has_statics, static_part, view_name
from messina.deployer.render.sinks import sink_kind
from messina.deployer.render.source_kind import SourceKind
from messina.deployer.render.sources import source_kind
from messina.deployer.tables import name_problem
from messina.pipeline import PipelineSpec, Problem
from messina.scylla import Column, ScyllaError, TableSchema

At = tuple[str | int, ...]


def source_problems(
    spec: PipelineSpec, schemas: Mapping[str, TableSchema | ScyllaError]
) -> list[Problem]:
    """Return what keeps source tables from being carried.

    Args:
        spec: the pipeline.
        schemas: by table, what was found, or why nothing was.
    """
    problems: list[Problem] = []
    for index, table in enumerate(spec.tables):
        schema = schemas[table.name]
        if isinstance(schema, ScyllaError):
            what = str(schema).partition("; next:")[0]
            problems.append(spec.problem(what, "tables", index, "name"))
        else:
            problems.extend(_TableChecks(spec, index, schema).all())
    return problems


class _TableChecks:
    """The checks of one table that exists."""

    def __init__(self, spec: PipelineSpec, index: int, schema: TableSchema) -> None:
        self.spec = spec
        self.index = index
        self.table = spec.tables[index]
        self.schema = schema
        self.kind: SourceKind = source_kind(spec)
        self.names = [column.name for column in schema.columns]
        self.key = {column.name for column in schema.primary_key}

    def all(self) -> Iterator[Problem]:
        """Return every problem."""
        yield from self.options()
        for place, column in enumerate(self.table.exclude):
            yield from self.named(column, "excluded", ("exclude", place))
            if "," in column or column != column.strip():
                what = f"the column {column!r} can't be named in a connector's configuration"
                yield self.at(what, "exclude", place)
        for column in self.table.mask:
            yield from self.named(column, "masked", ("mask", column))
        for place, column in enumerate(self.table.columns or ()):
            yield from self.known(column, ("columns", place))
        for found in self.schema.columns:
            if self.carried(found.name):
                yield from self.column(found)
        yield from self.renames()
        yield from self.names_taken()

    def options(self) -> Iterator[Problem]:
        """Return what is wrong with the log."""
        needed = self.kind.needs(self.schema)
        if needed is not None:
            what, statement = needed
            yield self.at(f"table {self.schema.name} {what}", "name", expected=statement)

    def carried(self, column: str) -> bool:
        """Return whether a column leaves the source."""
        return self.table.carries(column) or column in self.key

    def known(self, column: str, at: At) -> Iterator[Problem]:
        """Return that there is no column of a name."""
        if column not in self.names:
            close = difflib.get_close_matches(column, self.names, n=1, cutoff=0.6)
            hint = f" (did you mean {close[0]}?)" if close else ""
            yield self.at(f"table {self.schema.name} has no column {column!r}{hint}", *at)

    def renames(self) -> Iterator[Problem]:
        """Return which columns would have the name of another in Postgres."""
        taken: dict[str, str] = {}
        names = [name for name in self.names if self.carried(name)]
        for column in sorted(names, key=lambda name: name in self.table.rename):
            other = taken.setdefault(self.table.postgres_column(column), column)
            if other != column:
                what = f"column {column} of {self.schema.name} would be named as {other} is"
                yield self.at(what, "rename", column, got=self.table.postgres_column(column))
        for column in self.table.rename:
            yield from self.known(column, ("rename", column))
            if column in self.names and not self.carried(column):
                what = f"column {column} of {self.schema.name} is not carried"
                yield self.at(what, "rename", column, expected="it among `columns`")

    def named(self, column: str, done: str, at: At) -> Iterator[Problem]:
        """Return what is wrong with a column that the spec names to leave it out or mask it."""
        yield from self.known(column, at)
        if column in self.key:
            yield self.at(
                f"column {column} of {self.schema.name} can't be {done}: it is part of the key, by "
                "which rows are known on both sides",
                *at,
            )

    def column(self, column: Column) -> Iterator[Problem]:
        """Return why a column can't be carried."""
        in_key = column.name in self.key
        reason = self.kind.column_problem(column)
        if reason is None and in_key:
            reason = self.kind.key_problem(column)
        if reason is None:
            reason = name_problem(column, self.table.postgres_column(column.name))
        if reason is None:
            reason = sink_kind(self.spec).column_problem(self.spec, self.table, column)
        if reason is not None:
            what = f"column {column.name} of {self.schema.name} can't be carried: {reason}"
            way = None if in_key else f"the column left out: exclude: [{column.name}]"
            yield self.at(what, "name", got=column.cql_type, expected=way)

    def names_taken(self) -> Iterator[Problem]:
        """Return which names a table with static columns would share with another table."""
        if not (self.kind.carries_statics and has_statics(self.table, self.schema)):
            return
        ours = {static_part(self.spec, self.index).target, view_name(self.table)}
        for index, other in enumerate(self.spec.tables):
            if other.target in ours:
                yield self.spec.problem(
                    f"table {other.target} has the name that belongs to the static columns of "
                    f"{self.table.name}",
                    *("tables", index, "name"),
                )

    def at(
        self, what: str, *at: str | int, got: str | None = None, expected: str | None = None
    ) -> Problem:
        """Return a problem of this table's entry."""
        return self.spec.problem(what, "tables", self.index, *at, got=got, expected=expected)
