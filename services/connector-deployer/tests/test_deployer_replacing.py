"""Where a connector begins that takes another one's place."""

from types import SimpleNamespace
from typing import cast

import pytest
from deployer_endpoints import ENDPOINTS
from deployer_offsets import MESSINA, MINUTE, NOON, SCYLLADB, TABLE_ID, WINDOW, member, slice_offset

from messina.deployer import replacing
from messina.deployer.diff import diff
from messina.deployer.offsets.identity import SourceTable
from messina.deployer.offsets.positions import WindowPosition, position
from messina.deployer.offsets.reading import stands
from messina.deployer.offsets.times import micros_text, parse_micros
from messina.deployer.replacing import Swap, SwapRefused, advice, finish, swap
from messina.deployer.resources import ConnectorResource, Desired
from messina.deployer.site import Site
from messina.deployer.world import World
from messina.kafka import Offset

SLICES = (slice_offset(0, "12:00:00", "11:59:30"), slice_offset(1, "12:00:00", "11:58:00"))
KEPT = {"k.t": SourceTable(table_id=TABLE_ID, kept_from=NOON - 600 * MINUTE)}


def official(lookback_ms: int) -> ConnectorResource:
    """ScyllaDB's connector of k.t."""
    return ConnectorResource(
        name="p.t.source",
        role="source",
        tasks=1,
        config={
            "connector.class": SCYLLADB,
            "topic.prefix": "p",
            "scylla.table.names": "k.t",
            "scylla.initial.lookback.ms": str(lookback_ms),
        },
    )


def messina() -> ConnectorResource:
    """Messina's connector of k.t."""
    return ConnectorResource(
        name="p.t.source",
        role="source",
        tasks=1,
        config={
            "connector.class": MESSINA,
            "topic.prefix": "p",
            "tables": "k.t",
            "slices": "2",
            "safe.confidence.ms": "30000",
        },
    )


def to(new: ConnectorResource, *offsets: Offset, old: str = "p.t.source", spare: int = 0) -> Swap:
    """Swap what stands at these for a new one, at noon."""
    standing = stands(member(old), offsets)
    return swap(standing, offsets, new, KEPT, NOON, spare, "p.yaml")


def test_the_official_one_reaches_back_behind_the_second_look() -> None:
    """It needs no offsets where its lookback begins before the slowest slice's second look."""
    plan = to(official(3 * 60_000), *SLICES)
    assert micros_text(plan.since) == "2026-11-23T11:58:00.000000Z"
    assert plan.offsets() == []


def test_a_lookback_that_is_too_short_is_refused() -> None:
    """Where it would begin later than everything is out, it is refused, with one that does."""
    with pytest.raises(SwapRefused, match="source.lookback of 3m or more in p.yaml"):
        to(official(60_000), *SLICES)
    with pytest.raises(SwapRefused, match="what lies between would be lost"):
        to(official(3 * 60_000), *SLICES, spare=2 * MINUTE)


def test_what_an_earlier_one_left_is_cleared() -> None:
    """Offsets of an earlier connector of the new one's class do not decide where it begins."""
    plan = to(official(3 * 60_000), *SLICES, WINDOW)
    (sent,) = plan.offsets()
    assert (sent.partition, sent.offset) == (WINDOW.partition, None)


def test_messina_s_begins_before_the_windows_of_the_official_one() -> None:
    """Every slice begins at the slowest window, less what a second look would have reached back."""
    other = WINDOW.model_copy(update={"partition": {**WINDOW.partition, "table_name": "u"}})
    window = position("window", other)
    assert isinstance(window, WindowPosition)
    stale = slice_offset(5, "09:00:00", "09:00:00")
    new = messina().model_copy(update={"config": {**messina().config, "tables": "k.u"}})
    plan = to(new, other, stale, old="p.u.source")
    assert plan.since == window.window_start * 1000 - 30_000_000
    sent = [(o.partition["slice"], o.offset) for o in plan.offsets()]
    start = micros_text(plan.since)
    begin = {"fast_until": start, "swept_until": start, "signals_until": 0}
    assert sent == [(0, begin), (1, begin), (5, None)]


def test_one_that_never_ran_begins_with_the_log() -> None:
    """Where nobody knows what is out, the new one begins where the table's log does."""
    plan = to(messina())
    assert plan.since == NOON - 600 * MINUTE - 30_000_000


def test_an_unknown_class_is_refused() -> None:
    """A class whose offsets nobody knows is not swapped."""
    new = messina().model_copy(update={"config": {**messina().config, "connector.class": "x.Y"}})
    with pytest.raises(SwapRefused, match=r"can't be swapped for x\.Y"):
        to(new, *SLICES)


def test_a_reconcile_is_advised() -> None:
    """After a swap the next step is a reconcile, with the reason and the time."""
    plan = Swap(since=parse_micros("2026-11-23T11:00:00Z"))
    assert "messina reconcile run p.yaml: the two connectors do not carry" in advice(
        member("p.t.source"), plan, "p.yaml"
    )
    assert "may have lost rows" in advice(member("p.u.source"), plan, "p.yaml")


@pytest.mark.parametrize(
    ("old", "new", "order"),
    [
        (MESSINA, SCYLLADB, ["p.t.source", "p.t.sink"]),
        (SCYLLADB, MESSINA, ["p.t.sink", "p.t.source"]),
    ],
)
def test_sinks_change_when_they_can_take_what_comes(old: str, new: str, order: list[str]) -> None:
    """Envelopes are applied before a sink takes rows; it can take envelopes before they come."""

    def both(connector_class: str) -> tuple[ConnectorResource, ...]:
        sink = {"connector.class": "S", "transforms": connector_class}
        return (
            ConnectorResource(name="p.t.sink", role="sink", tasks=1, config=sink),
            ConnectorResource(
                name="p.t.source",
                role="source",
                tasks=1,
                config={"connector.class": connector_class},
            ),
        )

    wanted = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=both(new))
    world = World(connectors={one.name: one for one in both(old)})
    steps = diff(wanted, world, ENDPOINTS).steps
    assert [step.resource.name for step in steps] == order
    assert {step.action for step in steps} == {"change", "replace"}


@pytest.mark.parametrize(
    ("new", "stored", "finished"),
    [
        (messina(), [WINDOW], True),
        (messina(), list(SLICES), False),
        (messina(), [WINDOW, *SLICES], False),
        (messina(), [], False),
        (official(86_400_000), [], False),
    ],
    ids=["broken off", "its own", "done", "never began", "never began either"],
)
def test_a_swap_that_broke_off_is_finished(
    monkeypatch: pytest.MonkeyPatch, new: ConnectorResource, stored: list[Offset], finished: bool
) -> None:
    """A connector that was left STOPPED with the other class' offsets only gets its own before it
    is resumed: else it would begin at "now"."""
    sent: list[Offset] = []
    connect = SimpleNamespace(
        offsets=lambda name: tuple(stored), alter_offsets=lambda name, given: sent.extend(given)
    )
    monkeypatch.setattr(replacing, "source_tables", lambda *given: KEPT)
    site = cast(Site, SimpleNamespace(connect=connect))
    assert finish(site, new) == finished
    assert {one.partition["slice"] for one in sent} == ({0, 1} if finished else set())
    assert all(one.offset and one.offset["fast_until"] < "2026-11-23T12" for one in sent)


def test_a_broken_swap_that_would_begin_too_late_stays_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ScyllaDB's connector looks back from its start: one that comes too late is refused."""
    connect = SimpleNamespace(offsets=lambda name: SLICES)
    monkeypatch.setattr(replacing, "source_tables", lambda *given: KEPT)
    with pytest.raises(SwapRefused, match="what lies between would be lost"):
        finish(cast(Site, SimpleNamespace(connect=connect)), official(1_000))
