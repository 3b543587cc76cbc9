"""What is told of a run that failed: the rows, and all that was done to their partitions."""

from collections.abc import Sequence

from property_gaps import Told
from property_verdict import Difference
from property_world import World
from property_writers import Done

_ROWS = 5
_LINES = 60
_WIDTH = 400


def trouble(
    world: World,
    differences: Sequence[Difference],
    untold: Sequence[tuple[Done, Told]],
    again: str,
) -> str:
    """The first of them, each with the history of its partition."""
    lines = [f"{len(differences)} rows differ, {len(untold)} changes are told by no gap; {again}"]
    for one in differences[:_ROWS]:
        lines += [f"DIFFERENT {one}", f"  columns {[c.name for c in one.table.regular]}"]
        lines += _history(world, one.table.name, one.partition)
    for done, told in untold[:_ROWS]:
        lines += [f"NOT TOLD {told}", f"  of {_line(done)}"]
        lines += _history(world, told.place.table, told.place.partition)
    return "\n".join(lines)


def _history(world: World, table: str, partition: object) -> list[str]:
    mine = [
        done
        for done in world.done
        if any((s.table, s.partition) == (table, partition) for s in done.step.statements)
    ]
    gaps = [
        f"  gap {one}"
        for one in world.seen
        if one.place.table == table and one.place.partition == partition
    ]
    return [*(f"  {_line(done)}" for done in mine[-_LINES:]), *gaps[-_LINES:]]


def _line(done: Done) -> str:
    state = "" if done.applied else f" ({done.refused or 'not applied'})"
    text = done.cql if len(done.cql) < _WIDTH else f"{done.cql[:_WIDTH]}..."
    return f"{done.begin_us}..{done.end_us} writer {done.writer}{state}: {text}"
