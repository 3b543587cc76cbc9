"""What must hold between the parts of a pipeline's file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from messina.pipeline.bulkheads import ALL, STATIC
from messina.pipeline.models import misplaced
from messina.pipeline.problems import Path
from messina.pipeline.table import TableEntry, TablePattern, TableSpec

if TYPE_CHECKING:
    from messina.pipeline.spec import PipelineSpec


def check(spec: "PipelineSpec") -> None:
    """Raise the first thing that does not hold, as pydantic's error with its place."""
    for rule in (_each_once, _masks, _tables, _targets, _windows, _groups, _together, _patterns):
        rule(spec)


def _items(spec: "PipelineSpec") -> Iterator[tuple[Path, TableEntry]]:
    for index, entry in enumerate(spec.entries):
        yield ("tables", index), entry


def _named(spec: "PipelineSpec") -> Iterator[tuple[Path, TableSpec]]:
    for at, entry in _items(spec):
        if isinstance(entry, TableSpec):
            yield at, entry


def _told(entry: TableEntry) -> str:
    if isinstance(entry, TableSpec):
        return f"the table {entry.name!r}"
    return f"the pattern {entry.pattern!r}"


def _name(entry: TableEntry) -> str:
    return "name" if isinstance(entry, TableSpec) else "pattern"


def _where(entry: TableEntry, field: str) -> str:
    """The key that says it, or else the one that stands for the whole item."""
    return _name(entry) if getattr(entry, field) is None else field


def _each_once(spec: "PipelineSpec") -> None:
    seen: dict[str, int] = {}
    for at, entry in _items(spec):
        key = entry.name if isinstance(entry, TableSpec) else f"pattern {entry.pattern}"
        index = int(at[1])
        if (first := seen.setdefault(key, index)) != index:
            raise misplaced(
                f"{_told(entry)} is listed twice",
                (*at, _name(entry)),
                expected=f"each once; it is number {first + 1} already",
            )


def _masks(spec: "PipelineSpec") -> None:
    for at, entry in _items(spec):
        for column, masking in entry.mask.items():
            if spec.source.connector == "scylladb":
                raise misplaced(
                    f"the column {column!r} can't be masked by the connector scylladb",
                    (*at, "mask", column),
                    expected="source.connector messina, or the column among `exclude`",
                )
            if masking == "hmac" and spec.source.mask_key is None:
                raise misplaced(
                    f"the column {column!r} is masked, and there is no key",
                    (*at, "mask", column),
                    expected="source.mask_key: a reference to the key",
                )


def _tables(spec: "PipelineSpec") -> None:
    for at, entry in _items(spec):
        if spec.tasks_of(entry) > spec.partitions_of(entry):
            raise misplaced(
                f"{_told(entry)} has more tasks than slices",
                (*at, _where(entry, "tasks")),
                got=f"{spec.tasks_of(entry)} tasks, {spec.partitions_of(entry)} partitions",
                expected="as many partitions as tasks, or more",
            )
    for at, table in _named(spec):
        if spec.topic(table) == spec.signals_done_topic:
            raise misplaced(
                f"the topic of table {table.name!r} would be that of the answers to signals",
                (*at, "name"),
            )


def _targets(spec: "PipelineSpec") -> None:
    seen: dict[str, str] = {}
    for at, table in _named(spec):
        if (other := seen.setdefault(table.target, table.name)) != table.name:
            raise misplaced(
                f"the tables {other!r} and {table.name!r} would be one in Postgres",
                (*at, _where(table, "to")),
                got=table.target,
                expected="a name in Postgres for each: to: NAME",
            )


def _windows(spec: "PipelineSpec") -> None:
    if spec.source.connector == "scylladb":
        for at, entry in _items(spec):
            if entry.safe_confidence is not None:
                raise misplaced(
                    "safe_confidence has no meaning for the connector scylladb",
                    (*at, "safe_confidence"),
                    expected="it left out",
                )
        return
    places: list[tuple[Path, TableEntry | None]] = [(("source",), None), *_items(spec)]
    for at, one in places:
        windows = spec.windows_of(one)
        if windows.safe_confidence_ms > windows.confidence_ms:
            continue
        by_target = one is None or one.safe_confidence is not None or one.confidence is None
        raise misplaced(
            "the second look would not come after the first",
            (*at, "safe_confidence" if by_target else "confidence"),
            got=f"{windows.safe_confidence_ms}ms after a confidence of {windows.confidence_ms}ms",
            expected="a safe_confidence longer than confidence",
        )


def _groups(spec: "PipelineSpec") -> None:
    for at, entry in _items(spec):
        if entry.group is not None and spec.bulkhead != "group":
            raise misplaced(
                f"{_told(entry)} has a group, and bulkheads are by {spec.bulkhead}",
                (*at, "group"),
                expected="bulkhead: group",
            )
    if spec.bulkhead != "group":
        return
    groups = {entry.group for entry in spec.entries}
    for at, table in _named(spec):
        for name in (table.name, table.name.removesuffix(STATIC)):
            if table.group is None and name in groups:
                raise misplaced(
                    f"the table {table.name!r} would have the connectors of the group {name!r}",
                    (*at, "name"),
                    expected="another name for the group, or the table in it",
                )


def _together(spec: "PipelineSpec") -> None:
    """A source connector has one number of slices and one pace for all of its tables."""
    if spec.bulkhead == "table":
        return
    first: dict[str, TableEntry] = {}
    for at, entry in _items(spec):
        name = ALL if spec.bulkhead == "pipeline" else entry.group
        if name is None:
            continue
        other = first.setdefault(name, entry)
        if spec.source.connector == "messina" and spec.partitions_of(entry) != spec.partitions_of(
            other
        ):
            raise misplaced(
                f"{_told(entry)} shares a connector with {_told(other)} and has other partitions",
                (*at, _where(entry, "partitions")),
                got=str(spec.partitions_of(entry)),
                expected=f"{spec.partitions_of(other)}, or bulkhead: table",
            )
        ours, theirs = spec.windows_of(entry), spec.windows_of(other)
        for field in ("window", "confidence", "safe_confidence"):
            mine, its = getattr(ours, f"{field}_ms"), getattr(theirs, f"{field}_ms")
            if mine != its:
                raise misplaced(
                    f"{_told(entry)} shares a connector with {_told(other)} and has another "
                    f"{field}",
                    (*at, _where(entry, field)),
                    got=f"{mine}ms",
                    expected=f"{its}ms, or bulkhead: table",
                )


def _patterns(spec: "PipelineSpec") -> None:
    if spec.exclude_tables and not any(isinstance(e, TablePattern) for e in spec.entries):
        raise misplaced(
            "there is no pattern that tables could be excluded from",
            ("exclude_tables",),
            expected="it left out, or a table with pattern: NAME*",
        )
