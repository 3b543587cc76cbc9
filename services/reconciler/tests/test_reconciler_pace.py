"""How fast the source is read: a shared ceiling, and slower where it grows slow."""

import threading
from dataclasses import dataclass

from messina.reconciler.scanning.pace import Ceiling, Pace


@dataclass
class Cell:
    value: float = 0.0


def test_a_cluster_that_keeps_its_latency_is_read_at_full_speed() -> None:
    """Pages that take what they used to, some more, some less, of any size, cause no pause."""
    pace = Pace()
    for number in range(200):
        rows = (500, 4_000)[number % 2]
        assert pace(rows, 0.004 * rows / 1_000 * (1 + number % 3 / 4)) == 0
    assert (pace.share, pace.slowed) == (1.0, 0)


def test_a_cluster_that_grows_slow_is_asked_less_often() -> None:
    """Five pages that take far too long halve the pace; it comes back little by little."""
    pace = Pace()
    for _ in range(20):
        pace(1_000, 0.01)
    assert [pace(1_000, 0.2) for _ in range(3)] == [0, 0, 0.2]
    for _ in range(5):
        last = pace(1_000, 0.2)
    assert (last, pace.share, pace.slowed) == (0.2 * 3, 0.25, 2)
    pauses = [pace(1_000, 0.01) for _ in range(40)]
    assert pauses[0] > pauses[10] > pauses[-1] == 0
    assert (pace.share, pace.slowed) == (1.0, 2)


def test_one_slow_page_says_nothing() -> None:
    """A page now and then that takes very long, as after a pause of the server, changes nothing."""
    pace = Pace()
    for number in range(400):
        assert pace(1_000, 1.0 if number % 5 == 4 else 0.01) == 0
    assert pace.slowed == 0


def test_it_never_stops() -> None:
    """However slow the cluster is, an eighth of the time is used; what stays slow is usual."""
    pace = Pace()
    for _ in range(20):
        pace(1_000, 0.01)
    for _ in range(30):
        pace(1_000, 1.0)
    assert pace.share == 1 / 8
    for _ in range(2_000):
        pace(1_000, 1.0)
    assert pace.share == 1.0


def test_the_ceiling_holds_for_all_together() -> None:
    """Two readers of one clock read no more than it allows, whoever comes first."""
    now = [100.0]
    shared = Cell()
    lock = threading.Lock()
    one, other = (Pace(Ceiling(1_000, shared, lock, lambda: now[0])) for _ in range(2))
    assert one(500, 0.0) == 0.5
    assert other(500, 0.0) == 1.0
    assert one(1_000, 0.0) == 2.0
    now[0] = 110.0
    assert other(100, 0.0) < 0.11
