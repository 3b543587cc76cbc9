"""Offsets as connectors store them, and which connectors belong to a pipeline."""

import pytest
from deployer_offsets import (
    CONNECTORS,
    WINDOW,
    connector,
    slice_offset,
    spec,
    state,
    topic_offset,
)

from messina.deployer.offsets.members import members
from messina.deployer.offsets.positions import (
    Form,
    SlicePosition,
    TopicPosition,
    WindowPosition,
    out_until,
    position,
)
from messina.deployer.offsets.times import (
    end_uuid,
    micros_text,
    parse_micros,
    parse_when,
    start_uuid,
    uuid_ms,
)
from messina.kafka import Offset
from messina.pipeline import parse_spec


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ("slice", slice_offset(1, "12:00:00", "11:59:30")),
        ("slice", slice_offset(1, "12:00:00", "11:59:30", table_id=None)),
        ("window", WINDOW),
        ("topic", topic_offset(3, 17)),
    ],
)
def test_what_is_read_is_written_the_same(form: Form, stored: Offset) -> None:
    """A position that is read and written again is the same partition and the same offset."""
    found = position(form, stored)
    assert found is not None
    assert (found.partition(), found.offset()) == (stored.partition, stored.offset)


@pytest.mark.parametrize("form", ["slice", "topic"])
def test_another_form_is_none(form: Form) -> None:
    """An offset of another connector, or one that was cleared, is no position."""
    assert position(form, WINDOW) is None
    assert position(form, Offset(partition={}, offset=None)) is None
    assert position(form, Offset(partition={"slice": "x"}, offset={"a": 1})) is None


def test_uuids_are_the_library_s() -> None:
    """The UUIDs of windows are those that scylla-cdc-java makes of the same milliseconds."""
    assert WINDOW.offset is not None
    begin, end = WINDOW.offset["window_start"], WINDOW.offset["window_end"]
    assert start_uuid(uuid_ms(begin)) == begin
    assert end_uuid(uuid_ms(end)) == end
    assert uuid_ms(end) - uuid_ms(begin) == 499


def test_a_rewound_slice_never_goes_forward() -> None:
    """Each of the two times goes back to the time asked for, or stays if it is before."""
    found = position("slice", slice_offset(0, "12:00:00", "11:59:30"))
    assert isinstance(found, SlicePosition)
    assert found.rewound(found.fast_until + 1) == found
    middle = found.rewound(parse_micros("2026-11-23T11:59:45Z"))
    assert middle.text() == "fast 2026-11-23T11:59:45.000000Z, swept 2026-11-23T11:59:30.000000Z"
    back = found.rewound(parse_micros("2026-11-23T11:00:00Z"))
    assert back.fast_until == back.swept_until == parse_micros("2026-11-23T11:00:00Z")
    assert (back.table_id, back.signals_until) == (found.table_id, found.signals_until)


def test_a_rewound_window_forgets_what_was_done_of_it() -> None:
    """Without `change_id_*` the connector reads its window again from the beginning."""
    found = position("window", WINDOW)
    assert isinstance(found, WindowPosition)
    assert found.change is not None
    again = found.rewound(None)
    assert again.offset() == {
        name: value for name, value in (WINDOW.offset or {}).items() if "change" not in name
    }
    earlier = found.rewound(found.window_start * 1000 - 60_000_000)
    assert (earlier.window_start, earlier.window_end) == (
        found.window_start - 60_000,
        found.window_end,
    )


def test_out_until_is_the_slowest() -> None:
    """A table is out up to where its slowest slice is swept; of windows the newest generation's."""
    slices = [
        position("slice", slice_offset(0, "12:00:00", "11:59:30")),
        position("slice", slice_offset(1, "11:00:00", "10:59:30")),
    ]
    assert out_until(p for p in slices if p) == parse_micros("2026-11-23T10:59:30Z")
    window = position("window", WINDOW)
    assert isinstance(window, WindowPosition)
    old = window.model_copy(update={"generation": 1, "window_start": 5})
    assert out_until([old, window]) == window.window_start * 1000
    assert out_until([]) is None
    assert out_until([TopicPosition(topic="t", partition_number=0, next_offset=1)]) is None


def test_times_of_a_person() -> None:
    """A time is ISO 8601, UTC where it names no zone, or how long ago; never ahead."""
    now = parse_micros("2026-11-23T12:00:00Z")
    assert parse_when("15m", now) == parse_when("2026-11-23T11:45:00", now)
    assert parse_when("1.5d", now) == parse_when("36h", now)
    assert parse_when("2026-11-23T13:00:00+02:00", now) == parse_when("1h", now)
    assert micros_text(parse_when("300ms", now)) == "2026-11-23T11:59:59.700000Z"
    for wrong in ("", "yesterday", "15", "15 m", "-3m", "2026-13-01", "1e9d", "9" * 400 + "d"):
        with pytest.raises(ValueError, match="not a time"):
            parse_when(wrong, now)
    for far in ("9" * 400 + "h", "9" * 30 + "d", "9" * 5000 + "s"):
        with pytest.raises(ValueError, match="not a time|too long ago"):
            parse_when(far, now)
    with pytest.raises(ValueError, match="lies ahead"):
        parse_when("2026-11-23T12:00:01Z", now)


def test_a_pipeline_s_connectors_are_found_by_what_they_carry() -> None:
    """Sources by their prefix and class, sinks by their topics; others are left alone."""
    found = members(spec(), CONNECTORS, {"p.t.source": state("p.t.source", task="FAILED")})
    assert [(m.name, m.role, m.tables, m.state) for m in found] == [
        ("p.t.source", "source", ("k.t",), "FAILED"),
        ("p.u.source", "source", ("k.u",), "UNASSIGNED"),
        ("p.t.sink", "sink", ("k.t",), "UNASSIGNED"),
        ("p.t__static.sink", "sink", ("k.t",), "UNASSIGNED"),
    ]
    assert [m.connector for m in found] == ["messina", "scylladb", None, None]
    assert [m.name for m in members(spec(), CONNECTORS, {}, ["u"])] == ["p.u.source"]
    assert [dict(m.targets) for m in found[2:]] == [
        {"p.k.t": "s.t"},
        {"p.k.t__static": "s.t__static"},
    ]


def test_postgres_tables_are_called_as_the_spec_says() -> None:
    """A table that has another name in Postgres has it here; one of a pattern has its own."""
    head = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\n"
    named = parse_spec(f"{head}tables: [{{name: t, to: tt}}, {{pattern: 'v*'}}]\n", "p.yaml")
    more = {**CONNECTORS, "p.v1.sink": connector("p.v1.sink", topics="p.k.v1")}
    found = {m.name: dict(m.targets) for m in members(named, more, {}) if m.role == "sink"}
    assert found["p.t.sink"] == {"p.k.t": "s.tt"}
    assert found["p.v1.sink"] == {"p.k.v1": "s.v1"}


def test_a_connector_of_several_tables_is_found_by_each() -> None:
    """With a bulkhead of more tables than one, each of them finds the connector."""
    shared = connector("p.all.source", connector__class="x", topic__prefix="p")
    shared = shared.model_copy(
        update={
            "config": {
                **shared.config,
                "connector.class": CONNECTORS["p.t.source"].config["connector.class"],
                "tables": "k.t, k.u",
            }
        }
    )
    (found,) = members(spec(), {"p.all.source": shared}, {}, ["u"])
    assert found.tables == ("k.t", "k.u")
