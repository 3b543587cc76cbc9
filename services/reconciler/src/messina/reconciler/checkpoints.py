"""A run's way through the store: its plan, what its ranges held, what became of its candidates.

A run that was killed is gone on with where it stood: its ranges are those of the plan that are not
done, its candidates those without a verdict, and its report is made of what the store has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from messina.reconciler.errors import SpecChanged
from messina.reconciler.keytexts import key_of_text, key_text
from messina.reconciler.parts import Part
from messina.reconciler.recheck import Candidate, Table
from messina.reconciler.recheck import Verdict as Decided
from messina.reconciler.report import ColumnDifference, Discrepancy
from messina.reconciler.scanning import Frames, Matched, Planned
from messina.reconciler.sides import Shape
from messina.reconciler.store import CandidateKey, PartCounts, PlannedRange, Run, Store, Verdict
from messina.scylla import TokenRange
from messina.types import show

_AT_ONCE = 1_000
_VERDICTS = 100
Which = tuple[str, bool]
"""A table's name, without `__static`, and whether what its partitions share is meant."""


def which(part: Part) -> Which:
    """What the store knows a part by."""
    return part.schema.name, part.static


@dataclass(frozen=True)
class Checkpoints:
    """Where a run leaves what it knows.

    Attributes:
        store: the store.
        run: the run, which is held.
    """

    store: Store
    run: Run

    def pending(self, planned: Sequence[Planned]) -> tuple[list[Planned], "Ranges"]:
        """What is left to be scanned of what was planned first; that is stored now, if it is new.

        Raises:
            PostgresError: if the store can't be reached.
            SpecChanged: if it was planned for other parts of tables.
        """
        if self.run.planned:
            known, now = set(self.counts()), {which(each.part) for each in planned}
            if known != now:
                raise SpecChanged(self.run.id, _names(known - now), _names(now - known))
        else:
            self.store.plan(
                self.run,
                [
                    PlannedRange(*which(each.part), one.after, one.upto, None)
                    for each in planned
                    for one in each.ranges
                ],
            )
        left: dict[Which, list[tuple[int, TokenRange]]] = defaultdict(list)
        for row in self.store.pending(self.run):
            left[row.table, row.static].append((row.id, TokenRange(row.after, row.upto)))
        parts = [
            replace(each, ranges=tuple(one for _, one in left[which(each.part)]))
            for each in planned
        ]
        ids = [[number for number, _ in left[which(each.part)]] for each in planned]
        return parts, Ranges(self, ids, [_Keys(each.part) for each in planned])

    def candidates(self, tables: Mapping[Which, Table]) -> Iterator[Candidate]:
        """All that have no verdict, some at once; their ids are what they are known by."""
        last = 0
        while batch := self.store.undecided(self.run, _AT_ONCE, after=last):
            last = batch[-1].id
            for one in batch:
                table = tables[one.table, one.static]
                key, _ = key_of_text(table.shape, one.key_json)
                yield Candidate(table, key, one.id)

    def decide(self, decided: Iterable[Decided]) -> Iterator[Decided]:
        """Store verdicts as they are made, some at once, and pass them on."""
        made: list[Verdict] = []
        for each in decided:
            made.append(_stored(each))
            if len(made) >= _VERDICTS:
                self.store.decide(self.run, made)
                made = []
            yield each
        if made:
            self.store.decide(self.run, made)

    def counts(self) -> dict[Which, PartCounts]:
        """The sums of each part."""
        return {(each.table, each.static): each for each in self.store.counts(self.run)}

    def discrepancies(
        self, shapes: Mapping[Which, Shape], most: int | None = None
    ) -> dict[Which, list[Discrepancy]]:
        """The rows that differ for good, by part; so many of them at most."""
        found: dict[Which, list[Discrepancy]] = defaultdict(list)
        for each in islice(self.store.discrepancies(self.run), most):
            shape = shapes[each.table, each.static]
            key, _ = key_of_text(shape, each.key_json)
            shown = tuple(
                (name, show(kind, value))
                for name, kind, value in zip(shape.key_names, shape.types, key, strict=False)
            )
            columns = tuple(
                ColumnDifference(name, values["source"], values["sink"])
                for name, values in each.columns.items()
            )
            one = Discrepancy(shape.table, each.kind, shown, columns, each.key_json)
            found[each.table, each.static].append(one)
        return found


def _names(parts: Iterable[Which]) -> list[str]:
    return sorted(name + "__static" * static for name, static in parts)


class _Keys:
    """Makes texts of a part's keys, as frames have them."""

    def __init__(self, part: Part) -> None:
        self._shape = part.shape()
        self._frames = Frames(self._shape, len(part.schema.partition_key))

    def texts(self, keys: Iterable[bytes]) -> Iterator[CandidateKey]:
        for key in self._frames.keys(keys):
            yield CandidateKey(key_text(self._shape, key))


@dataclass(frozen=True)
class Ranges:
    """Stores what ranges held, as they are compared."""

    checkpoints: Checkpoints
    ids: Sequence[Sequence[int]]
    keys: Sequence[_Keys]

    def finished(self, number: int, place: int, found: Matched) -> None:
        """Store a range: its counts and its candidates, or nothing of it."""
        self.checkpoints.store.finish_range(
            self.checkpoints.run,
            self.ids[number][place],
            rows_in_source=found.rows_in_source,
            rows_in_sink=found.rows_in_sink,
            candidates=self.keys[number].texts(dict.fromkeys(found.keys)),
        )


def _stored(decided: Decided) -> Verdict:
    number = decided.candidate.ref
    assert isinstance(number, int)
    if decided.outcome == "unsettled":
        return Verdict(number, "unsettled")
    if decided.discrepancy is None:
        return Verdict(number, "in_flight")
    columns = {
        each.column: {"source": each.source, "sink": each.sink}
        for each in decided.discrepancy.columns
    }
    return Verdict(number, decided.discrepancy.kind, columns)
