"""The intent protocol, without Kafka: whatever another producer does between its steps, what is
committed, what is told, and what holds up nobody."""

import struct
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.kafka import Target, default_partition
from messina.reconciler.recheck import Table
from messina.reconciler.repair import intents
from messina.reconciler.repair.asking import Asked, Due
from messina.reconciler.repair.form import Carried, Form, Sample
from messina.reconciler.repair.intents import REPAIR_ID, ROUNDS, ByIntents, Way
from messina.reconciler.repair.learning import newest
from messina.reconciler.repair.writing import Seen, TooLarge, Write
from messina.reconciler.sides import Key, Shape
from messina.reconciler.store import Run, Store, StoredDiscrepancy
from messina.types import parse_type

_TYPES = {"id": "int", "word": "string"}
_PARTITIONS = 2
_TARGET = Target("ks.t")
_KEYS = range(4)
Words = Mapping[int, bytes | None]


def _struct(*names: str) -> dict[str, Any]:
    fields = [{"name": n, "type": ["null", _TYPES[n]], "default": None} for n in names]
    return {"type": "record", "name": "R", "fields": fields}


_ID, _WORD = Carried("id", "int"), Carried("word", "text")
_FORM = Form([_ID], [_ID, _WORD], (3, _struct("id")), (4, _struct("id", "word")))
_SHAPE = Shape("ks.t", ("id", "word"), (parse_type("int"), parse_type("text")), 1)
_TABLE = cast(Table, SimpleNamespace(shape=_SHAPE))


def _number(number: int) -> bytes:
    return struct.pack(">i", number)


def _key(number: int) -> bytes:
    return _FORM.key([_number(number)])


@dataclass
class World:
    """A source, a topic with transactions, and another producer that tells each change later.

    Attributes:
        source: the rows, by number.
        acts: what the other one does next, one at each step: change a row, or tell a change.
        meanwhile: what happens between a read and its write.
        largest: bytes of a value that the topic takes.
        partitions: how many the topic says that it has.
        untold: changes that are not in the topic, in order.
        meant: what was stored before it was written.
        transactions: how many records each had that was committed.
    """

    source: dict[int, bytes | None]
    acts: deque[tuple[str, int]] = field(default_factory=deque)
    meanwhile: Callable[[], object] = lambda: None
    largest: int = 10_000
    partitions: int = _PARTITIONS
    log: list[list[tuple[bytes, bytes | None]]] = field(
        default_factory=lambda: [[] for _ in range(_PARTITIONS)]
    )
    untold: deque[tuple[int, bytes | None]] = field(default_factory=deque)
    opened: list[tuple[int, int]] | None = None
    count: int = 0
    meant: list[str] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    committed: set[str] = field(default_factory=set)
    ident: str = ""

    def act(self) -> None:
        if not self.acts:
            return
        what, number = self.acts.popleft()
        if what == "change":
            self.count += 1
            self.source[number] = None if self.count % 5 == 0 else b"%d" % self.count
            self.untold.append((number, self.source[number]))
        if what == "tell" and self.untold:
            self.tell()

    def tell(self) -> None:
        number, word = self.untold.popleft()
        key = _key(number)
        value = None if word is None else _FORM.value([_number(number), word])
        self.log[default_partition(key, _PARTITIONS)].append((key, value))

    def exact(self, keys: Sequence[Key]) -> Iterator[list[bytes | None] | None]:
        for (number,) in keys:
            self.act()
            word = self.source.get(cast(int, number))
            yield None if word is None else [_number(cast(int, number)), word]

    def ends(self, topic: str) -> Mapping[int, int]:
        self.act()
        found = {n: len(self.log[n % _PARTITIONS]) for n in range(self.partitions)}
        self.act()
        return found

    def write(
        self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]
    ) -> Sequence[int]:
        assert self.opened is None
        self.opened, self.ident = [], headers[REPAIR_ID].decode()
        assert self.ident in self.meant, "it is stored as meant before"
        self.meanwhile()
        if any(len(each.value or b"") > self.largest for each in writes):
            raise TooLarge("the largest is too large")
        for each in writes:
            self.act()
            self.log[each.partition].append((each.key, each.value))
            self.opened.append((each.partition, len(self.log[each.partition]) - 1))
        self.act()
        return [offset for _, offset in self.opened]

    def between(
        self, topic: str, since: Mapping[int, int], until: Mapping[int, int]
    ) -> Iterator[Seen]:
        for number, last in until.items():
            self.act()
            for offset in range(since[number], last + 1):
                yield Seen(number, offset, self.log[number][offset][0] or None)

    def found(
        self, topic: str, header: str, values: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        return self.committed & set(values)

    def commit(self) -> None:
        self.act()
        assert self.opened is not None
        self.transactions.append(len(self.opened))
        self.committed.add(self.ident)
        self.opened = None

    def abort(self) -> None:
        assert self.opened is not None
        for number, offset in self.opened:
            self.log[number][offset] = (b"", None)
        self.opened = None

    def sink(self) -> dict[int, bytes | None]:
        """The word of each row in a sink that took all that was committed."""
        assert self.opened is None, "a transaction is left open"
        kept = {key: value for entries in self.log for key, value in entries if key}
        # behind both heads, a branch and a length each
        return {
            number: None if (value := kept[_key(number)]) is None else value[5:]
            for number in {*self.source, *_KEYS}
            if _key(number) in kept
        }

    def wanted(self, *numbers: int) -> dict[int, bytes | None]:
        """What the sink should have of rows, in the same form."""
        words = {number: self.source.get(number) for number in numbers}
        return {
            number: None if word is None else _FORM.value([_number(number), word])[5:]
            for number, word in words.items()
        }


def _due(number: int, target: Target = _TARGET) -> Due:
    found = cast(StoredDiscrepancy, SimpleNamespace(id=number))
    return Due(found, _TABLE, target, (number,))


def _asking(world: World, formless: Mapping[Target, str] | None = None) -> ByIntents:
    audit = SimpleNamespace(
        intend=lambda _, meant: world.meant.extend(each.signal_id for each in meant),
        signalled=lambda *_: None,
    )
    run = cast(Run, SimpleNamespace(id="r", correlation_id="c"))
    store = cast(Store, SimpleNamespace(audit=audit))
    way = Way("t", _PARTITIONS, _FORM, world)
    return ByIntents(store, run, world, {_TARGET: way}, formless)


def _asked(
    world: World,
    *others: Due,
    numbers: Sequence[int] | None = None,
    formless: Mapping[Target, str] | None = None,
) -> Asked:
    due = [*(_due(number) for number in numbers or world.source), *others]
    asked = _asking(world, formless).ask(due, 60.0)
    assert world.opened is None, "a transaction is left open"
    return asked


_ACTS = st.lists(st.tuples(st.sampled_from(["change", "tell", "rest"]), st.sampled_from(_KEYS)))


@given(acts=_ACTS)
def test_the_newest_wins_whatever_comes_between(acts: list[tuple[str, int]]) -> None:
    """Once all changes are told, a sink that took them and the repairs has what the source has."""
    world = World({n: b"there" if n % 2 else None for n in _KEYS}, deque(acts))
    _asked(world, numbers=_KEYS)
    while world.acts:
        world.act()
    while world.untold:
        world.tell()
    sink = world.sink()
    assert {number: sink.get(number) for number in _KEYS} == world.wanted(*_KEYS)


def test_a_row_that_is_overtaken_five_times_is_too_busy_and_keeps_no_other() -> None:
    """The others are written once the busy one is apart from them."""
    # between the ends and each write the busy one is changed and told
    acts = deque((what, 3) for _ in range(400) for what in ("change", "tell"))
    world = World(dict.fromkeys(_KEYS, b"there"), acts)
    asked = _asked(world)
    assert set(asked.late) == {3} and asked.late[3].startswith("too busy: in each of 5 tries")
    assert world.meant.count(world.meant[0]) == 4, "all at once at first"
    assert len(set(world.meant)) <= 1 + ROUNDS + 1
    assert world.sink().items() >= world.wanted(0, 1, 2).items()


def test_a_value_that_can_not_be_written_exactly_is_left() -> None:
    """It is told, with what to do; the others are written."""
    world = World({n: b"\xff" if n == 2 else b"there" for n in _KEYS})
    asked = _asked(world)
    assert set(asked.late) == {2}
    assert "word: its bytes are no text; next: write it again at the source" in asked.late[2]
    assert world.sink() == world.wanted(0, 1, 3)
    (target, offsets), *more = asked.answers
    assert (target, more) == (_TARGET, []) and sum(offset or 0 for offset in offsets.values()) == 1


def test_a_row_that_does_not_fit_keeps_no_other_from_being_written() -> None:
    """It is told alone; all others are committed, deletes too."""
    world = World({number: b"w" for number in range(20)}, largest=100)
    world.source |= {7: b"x" * 200, 11: None}
    asked = _asked(world)
    assert list(asked.late) == [7] and "does not fit in topic t" in asked.late[7]
    assert world.sink() == world.wanted(*(number for number in range(20) if number != 7))
    assert world.sink()[11] is None


def test_nothing_is_written_once_the_topic_has_more_partitions() -> None:
    """The connector's events of a row lie elsewhere then, where nobody would see them."""
    world = World({1: b"w"}, partitions=3)
    asked = _asked(world)
    assert "3 partitions now, not 2" in asked.late[1] and not world.sink()


def test_nothing_is_committed_once_keys_of_another_schema_come() -> None:
    """An event of the very row could have come under a key that is not known here."""
    world = World({1: b"w", 2: b"w"})

    def other() -> None:
        for entries in world.log:
            entries.append((struct.pack(">bI", 0, 9) + b"\x02\x02", b""))

    world.meanwhile = other
    asked = _asked(world)
    assert asked.late.keys() == {1, 2} and "keys of another schema" in asked.late[1]
    assert not world.transactions and not world.sink() and not asked.answers


def test_a_transaction_has_no_more_bytes_than_fit_in_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Large rows are written a few at a time, all of them."""
    monkeypatch.setattr(intents, "_MOST_BYTES", 1_000)
    world = World({number: b"w" * 400 for number in range(7)})
    asked = _asked(world)
    assert world.transactions == [3, 3, 1]
    assert world.sink() == world.wanted(*range(7)) and not asked.late


def test_a_table_without_a_form_keeps_no_other_from_being_repaired() -> None:
    """Its rows are told with the reason."""
    world, other = World({1: b"w"}), Target("ks.u")
    asked = _asked(world, _due(9, other), formless={other: "no row has come"})
    assert asked.late == {9: "no row has come"}
    assert world.sink() == world.wanted(1)


def test_what_was_committed_before_a_kill_is_known_by_its_records() -> None:
    """Those of a transaction that was aborted are not there, nor those of a table without form."""
    world, other = World({1: b"w"}), Target("ks.u")
    _asked(world)
    (ident,) = set(world.meant)
    asking = _asking(world, formless={other: "no row has come"})
    assert asking.found(_TARGET, [ident, "never written"], 0, 1) == {ident}
    assert asking.found(other, [ident], 0, 1) == set()


def test_a_form_may_have_the_key_in_records_keys_alone() -> None:
    """So it is where a spec names the columns that are carried; other columns may not lack."""
    form = Form([_ID], [_ID, _WORD], (3, _struct("id")), (5, _struct("word")))
    data = form.value([_number(1), b"w"])
    assert data == struct.pack(">bI", 0, 5) + b"\x02\x02w"
    form.check_value(data)


def test_of_a_topic_no_more_is_held_than_is_looked_at() -> None:
    """However many records come: the newest of each partition, and not too many bytes."""
    samples = [Sample(n % 2, n, 0, b"k", b"v" * 9) for n in range(10_000)]
    assert [each.offset for each in newest(iter(samples), most=2)] == [9_996, 9_998, 9_997, 9_999]
    assert sum(1 for _ in newest(iter(samples), most_bytes=1_000)) == 100
    assert {each.offset for each in newest(iter(samples), most_bytes=1)} == {9_998, 9_999}
