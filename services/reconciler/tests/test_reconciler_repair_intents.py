"""Rows written in a connector's place: what is committed, what is told, what holds up nobody."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from messina.kafka import Target
from messina.reconciler.recheck import Table
from messina.reconciler.repair import intents
from messina.reconciler.repair.asking import Asked, Due
from messina.reconciler.repair.form import Carried, Form, Sample
from messina.reconciler.repair.intents import ByIntents, Way
from messina.reconciler.repair.learning import newest
from messina.reconciler.repair.writing import Seen, TooLarge, Write
from messina.reconciler.sides import Key, Shape
from messina.reconciler.store import Run, Store, StoredDiscrepancy
from messina.types import parse_type

_TYPES = {"id": "int", "word": "string"}
_PARTITIONS = 2


def _struct(*names: str) -> dict[str, Any]:
    fields = [{"name": n, "type": ["null", _TYPES[n]], "default": None} for n in names]
    return {"type": "record", "name": "R", "fields": fields}


_ID, _WORD = Carried("id", "int"), Carried("word", "text")
_FORM = Form([_ID], [_ID, _WORD], (3, _struct("id")), (4, _struct("id", "word")))


class Topic:
    """A topic with transactions, of which others write, too."""

    def __init__(self, largest: int = 10_000) -> None:
        self.largest = largest
        self.partitions = _PARTITIONS
        self.records: list[list[bytes]] = [[] for _ in range(_PARTITIONS)]
        self.committed: dict[bytes, bytes | None] = {}
        self.transactions: list[int] = []
        self.open: Sequence[Write] | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def ends(self, topic: str) -> Mapping[int, int]:
        return {n: len(self.records[n % _PARTITIONS]) for n in range(self.partitions)}

    def write(
        self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]
    ) -> Sequence[int]:
        assert self.open is None
        self.open = writes
        self.meanwhile()
        if any(len(each.value or b"") > self.largest for each in writes):
            raise TooLarge("the largest is too large")
        offsets = []
        for each in writes:
            offsets.append(len(self.records[each.partition]))
            self.records[each.partition].append(each.key)
        return offsets

    def between(
        self, topic: str, since: Mapping[int, int], until: Mapping[int, int]
    ) -> Iterator[Seen]:
        for number, last in until.items():
            for offset in range(since[number], last + 1):
                yield Seen(number, offset, self.records[number][offset])

    def commit(self) -> None:
        assert self.open is not None
        self.committed |= {each.key: each.value for each in self.open}
        self.transactions.append(len(self.open))
        self.open = None

    def abort(self) -> None:
        assert self.open is not None
        self.open = None


class Source:
    """Rows by their numbers; others are not there."""

    def __init__(self, words: Mapping[int, bytes]) -> None:
        self.words = words

    def exact(self, keys: Sequence[Key]) -> Iterator[list[bytes | None] | None]:
        for (number,) in keys:
            word = self.words.get(cast(int, number))
            yield None if word is None else [struct.pack(">i", number), word]


_SHAPE = Shape("ks.t", ("id", "word"), (parse_type("int"), parse_type("text")), 1)
_TABLE = cast(Table, SimpleNamespace(shape=_SHAPE))
_TARGET = Target("ks.t")


def _due(number: int, target: Target = _TARGET) -> Due:
    found = cast(StoredDiscrepancy, SimpleNamespace(id=number))
    return Due(found, _TABLE, target, (number,))


def _key(number: int) -> bytes:
    return _FORM.key([struct.pack(">i", number)])


def _asked(
    topic: Topic,
    words: Mapping[int, bytes],
    *others: Due,
    formless: Mapping[Target, str] | None = None,
) -> Asked:
    audit = SimpleNamespace(intend=lambda *_: None, signalled=lambda *_: None)
    way = Way("t", _PARTITIONS, _FORM, Source({n: w for n, w in words.items() if w}))
    run = cast(Run, SimpleNamespace(id="r", correlation_id="c"))
    store = cast(Store, SimpleNamespace(audit=audit))
    asking = ByIntents(store, run, topic, {_TARGET: way}, formless)
    asked = asking.ask([*(_due(number) for number in words), *others], 60.0)
    assert topic.open is None, "a transaction is left open"
    return asked


def test_a_row_that_does_not_fit_keeps_no_other_from_being_written() -> None:
    """It is told alone; all others are committed, deletes too."""
    topic = Topic(largest=100)
    words = {number: b"w" for number in range(20)} | {7: b"x" * 200, 11: b""}
    asked = _asked(topic, words)
    assert list(asked.late) == [7] and "does not fit in topic t" in asked.late[7]
    assert topic.committed.keys() == {_key(number) for number in words if number != 7}
    assert topic.committed[_key(11)] is None


def test_nothing_is_written_once_the_topic_has_more_partitions() -> None:
    """The connector's events of a row lie elsewhere then, where nobody would see them."""
    topic = Topic()
    topic.partitions = 3
    asked = _asked(topic, {1: b"w"})
    assert "3 partitions now, not 2" in asked.late[1] and not topic.committed


def test_nothing_is_committed_once_keys_of_another_schema_come() -> None:
    """An event of the very row could have come under a key that is not known here."""
    topic = Topic()
    head = struct.pack(">bI", 0, 9)

    def other() -> None:
        for records in topic.records:
            records.append(head + b"\x02\x02")

    topic.meanwhile = other
    asked = _asked(topic, {1: b"w", 2: b"w"})
    assert asked.late.keys() == {1, 2} and "keys of another schema" in asked.late[1]
    assert not topic.committed and not asked.answers


def test_a_transaction_has_no_more_bytes_than_fit_in_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Large rows are written a few at a time, all of them."""
    monkeypatch.setattr(intents, "_MOST_BYTES", 1_000)
    topic = Topic()
    asked = _asked(topic, {number: b"w" * 400 for number in range(7)})
    assert topic.transactions == [3, 3, 1]
    assert len(topic.committed) == 7 and not asked.late


def test_a_table_without_a_form_keeps_no_other_from_being_repaired() -> None:
    """Its rows are told with the reason."""
    topic, other = Topic(), Target("ks.u")
    asked = _asked(topic, {1: b"w"}, _due(9, other), formless={other: "no row has come"})
    assert asked.late == {9: "no row has come"}
    assert topic.committed.keys() == {_key(1)}


def test_a_form_may_have_the_key_in_records_keys_alone() -> None:
    """So it is where a spec names the columns that are carried; other columns may not lack."""
    form = Form([_ID], [_ID, _WORD], (3, _struct("id")), (5, _struct("word")))
    data = form.value([struct.pack(">i", 1), b"w"])
    assert data == struct.pack(">bI", 0, 5) + b"\x02\x02w"
    form.check_value(data)


def test_of_a_topic_no_more_is_held_than_is_looked_at() -> None:
    """However many records come: the newest of each partition, and not too many bytes."""
    samples = [Sample(n % 2, n, 0, b"k", b"v" * 9) for n in range(10_000)]
    assert [each.offset for each in newest(iter(samples), most=2)] == [9_996, 9_998, 9_997, 9_999]
    assert sum(1 for _ in newest(iter(samples), most_bytes=1_000)) == 100
    assert {each.offset for each in newest(iter(samples), most_bytes=1)} == {9_998, 9_999}
