"""When a gap is closed: of rows in memory, with sinks that have all that comes to them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from messina.kafka import Applied, Asked, Asking, Signal, Target
from messina.reconciler.gaps import reading
from messina.reconciler.gaps.healing import Healing
from messina.reconciler.gaps.patience import Later
from messina.reconciler.gaps.reading import PartitionRead, Tables, TableSides
from messina.reconciler.gaps.tokens import heal_tokens
from messina.reconciler.gaps.values import OpenGap, of_row
from messina.reconciler.sides import Key, Row
from messina.reconciler.store.gaps import DueGaps, GapTable
from messina.scylla import QueryFailed, TokenRange
from messina.types import ValueMismatch

TARGET = Target("ks.t")


@dataclass
class Rows:
    """Both sides of a table, whose signals bring nothing: the sink refuses each row."""

    source: dict[str, Row | None]
    sink: dict[str, Row | None]
    key_length: int = 1
    session: Any = None
    unreadable: int | None = None
    """The slot of a gap whose range the source can't read."""

    def has(self, _: Target) -> bool:
        return True

    def get(self, _: Target) -> "Rows":
        return self

    @contextmanager
    def alone(self, _: Any) -> Iterator["Rows"]:
        yield self

    def forget(self, _: Target) -> None:
        pass

    def stretch(self, gap: OpenGap) -> OpenGap:
        return gap

    def slice_of(self, gap: OpenGap, slices: int) -> int:
        return gap.slice

    def read(self, gap: OpenGap) -> "Rows":
        unreadable = gap.slot if gap.slot == self.unreadable else None
        return Rows(self.source, self.sink, unreadable=unreadable)

    def differing(self) -> list[Key]:
        if self.unreadable is not None:
            raise QueryFailed("reading a partition of ks.t", "too many tombstones")
        keys = dict.fromkeys((*self.source, *self.sink))
        return [(key,) for key in keys if self.source.get(key) != self.sink.get(key)]

    def json_of(self, key: Key) -> str:
        name = str(key[0])
        return f'{{"id":"{name}"}}'

    def key_of(self, text: str) -> Key:
        return (text.split('"')[3],)

    def lookup_source(self, keys: Sequence[Key]) -> list[Row | None]:
        return [self.source.get(str(key[0])) for key in keys]

    def lookup_sink(self, keys: Sequence[Key]) -> list[Row | None]:
        return [self.sink.get(str(key[0])) for key in keys]

    def lives(self, keys: Sequence[Key]) -> list[int | None]:
        return [None for _ in keys]

    def is_row(self, raw: Sequence[bytes | None]) -> bool:
        return raw[0] is not None

    def canonical(self, raw: Sequence[bytes | None]) -> tuple[Key, Row | None]:
        key = (cast(bytes, raw[0]).decode(),)
        return key, self.source[key[0]]

    def sink_rows(self, _: Any) -> list[Row]:
        return [row for row in self.sink.values() if row is not None]

    def differing_by_key(self, rows: Iterable[Row]) -> Iterator[Key]:
        return (row[:1] for row in rows if self.source.get(str(row[0])) != row)


@dataclass
class Book:
    """Gaps that are due once."""

    gaps: list[OpenGap]
    closed: list[tuple[UUID, int]] = field(default_factory=list)
    put_off_: list[str] = field(default_factory=list)

    def due(self, _: int) -> list[DueGaps]:
        return [DueGaps("t", False, gap.work, 1, 1) for gap in self.gaps[:1]]

    def take(self, *_: Any) -> list[OpenGap]:
        taken, self.gaps = self.gaps, []
        return taken

    def close(self, gaps: Iterable[OpenGap]) -> None:
        self.closed += [gap.ident for gap in gaps]

    def put_off(self, rows: Iterable[tuple[OpenGap, int, str]]) -> None:
        self.put_off_ += [error for _, _, error in rows]

    def note(self, _: Iterable[OpenGap]) -> None:
        pass

    def give_back(self, _: Iterable[OpenGap]) -> None:
        pass


def healed(kind: str, work: str, sides: Rows, gaps: int = 1) -> Book:
    key = '{"id":"a"}'
    book = Book(
        [
            OpenGap(
                uuid4(), slot, "t", False, kind, work, key, *(None,) * 8, 0, 0, next_us=0  # type: ignore[arg-type]
            )
            for slot in range(gaps)
        ]
    )
    answered = SimpleNamespace(open=False, answer=SimpleNamespace(last_offsets={}))
    asking = SimpleNamespace(ask=lambda _: [answered], forget=lambda _: None)
    applied = SimpleNamespace(passed=lambda *_: True, reached=lambda *_: True)
    healing = Healing(
        cast(GapTable, book),
        cast(Tables, sides),
        cast(Asking, asking),
        cast(Applied, applied),
        "ks",
        now_us=lambda: 1_000_000,
    )
    for _ in range(5):
        healing._look_at = 0
        healing.step()
    return book


@pytest.mark.parametrize("kind", ["range_delete", "partition_delete", "unreadable"])
def test_a_range_whose_row_the_sink_lacks_is_not_healed(kind: str) -> None:
    """A row that was read again and did not get through leaves its gap open, and is named."""
    book = healed(kind, "range", Rows({"a": ("a", 1)}, {}))
    assert not book.closed
    assert book.put_off_ == ['rows differ still after they were read again: {"id":"a"}']


def test_a_range_that_can_not_be_read_holds_back_no_other() -> None:
    """One partition of the batch is put off, with its own reason; the others are healed."""
    book = healed("range_delete", "range", Rows({}, {}, unreadable=3), gaps=8)
    assert sorted(slot for _, slot in book.closed) == [0, 1, 2, 4, 5, 6, 7]
    assert len(book.put_off_) == 1 and "too many tombstones" in book.put_off_[0]


def test_an_expired_row_that_both_sides_lack_is_healed() -> None:
    """Of a key whose time was up, nothing is left to be compared."""
    book = healed("ttl", "keys", Rows({}, {}))
    assert (len(book.closed), book.put_off_) == (1, [])


def test_rows_that_the_sink_lacks_are_found_in_a_large_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of more rows than are held, those that only the source has are found as well."""
    monkeypatch.setattr(reading, "_IN_MEMORY", 10)
    monkeypatch.setattr(reading, "_BATCH", 4)
    rows: dict[str, Row | None] = {f"k{number}": (f"k{number}", number) for number in range(25)}
    sink = {name: row for name, row in rows.items() if name not in ("k3", "k24")}
    sides = Rows(rows, {**sink, "k7": ("k7", -1), "x": ("x", 0)})
    raw = chain([(None,)], [(name.encode(),) for name in rows])
    future = SimpleNamespace(result=lambda: raw)
    found = PartitionRead(cast(TableSides, sides), cast(Any, None), future).differing()
    assert sorted(found) == [("k24",), ("k3",), ("k7",), ("x",)]


class _Keys:
    """A sink by its keys."""

    def all_keys(self) -> Iterator[Key]:
        return iter(())


@dataclass
class _Ring:
    """A table of four rows, one a token, of which the sink refuses some."""

    refused: set[int]
    part: Any = field(
        default_factory=lambda: SimpleNamespace(
            schema=SimpleNamespace(partition_key=("id",)), static=False
        )
    )
    sink: dict[int, Row] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)

    @property
    def source(self) -> "_Ring":
        return self

    def columns(self, tokens: TokenRange) -> Iterator[tuple[list[Any], int]]:
        rows = [(n, f"row {n}") for n in range(1, 9) if tokens.after < n <= tokens.upto]
        yield [list(column) for column in zip(*rows, strict=True)], len(rows)

    def canonical(self, raw: Sequence[Any]) -> tuple[Key, Row | None]:
        if raw[0] == 5:
            raise ValueMismatch("a key that is no value")
        return (raw[0],), tuple(raw)

    def json_of(self, key: Key) -> str | None:
        return str(key[0])

    def all_keys(self) -> Iterator[Key]:
        return iter(())

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        return (self.sink.get(cast(int, key[0])) for key in keys)

    def ask(self, ranges: Sequence[tuple[int, int]], rows: int) -> Iterator[None]:
        self.asked += ranges
        for low, high in ranges:
            for n in range(low, high + 1):
                if n not in self.refused:
                    self.sink[n] = (n, f"row {n}")
        yield

    def check(self, keys: Sequence[str]) -> Any:
        yield
        return {key for key in keys if int(key) not in self.sink}

    def heal(self, first: int) -> tuple[set[str], list[int]]:
        """The rows that are too many, and how far it is healed, after each step."""
        healed: list[int] = []
        gap = SimpleNamespace(from_token=first, to_token=8)
        apart = self.apart.update
        every = (self, self, None, gap, self.ask, self.check, healed.append, apart)
        steps = heal_tokens(*(cast(Any, each) for each in every))
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value, healed


def test_a_lost_stretch_is_compared_and_gone_on_with_where_it_was_healed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where rows are many that stay unequal, the next try begins, and nothing behind is read."""
    sized = [SimpleNamespace(tokens=TokenRange(n, n + 1), rows=1) for n in range(8)]
    monkeypatch.setattr("messina.reconciler.gaps.tokens.sized_ranges", lambda *_, **__: sized)
    monkeypatch.setattr("messina.reconciler.gaps.tokens._APART", 0)
    ring = _Ring(refused={4})
    assert ring.heal(1) == ({"4"}, [1, 2, 3])
    assert ring.asked == [(n, n) for n in range(1, 5)] and not ring.apart
    ring.refused.clear()
    ring.asked.clear()
    assert ring.heal(4) == (set(), [4, 5, 6, 7, 8])
    assert ring.asked == [(n, n) for n in range(4, 9)]


def test_a_row_that_stays_unequal_has_no_lost_stretch_read_again_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told apart, and the stretch is healed to its end."""
    sized = [SimpleNamespace(tokens=TokenRange(n, n + 1), rows=1) for n in range(8)]
    monkeypatch.setattr("messina.reconciler.gaps.tokens.sized_ranges", lambda *_, **__: sized)
    ring = _Ring(refused={2, 4})
    assert ring.heal(1) == (set(), list(range(1, 9)))
    assert ring.apart == {"2", "4"} and len(ring.asked) == 8


def test_a_row_apart_is_a_gap_of_its_own() -> None:
    """One for each row, however often it is told; it is tried again seldom."""
    stretch = OpenGap(uuid4(), 3, "t", False, "log_lost", "tokens", *(None,) * 5, 1, 8, 5, 6, 7, 8)
    one = of_row(stretch, '{"p":1,"q":"x","c":2}', ("p", "q"))
    assert (one.work, one.partition_key, one.lower) == ("range", '{"p":1,"q":"x"}', '{"c":2}')
    assert one.is_row and one.from_token is None and one.key() == {"p": 1, "q": "x", "c": 2}
    assert one.ident == of_row(stretch, '{"p":1,"q":"x","c":2}', ("p", "q")).ident
    assert one.ident != of_row(stretch, '{"p":1,"q":"x","c":3}', ("p", "q")).ident
    alone = of_row(stretch, '{"p":1}', ("p",))
    assert alone.lower is None and alone.partition_key == '{"p":1}'
    noted: list[OpenGap] = []
    healing = Healing(*(cast(Any, None),) * 4, "ks", now_us=lambda: 0)
    healing.table = cast(GapTable, SimpleNamespace(note=noted.extend))
    column = SimpleNamespace(name="p")
    part = SimpleNamespace(schema=SimpleNamespace(partition_key=[column]))
    healing._apart(cast(Any, SimpleNamespace(part=part)), stretch, {'{"p":1}'})
    assert noted[0].ident == alone.ident and (noted[0].next_us or 0) >= 15_000_000


def test_ranges_of_tokens_are_given_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost stretch whose ranges have very many rows is waited for as long as those may take."""
    sized = [SimpleNamespace(tokens=TokenRange(0, 9), rows=700_000)] * 2
    monkeypatch.setattr("messina.reconciler.gaps.tokens.sized_ranges", lambda *_, **__: sized)
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    waited = Asked(Signal(table="ks.t", token_range=(1, 9)), 0.0)
    asking = SimpleNamespace(ask=lambda _: [waited], forget=lambda _: None)
    healing = Healing(
        cast(GapTable, None), cast(Tables, None), cast(Asking, asking), cast(Applied, None), "ks"
    )
    schema = SimpleNamespace(partition_key=("id",))
    sides = SimpleNamespace(part=SimpleNamespace(schema=schema, static=False))
    gap = SimpleNamespace(from_token=1, to_token=9)
    steps = heal_tokens(
        *(
            cast(Any, each)
            for each in (sides, _Keys(), None, gap, healing._ask(TARGET), *[None] * 3)
        )
    )

    def wait() -> None:
        for _ in steps:
            now[0] += 1

    with pytest.raises(Later):
        wait()
    assert now[0] == pytest.approx(1_400_000 / 500, abs=2)


@dataclass
class Sliced(Book):
    """Gaps of two slices that are due."""

    def due(self, _: int) -> list[DueGaps]:
        slices = sorted({each.slice for each in self.gaps})
        return [DueGaps("t", False, self.gaps[0].work, 1, 1, slice_) for slice_ in slices]

    def take(self, due: Any, *_: Any) -> list[OpenGap]:
        taken = [each for each in self.gaps if each.slice == due.slice]
        self.gaps = [each for each in self.gaps if each.slice != due.slice]
        return taken


@pytest.mark.parametrize(("kind", "work"), [("ttl", "keys"), ("range_delete", "range")])
def test_a_slice_that_stands_holds_back_its_own_gaps_only(kind: str, work: str) -> None:
    """Slice 0 answers nothing and is applied up to no moment: what slice 1 has is healed."""
    made = [
        OpenGap(uuid4(), n, "t", False, kind, work, f'{{"id":"k{n}"}}', *(None,) * 8, 0, 0)  # type: ignore[arg-type]
        for n in (0, 1)
    ]
    gaps = [replace(gap, slice=gap.slot) for gap in made]
    book = Sliced(gaps)

    def ask(signals: Sequence[Signal]) -> list[Any]:
        return [
            SimpleNamespace(
                open='"k0"' in str(signal.payload()), answer=SimpleNamespace(last_offsets={})
            )
            for signal in signals
        ]

    applied = SimpleNamespace(
        passed=lambda target, moment, look, only=None: only == 1,
        reached=lambda *_: True,
        slices=lambda _: 2,
    )
    sides = Rows({}, {"k1": None})
    healing = Healing(
        cast(GapTable, book),
        cast(Tables, sides),
        cast(Asking, SimpleNamespace(ask=ask, forget=lambda _: None)),
        cast(Applied, applied),
        "ks",
        now_us=lambda: 1_000_000,
    )
    for _ in range(5):
        healing._look_at = 0
        healing.step()
    assert book.closed == [gaps[1].ident]
    assert [each.slice for each in book.gaps] == ([] if work == "keys" else [0])


def test_no_more_keys_are_held_however_many_slices_stand() -> None:
    """Each of them has its part of the room: the last one's keys are taken as well."""
    taken: dict[int, int] = {}

    class Many:
        def due(self, _: int) -> list[DueGaps]:
            return [DueGaps("t", False, "keys", 9_999, 1, slice) for slice in range(48)]

        def take(self, due: DueGaps, _: int, __: int, limit: int) -> list[OpenGap]:
            key = '{"id":"a"}'
            taken[due.slice] = taken.get(due.slice, 0) + limit
            gap = OpenGap(uuid4(), 0, "t", False, "ttl", "keys", key, *(None,) * 8, 0, 0)
            return [replace(gap, slot=slot) for slot in range(limit)]

    asking = SimpleNamespace(ask=lambda _: [SimpleNamespace(open=True)], forget=lambda _: None)
    applied = SimpleNamespace(
        passed=lambda *_: False, reached=lambda *_: False, slices=lambda _: 48
    )
    healing = Healing(
        cast(GapTable, Many()),
        cast(Tables, Rows({}, {})),
        cast(Asking, asking),
        cast(Applied, applied),
        "ks",
    )
    for _ in range(20):
        healing._look_at = 0
        healing.step()
    assert set(taken) == set(range(48)) and len(set(taken.values())) == 1
    assert 30_000 < healing.busy <= 40_000
