"""Going back to a time, to a window's beginning, or to nothing: what that alters."""

import pytest
from deployer_offsets import (
    MINUTE,
    NOON,
    WINDOW,
    member,
    sink,
    slice_offset,
    source,
    topic_offset,
)

from messina.deployer.offsets.alterations import Alterations, OffsetsRefused
from messina.deployer.offsets.reading import stands
from messina.deployer.offsets.rewinding import Kept, chosen, reset, rewind, rewind_window
from messina.kafka import Offset

SOURCE = source(slice_offset(0, "12:00:00", "11:59:30"), slice_offset(1, "11:50:00", "11:49:30"))
SINK = sink(topic_offset(0, 10), topic_offset(1, 20))


def official() -> Offset:
    """The recorded window, of table u."""
    return WINDOW.model_copy(update={"partition": {**WINDOW.partition, "table_name": "u"}})


def after(plan: Alterations) -> list[tuple[str, str]]:
    """What is set, place by place."""
    return [
        (e.place, "nothing" if e.after is None else e.after.text())
        for a in plan.alterations
        for e in a.entries
    ]


def test_only_what_is_later_goes_back() -> None:
    """Slices that are behind the time already are left alone: never forward."""
    plan = rewind("p", [SOURCE], [], NOON - 5 * MINUTE, Kept())
    assert after(plan) == [
        ("slice 0", "fast 2026-11-23T11:55:00.000000Z, swept 2026-11-23T11:55:00.000000Z")
    ]
    assert plan.notes == ()


def test_a_time_before_the_log_is_refused() -> None:
    """What the log has lost is told with both times; --beyond-log goes back and notes it."""
    kept = Kept(logs={"k.t": NOON - 30 * MINUTE})
    with pytest.raises(OffsetsRefused, match=r"log of k\.t is kept from 2026-11-23T11:30") as error:
        rewind("p", [SOURCE], [], NOON - 60 * MINUTE, kept)
    assert "--beyond-log" in str(error.value)
    plan = rewind("p", [SOURCE], [], NOON - 60 * MINUTE, kept, beyond_log=True)
    assert plan.entries == 2
    assert "between 2026-11-23T11:00:00.000000Z and then can't be read again" in plan.notes[0]


def test_a_source_without_offsets_is_refused() -> None:
    """A source that never ran has nothing to go back from; --beyond-log is no cure for that."""
    for beyond_log in (False, True):
        with pytest.raises(OffsetsRefused, match=r"p\.t\.source has no offsets yet") as error:
            rewind("p", [source()], [], NOON, Kept(), beyond_log=beyond_log)
        assert str(error.value).endswith(
            "next: let it run first, or name other tables with --table"
        )


def test_sinks_go_back_to_the_first_record_of_the_time() -> None:
    """A sink's partition goes to the first record from then on, never forward; none stays."""
    kept = Kept(
        offsets_at={("p.k.t", 0): 4, ("p.k.t", 1): 25},
        beginnings={("p.k.t", 0): 4, ("p.k.t", 1): 0},
    )
    plan = rewind("p", [SINK], [], NOON, kept)
    assert after(plan) == [("p.k.t partition 0", "offset 4")]
    assert plan.notes == ("topic p.k.t begins there: records from before its oldest one are gone",)
    assert rewind("p", [SINK], [], NOON, Kept()).alterations == ()


def test_a_window_is_read_again() -> None:
    """--window drops what the official connector took for done of its window, and no more."""
    standing = stands(member("p.u.source"), [official()])
    plan = rewind_window("p", [standing], [])
    (entry,) = plan.alterations[0].entries
    assert entry.after is not None
    assert entry.offset().offset == {
        "window_start": "91ab8f40-e722-11f1-8080-808080808080",
        "window_end": "91f7da7f-e722-11f1-7f7f-7f7f7f7f7f7f",
    }
    clean = stands(member("p.u.source"), [entry.offset()])
    assert rewind_window("p", [clean], []).alterations == (), "again is harmless"


def test_messina_needs_no_window() -> None:
    """Messina's connector commits offsets with events: --window is refused, with what to do."""
    with pytest.raises(OffsetsRefused, match="nothing needs to be done after a stop"):
        rewind_window("p", [SOURCE], [])


def test_reset_forgets_or_goes_to_now_and_says_what_that_means() -> None:
    """To nothing or to now; each side's meaning is told; a table's identity is forgotten."""
    plan = reset("p", [SOURCE, SINK], [], None, {})
    assert {text for _, text in after(plan)} == {"nothing"}
    assert [e.offset().offset for e in plan.alterations[1].entries] == [None, None]
    assert "never read" in plan.notes[0]
    assert "oldest record" in plan.notes[1]
    plan = reset("p", [SOURCE, SINK], [], NOON, {("p.k.t", 0): 30, ("p.k.t", 1): 20})
    assert after(plan)[0][1].startswith("fast 2026-11-23T12:00:00")
    assert after(plan)[2:] == [("p.k.t partition 0", "offset 30")]
    first = plan.alterations[0].entries[0].offset().offset
    assert first is not None
    assert "table_id" not in first


def test_sides_and_tables_are_chosen() -> None:
    """Only the side, and only the tables, that are named."""
    assert [s.member.role for s in chosen([SOURCE, SINK], "sinks")] == ["sink"]
    assert len(chosen([SOURCE, SINK], "both")) == 2
