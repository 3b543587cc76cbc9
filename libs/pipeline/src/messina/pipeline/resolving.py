"""From patterns to tables: what a spec means, given the tables that the source has."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from messina.pipeline.document import Document
from messina.pipeline.explain import validated
from messina.pipeline.problems import Path, Position, Problem, SpecError
from messina.pipeline.spec import PipelineSpec
from messina.pipeline.table import TablePattern, TableSpec

CDC_LOG = "_scylla_cdc_log"
"""The end of the name of a table's log, which no pattern means."""


def resolve(spec: PipelineSpec, source_tables: Sequence[str]) -> PipelineSpec:
    """Return the spec with tables in the place of patterns, in the order of their names.

    A table that an item names is left to that item; one that fits several patterns belongs to the
    first. What is excluded fits none. A table's values point to where its pattern's stand.

    Args:
        spec: the pipeline.
        source_tables: the tables of its keyspace.

    Raises:
        SpecError: if nothing fits a pattern, or what came of it can't be a pipeline.
    """
    if spec.resolved:
        return spec
    taken = {entry.name for entry in spec.entries if isinstance(entry, TableSpec)}
    fit = fitting(spec.patterns, spec.exclude_tables, source_tables)
    free = [name for name in fit if name not in taken]
    tables: list[tuple[int, TableSpec]] = []
    problems: list[Problem] = []
    for index, entry in enumerate(spec.entries):
        if isinstance(entry, TableSpec):
            tables.append((index, entry))
            continue
        found = [name for name in free if fnmatchcase(name, entry.pattern)]
        if not found:
            problems.append(_nothing_fits(spec, index, entry, source_tables))
        free = [name for name in free if name not in set(found)]
        tables += [(index, _named(entry, name)) for name in found]
    if problems:
        raise _refused(spec, problems)
    return _made_of(spec, tables)


def fitting(
    patterns: Collection[str], excluded: Collection[str], source_tables: Iterable[str]
) -> tuple[str, ...]:
    """Return the tables that fit one of some patterns, in the order of their names.

    Args:
        patterns: of a spec's tables.
        excluded: its `exclude_tables`.
        source_tables: the tables of its keyspace, logs too.
    """
    return tuple(
        name
        for name in sorted(set(source_tables))
        if not name.endswith(CDC_LOG)
        and any(fnmatchcase(name, pattern) for pattern in patterns)
        and not any(fnmatchcase(name, pattern) for pattern in excluded)
    )


def _named(entry: TablePattern, name: str) -> TableSpec:
    stated = {field: getattr(entry, field) for field in entry.model_fields_set - {"pattern"}}
    return TableSpec.model_validate({**stated, "name": name})


def _nothing_fits(
    spec: PipelineSpec, index: int, entry: TablePattern, source_tables: Iterable[str]
) -> Problem:
    names = [name for name in source_tables if not name.endswith(CDC_LOG)]
    close = difflib.get_close_matches(entry.pattern, names, n=3, cutoff=0.3)
    return spec.problem(
        f"no table of keyspace {spec.source.keyspace} that is not named or excluded elsewhere "
        f"fits the pattern {entry.pattern!r}",
        *("tables", index, "pattern"),
        expected=f"one that fits, such as {', '.join(close)}" if close else None,
    )


def _made_of(spec: PipelineSpec, tables: list[tuple[int, TableSpec]]) -> PipelineSpec:
    values = {
        field.alias or name: getattr(spec, name)
        for name, field in type(spec).model_fields.items()
        if name in spec.model_fields_set and name not in ("entries", "exclude_tables")
    }
    values["tables"] = tuple(table for _, table in tables)
    marks = dict(_marks(spec, [index for index, _ in tables]))
    origin = replace(spec._origin, marks=marks)
    try:
        made = validated(PipelineSpec, Document(values, origin, origin.marks))
    except SpecError as error:
        raise _refused(spec, error.problems) from None
    made._origin = origin
    return made


def _marks(spec: PipelineSpec, indexes: Sequence[int]) -> Iterator[tuple[Path, Position]]:
    """Where the values of the tables stand: with the item that each came from."""
    inside: dict[int, list[tuple[Path, Position]]] = {}
    for path, position in spec._origin.marks.items():
        if path[:1] == ("tables",) and len(path) > 1 and isinstance(path[1], int):
            inside.setdefault(path[1], []).append((path[2:], position))
        else:
            yield path, position
    for place, index in enumerate(indexes):
        for rest, position in inside.get(index, []):
            yield ("tables", place, *(("name",) if rest == ("pattern",) else rest)), position


def _refused(spec: PipelineSpec, problems: Iterable[Problem]) -> SpecError:
    next_step = f"Next: correct the file, then messina deploy plan {spec.argument}"
    return SpecError(problems, f"Nothing was changed. {next_step}")
