"""The comparison's core, on sides and a clock that a test moves: what counts as a discrepancy."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.reconciler import Discrepancy, Progress
from messina.reconciler.recheck import ByTime, Clock, Table, settle
from messina.reconciler.report import ColumnDifference
from messina.reconciler.scanning import Frames
from messina.reconciler.scanning.matching import differing
from messina.reconciler.sides import Key, Row, Shape, Witnessed
from messina.types import Canonical, parse_type

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SHAPE = Shape("ops.t", ("id", "n", "name"), tuple(map(parse_type, ("int", "int", "text"))), 1)
SETTLE = timedelta(seconds=30)

Rows = dict[Canonical, tuple[Canonical, Canonical]]


@dataclass
class Memory:
    """A side that is a dict, and may be changed at any moment."""

    data: Rows
    lookups: int = 0

    def estimate(self) -> int | None:
        return None

    def rows(self) -> Iterator[Row]:
        for key, rest in list(self.data.items()):
            yield (key, *rest)

    def all_keys(self) -> Iterator[Key]:
        for key in list(self.data):
            yield (key,)

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        self.lookups += len(keys)
        for key in keys:
            rest = self.data.get(key[0])
            yield None if rest is None else (*key, *rest)

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        return map(Witnessed, self.lookup(keys))


@dataclass
class World:
    """Two sides and a clock; `moves` happen at each tick of the clock."""

    source: Memory
    sink: Memory
    now: float = 0.0
    moves: list[Callable[[float], None]] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for move in self.moves:
            move(self.now)

    def compare(self) -> Table:
        frames = Frames(SHAPE, 1)
        one, other = (frames.of_values(list(side.rows())) for side in (self.source, self.sink))
        candidates = tuple(frames.keys(differing(one, other)))
        table = Table(SHAPE, self.source, self.sink, candidates)
        clock = Clock(lambda: self.now, self.sleep, lambda: int(self.now * 1e6))
        settle([table], ByTime(SETTLE, clock), clock, self.progress.append)
        return table


def world(source: Rows, sink: Rows) -> World:
    return World(Memory(dict(source)), Memory(dict(sink)))


def test_equal_sides_need_no_second_look() -> None:
    """Where all rows are equal, nothing is read twice and no time passes."""
    both: Rows = {i: (i, None) for i in range(2_000)}
    moved = world(both, both)
    table = moved.compare()
    assert (table.discrepancies, table.in_flight, moved.now) == ([], 0, 0.0)
    assert moved.source.lookups == moved.sink.lookups == 0


def test_each_kind_is_named_with_its_columns() -> None:
    """Missing, extra, different: each row once, with the columns that differ and both values."""
    moved = world({1: (1, "a"), 2: (2, "b"), 3: (3, "c")}, {1: (1, "a"), 2: (7, "b"), 4: (4, "d")})
    table = moved.compare()
    assert sorted(table.discrepancies, key=str) == [
        Discrepancy("ops.t", "different", (("id", "2"),), (ColumnDifference("n", "2", "7"),)),
        Discrepancy("ops.t", "missing_in_sink", (("id", "3"),)),
        Discrepancy("ops.t", "extra_in_sink", (("id", "4"),)),
    ]
    assert str(sorted(table.discrepancies, key=str)[0]) == (
        "ops.t (id=2): different: n: source 2, sink 7"
    )


def test_a_change_on_its_way_is_no_discrepancy() -> None:
    """A row that the sink gets within the settling time is in flight, whatever its kind was."""
    moved = world({1: (1, "a"), 2: (2, "b")}, {2: (0, "b"), 3: (3, "c")})

    def arrive(now: float) -> None:
        if now > 20:
            moved.sink.data = dict(moved.source.data)

    moved.moves.append(arrive)
    table = moved.compare()
    assert table.discrepancies == []
    assert table.in_flight == 3


def test_a_difference_counts_after_the_settling_time_only() -> None:
    """A discrepancy is reported when its row has stood still for so long, not before."""
    moved = world({1: (1, "a")}, {})
    assert len(moved.compare().discrepancies) == 1
    assert 30 <= moved.now <= 33


def test_a_row_that_moves_starts_anew() -> None:
    """A change in the source gives the sink the whole settling time again."""
    moved = world({1: (0, "a")}, {1: (9, "a")})

    def write(now: float) -> None:
        if now < 100:
            moved.source.data[1] = (int(now) // 25, "a")
        else:
            moved.sink.data[1] = moved.source.data[1]

    moved.moves.append(write)
    table = moved.compare()
    assert (table.discrepancies, table.in_flight) == ([], 1)


def test_a_row_that_never_rests_is_not_called_equal() -> None:
    """A row that changes all the time and is never seen equal is undecided in the end."""
    moved = world({1: (0, "a")}, {1: (-1, "a")})

    def write(now: float) -> None:
        moved.source.data[1] = (int(now * 10), "a")

    moved.moves.append(write)
    table = moved.compare()
    assert (table.discrepancies, table.in_flight, table.unsettled) == ([], 0, 1)
    assert moved.now < 320


def test_the_reported_values_are_the_last_ones() -> None:
    """What is reported is what the last look saw, not what the scan saw."""
    moved = world({1: (1, "a")}, {1: (2, "b")})
    moved.moves.append(lambda now: moved.sink.data.update({1: (1, "c")}))
    (found,) = moved.compare().discrepancies
    assert found.columns == (ColumnDifference("name", "'a'", "'c'"),)


def test_progress_is_what_was_done() -> None:
    """Candidates are counted as they are decided, of as many as there are."""
    moved = world({i: (i, None) for i in range(1_200)}, {i: (i, None) for i in range(1_100)})
    moved.compare()
    last = moved.progress[-1]
    assert (last.step, last.done, last.total) == ("recheck", 100, 100)


VALUES = st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from(["", "a", "b"]))
TABLES = st.dictionaries(st.integers(0, 12), VALUES)


@PATIENT
@given(TABLES, TABLES)
def test_exactly_the_rows_that_differ_are_found(source: Rows, sink: Rows) -> None:
    """Whatever two resting tables hold, the report names each differing row once, and no other."""
    found = world(source, sink).compare().discrepancies
    expected = {str(k) for k in source.keys() | sink.keys() if source.get(k) != sink.get(k)}
    assert sorted(dict(each.key)["id"] for each in found) == sorted(expected)
    for each in found:
        key = int(dict(each.key)["id"])
        kinds = {(True, False): "missing_in_sink", (False, True): "extra_in_sink"}
        assert each.kind == kinds.get((key in source, key in sink), "different")
        assert bool(each.columns) == (each.kind == "different")


@PATIENT
@given(TABLES, TABLES, st.floats(0, 29))
def test_a_sink_that_catches_up_in_time_is_equal(source: Rows, sink: Rows, when: float) -> None:
    """However far behind the sink is, once it has caught up in time nothing is reported."""
    moved = world(source, sink)

    def arrive(now: float) -> None:
        if now >= when:
            moved.sink.data = dict(moved.source.data)

    moved.moves.append(arrive)
    assert moved.compare().discrepancies == []
