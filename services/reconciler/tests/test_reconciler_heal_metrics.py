"""What `heal --listen` tells those who watch it."""

from typing import cast
from uuid import uuid4

from messina.reconciler.gaps.metrics import Watched
from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.store.gapcounts import GapCounts, KindSums


class Counted:
    """A table with three gaps, one of them due, of a pipeline that was compared a minute ago."""

    def kinds(self, now_us: int) -> list[KindSums]:
        return [KindSums("ttl", 3, 1, now_us - 4_000_000, 0, 0)]

    def compared(self) -> dict[str, float]:
        return {"flights": 60.0}


def gap(due_us: int) -> OpenGap:
    none = (None,) * 8
    return OpenGap(uuid4(), 0, "t", False, "ttl", "keys", "{}", *none, 0, due_us)


def test_gaps_are_counted_by_kind_and_how_long_they_were_due() -> None:
    """Open, due and healed gaps, tries in vain, and the age of a table's last comparison."""
    watched = Watched("p")
    watched.healed([gap(0), gap(7_000_000)], 9_000_000)
    watched.failed([gap(0)], 9_000_000)
    watched.look(cast(GapCounts, Counted()))
    of = {"pipeline": "p", "kind": "ttl"}
    value = watched.registry.get_sample_value
    assert (value("messina_gaps_open", of), value("messina_gaps_due", of)) == (3, 1)
    assert 4 <= (value("messina_gaps_oldest_due_seconds", of) or 0) < 5
    assert (value("messina_gaps_healed_total", of), value("messina_gaps_failed_total", of)) == (
        2,
        1,
    )
    assert value("messina_gap_seconds_bucket", {**of, "le": "2.0"}) == 1
    assert value("messina_gap_seconds_bucket", {**of, "le": "10.0"}) == 2
    table = {"pipeline": "p", "table": "flights"}
    assert value("messina_compare_age_seconds", table) == 60


def test_who_has_nothing_open_is_not_ready() -> None:
    """Ready is who heals; why not is said otherwise."""
    watched = Watched("p")
    assert not watched.ready().well
    watched.stands(None)
    assert watched.ready().well
    watched.stands("no broker")
    assert watched.ready().facts == {"reason": "no broker"}
