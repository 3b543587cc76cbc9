"""The intent protocol, without Kafka: whatever another producer does between its steps."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from messina.kafka import Target, default_partition
from messina.reconciler.repair.asking import Due
from messina.reconciler.repair.form import Cell, Form, ValueUnknown
from messina.reconciler.repair.intents import ByIntents, Way
from messina.reconciler.repair.writing import Seen, Write
from messina.reconciler.sides import Key
from messina.reconciler.store import Run, Store
from messina.types import parse_type

TARGET = Target("k.t")
KEYS = range(4)
Entry = tuple[bytes, bytes | None]


def _key(number: int) -> bytes:
    """With the head that names its schema, as all keys have it."""
    return b"\0\0\0\0\3" + number.to_bytes(4, "big")


class _Form:
    """A row is its bytes; one value can't be written."""

    def key(self, cells: Sequence[Cell]) -> bytes:
        return _key(int.from_bytes(cells[0] or b"", "big"))

    def value(self, cells: Sequence[Cell]) -> bytes:
        if cells[1] == b"odd":
            raise ValueUnknown("v: it has two forms")
        return cells[1] or b""


@dataclass
class _World:
    """A source, a topic of two partitions, and another producer that tells each change later.

    Attributes:
        acts: what it does next, one at each step of the repair: change a row, or tell a change.
        untold: its changes that are not in the topic, in order.
    """

    acts: deque[tuple[str, int]]
    source: dict[bytes, bytes | None] = field(default_factory=dict)
    log: list[list[Entry]] = field(default_factory=lambda: [[], []])
    untold: deque[Entry] = field(default_factory=deque)
    opened: list[tuple[int, int]] = field(default_factory=list)
    count: int = 0
    kept: list[str] = field(default_factory=list)

    def act(self) -> None:
        if not self.acts:
            return
        what, number = self.acts.popleft()
        if what == "change":
            self.count += 1
            key = _key(number)
            value = None if self.count % 5 == 0 else b"%d" % self.count
            self.source[key] = value
            self.untold.append((key, value))
        if what == "tell" and self.untold:
            self.tell()

    def tell(self) -> None:
        key, value = self.untold.popleft()
        self.log[default_partition(key, 2)].append((key, value))

    def exact(self, keys: Sequence[Key]) -> Iterator[Sequence[Cell] | None]:
        for (number,) in keys:
            self.act()
            key = _key(cast(int, number))
            value = self.source.get(key)
            yield None if value is None else (key, value)

    def ends(self, topic: str) -> Mapping[int, int]:
        self.act()
        found = {number: len(entries) for number, entries in enumerate(self.log)}
        self.act()
        return found

    def write(
        self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]
    ) -> Sequence[int]:
        assert self.kept, "they are stored as meant before"
        offsets = []
        for each in writes:
            self.act()
            self.log[each.partition].append((each.key, each.value))
            offsets.append(len(self.log[each.partition]) - 1)
            self.opened.append((each.partition, offsets[-1]))
        self.act()
        return offsets

    def between(
        self, topic: str, since: Mapping[int, int], until: Mapping[int, int]
    ) -> Iterator[Seen]:
        for number, last in until.items():
            self.act()
            for offset in range(since[number], last + 1):
                yield Seen(number, offset, self.log[number][offset][0] or None)

    def commit(self) -> None:
        self.act()
        self.opened.clear()

    def abort(self) -> None:
        for number, offset in self.opened:
            self.log[number][offset] = (b"", None)
        self.opened.clear()

    def sink(self) -> dict[bytes, bytes | None]:
        """What a sink has that took all that was committed."""
        assert not self.opened, "nothing is left open"
        return {key: value for entries in self.log for key, value in entries if key}


def _asked(world: _World, numbers: Sequence[int]) -> tuple[Any, ByIntents]:
    audit = SimpleNamespace(
        intend=lambda _, intents: world.kept.extend(each.signal_id for each in intents),
        signalled=lambda _, idents: None,
    )
    store = cast(Store, SimpleNamespace(audit=audit))
    run = cast(Run, SimpleNamespace(correlation_id="c"))
    way = Way("t", 2, cast(Form, _Form()), world)
    shape = SimpleNamespace(types=(parse_type("int"),), masked=frozenset())
    due = [
        Due(
            cast(Any, SimpleNamespace(id=number)),
            cast(Any, SimpleNamespace(shape=shape)),
            TARGET,
            (number,),
        )
        for number in numbers
    ]
    asking = ByIntents(store, run, world, {TARGET: way})
    return asking.ask(due, 1.0), asking


_ACTS = st.lists(st.tuples(st.sampled_from(["change", "tell", "rest"]), st.sampled_from(KEYS)))


@given(acts=_ACTS)
def test_the_newest_wins_whatever_comes_between(acts: list[tuple[str, int]]) -> None:
    """Once all changes are told, a sink that took them and the repairs has what the source has."""
    world = _World(deque(acts))
    for number in KEYS:
        world.source[_key(number)] = b"there" if number % 2 else None
    _, asking = _asked(world, list(KEYS))
    while world.acts:
        world.act()
    while world.untold:
        world.tell()
    sink = world.sink()
    assert {key: sink.get(key) for key in world.source} == world.source


def test_a_row_that_is_overtaken_five_times_is_too_busy_and_keeps_no_other() -> None:
    """The others are written once the busy one is apart from them."""
    # between the ends and each write the busy one is changed and told
    acts = [(what, 3) for _ in range(400) for what in ("change", "tell")]
    world = _World(deque(acts))
    for number in KEYS:
        world.source[_key(number)] = b"there"
    asked, asking = _asked(world, list(KEYS))
    assert set(asked.late) == {3} and asked.late[3].startswith("too busy: in each of 5 tries")
    assert world.kept.count(world.kept[0]) == 4, "all at once at first"
    assert len(set(world.kept)) <= 1 + asking.rounds + 1
    assert {key for key, _ in world.sink().items()} >= {_key(n) for n in range(3)}


def test_a_value_that_can_not_be_written_exactly_is_left() -> None:
    """It is told, with what to do; the others are written."""
    world = _World(deque())
    world.source = {_key(n): b"odd" if n == 2 else b"there" for n in KEYS}
    asked, _ = _asked(world, list(KEYS))
    assert set(asked.late) == {2}
    assert "v: it has two forms; next: write it again at the source" in asked.late[2]
    assert set(world.sink()) == {_key(n) for n in (0, 1, 3)}
    (target, offsets), *more = asked.answers
    assert (target, more) == (TARGET, []) and sum(offset or 0 for offset in offsets.values()) == 1
