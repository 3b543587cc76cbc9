"""Backups of offsets as files: versions, checksums, and whose they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from deployer_offsets import (
    MINUTE,
    NOON,
    TABLE_ID,
    WINDOW,
    sink,
    slice_offset,
    source,
    topic_offset,
)

from messina.deployer.offsets.alterations import OffsetsRefused
from messina.deployer.offsets.backups import (
    Backup,
    BackupProblem,
    SinkBackup,
    SourceBackup,
    TableBackup,
    checksum,
    dumps,
    load,
    loads,
    write,
)
from messina.deployer.offsets.identity import SourceTable
from messina.deployer.offsets.positions import position
from messina.deployer.offsets.reading import Standing, stands
from messina.deployer.offsets.restoring import Allowed, Here, restore

HERE = {"p.k.t": "T1", "p.signals": "S1"}


def backup(**changes: Any) -> Backup:
    """A backup of k.t, with two slices, taken at noon."""
    stored = source(
        slice_offset(0, "12:00:00", "11:59:30"), slice_offset(1, "12:00:00", "11:59:40")
    )
    table = TableBackup(
        table="k.t",
        table_id=TABLE_ID,
        source=SourceBackup(
            connector="p.t.source", kind="messina", state="RUNNING", positions=stored.positions
        ),
        sinks=(
            SinkBackup(
                connector="p.t.sink",
                state="RUNNING",
                positions=sink(topic_offset(0, 10), topic_offset(1, 20)).positions,
                filled={"s.t": True},
            ),
        ),
        applied=True,
    )
    made = Backup(
        pipeline="p",
        taken_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        kafka_cluster="K1",
        topics=HERE,
        source_cluster="scylla",
        tables=(table.model_copy(update=changes.pop("table", {})),),
    )
    return made.model_copy(update=changes)


def here(*standings: Standing, **changes: Any) -> Here:
    """The place that the backup is from, a while later."""
    made = Here(
        pipeline="p",
        signals_topic="p.signals",
        kafka_cluster="K1",
        topics=HERE,
        tables={"k.t": SourceTable(table_id=TABLE_ID, kept_from=NOON - 60 * MINUTE)},
        filled={"s.t": True},
        standings=standings
        or (
            source(
                slice_offset(0, "12:30:00", "12:29:30"), slice_offset(1, "12:30:00", "12:29:30")
            ),
            sink(topic_offset(0, 30), topic_offset(1, 20)),
        ),
    )
    return made.model_copy(update=changes)


def test_a_backup_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What a file says is what was written, with positions of every form and readable times."""
    windows = position("window", WINDOW)
    stored = backup().tables[0].source
    assert windows is not None
    assert stored is not None
    other = stored.model_copy(update={"kind": "scylladb", "positions": (windows,)})
    made = backup(table={"source": other})
    write(made, tmp_path / "b.json")
    assert load(tmp_path / "b.json") == made
    assert list(tmp_path.iterdir()) == [tmp_path / "b.json"], "no part is left"
    assert '"swept_until": "2026-11-23T11:59:30.000000Z"' in dumps(backup())


def test_a_file_is_not_replaced_unless_told(tmp_path: Path) -> None:
    """A file that is there stays, and the next step is named; --force replaces it."""
    file = tmp_path / "b.json"
    file.write_text("mine")
    with pytest.raises(BackupProblem, match="is there already, and was left; next: another --out"):
        write(backup(), file)
    assert file.read_text() == "mine"
    write(backup(), file, force=True)
    assert load(file) == backup()


def test_a_changed_file_is_refused() -> None:
    """One changed character, or a missing checksum, is refused: nobody knows what it was."""
    text = dumps(backup())
    for changed in (
        text.replace("11:59:30", "11:59:31"),
        text.replace("sha256:", "sha256:0"),
        json.dumps({k: v for k, v in json.loads(text).items() if k != "checksum"}),
    ):
        with pytest.raises(BackupProblem, match="its checksum does not fit"):
            loads(changed, "b.json")


def test_layout_does_not_count() -> None:
    """The checksum is of what a file says, not of spaces or the order of names."""
    document = json.loads(dumps(backup()))
    assert loads(json.dumps(document, sort_keys=True, indent=7), "b.json") == backup()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("[]", "is no backup"),
        ("[" * 100_000, "it is too deep"),
        ('{"pipeline": "p"}', "is no backup"),
        ('{"version": 2}', "has version 2, and this Messina reads 1"),
    ],
)
def test_what_is_no_backup_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """Other files, other versions and unknown fields are refused in one line, without a trace."""
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(BackupProblem, match=said):
        load(file)
    odd: dict[str, Any] = {"version": 1, "colour": "blue"}
    file.write_text(json.dumps({**odd, "checksum": checksum(odd)}))
    with pytest.raises(BackupProblem, match="is no backup of offsets"):
        load(file)
    with pytest.raises(BackupProblem, match="can't be read"):
        load(tmp_path / "missing")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BackupProblem, match="can't be read"):
        load(file)


def test_both_sides_are_put_back_where_all_is_the_same() -> None:
    """On the same Kafka with the same topics sources and sinks go back; what is equal is left."""
    plan = restore(backup(), here())
    assert [
        (a.member.name, e.place, e.after and e.after.text())
        for a in plan.alterations
        for e in a.entries
    ] == [
        (
            "p.t.source",
            "slice 0",
            "fast 2026-11-23T12:00:00.000000Z, swept 2026-11-23T11:59:30.000000Z",
        ),
        (
            "p.t.source",
            "slice 1",
            "fast 2026-11-23T12:00:00.000000Z, swept 2026-11-23T11:59:40.000000Z",
        ),
        ("p.t.sink", "p.k.t partition 0", "offset 10"),
    ]
    stored = backup().tables[0]
    assert stored.source is not None
    same = here(
        source(slice_offset(0, "12:00:00", "11:59:30"), slice_offset(1, "12:00:00", "11:59:40")),
        sink(topic_offset(0, 10), topic_offset(1, 20)),
    )
    assert restore(backup(), same).alterations == (), "again is harmless"


def test_another_kafka_takes_the_sources_only() -> None:
    """Offsets of sinks mean nothing on another Kafka: refused, with the option that goes on."""
    other = here(kafka_cluster="K2", topics={"p.k.t": "T2", "p.signals": "S2"})
    with pytest.raises(OffsetsRefused, match="is of Kafka cluster K1, this is K2") as refused:
        restore(backup(), other)
    assert "next: --sources-only" in str(refused.value)
    plan = restore(backup(), other, allowed=Allowed(sources_only=True))
    assert [a.member.name for a in plan.alterations] == ["p.t.source"]
    (note,) = plan.notes
    assert "two sinks would write the same tables" in note


def test_signals_count_from_their_own_topic() -> None:
    """On another Kafka the next signal to serve stays what it is there."""
    fresh = slice_offset(0, "12:30:00", "12:29:30")
    assert fresh.offset is not None
    there = fresh.model_copy(update={"offset": {**fresh.offset, "signals_until": 0}})
    other = here(
        source(there, slice_offset(1, "12:30:00", "12:29:30")), kafka_cluster="K2", topics={}
    )
    plan = restore(backup(), other, allowed=Allowed(sources_only=True))
    (alteration,) = plan.alterations
    until = [
        e.after.signals_until for e in alteration.entries if e.after and e.after.form == "slice"
    ]
    assert until == [0, 3]


def test_signals_count_table_by_table() -> None:
    """A connector of several tables: what it has served of another one is not taken for this."""
    stored, standing = source(slice_offset(0, "12:00:00", "11:59:30")), source()
    both = standing.member.model_copy(update={"tables": ("k.t", "k.u"), "slices": 1})
    served = {"t": 10, "u": 500}
    offsets = [
        one.model_copy(update={"offset": {**(one.offset or {}), "signals_until": served[table]}})
        for table in served
        for one in [slice_offset(0, "12:30:00", "12:29:30", table=table)]
    ]
    place = here(stands(both, offsets), kafka_cluster="K2", topics={})
    given = SourceBackup(
        connector="p.t.source", kind="messina", state="RUNNING", positions=stored.positions
    )
    plan = restore(backup(table={"source": given}), place, allowed=Allowed(sources_only=True))
    (entry,) = plan.alterations[0].entries
    assert entry.after is not None and entry.after.form == "slice"
    assert (entry.after.table, entry.after.signals_until) == ("k.t", 10)


def test_topics_made_anew_take_no_sink_offsets() -> None:
    """A topic that was deleted and made again has another id: its old offsets are refused."""
    with pytest.raises(OffsetsRefused, match=r"topic p\.k\.t was deleted and made anew"):
        restore(backup(), here(topics={"p.k.t": "T2", "p.signals": "S1"}))


def test_another_table_is_refused() -> None:
    """A table with another id is another table: its times are told for a rewind."""
    anew = {"k.t": SourceTable(table_id="00000000-0000-0000-0000-000000000000", kept_from=None)}
    with pytest.raises(OffsetsRefused, match="is another table than the backup's") as refused:
        restore(backup(), here(tables=anew))
    assert "offsets rewind FILE --to 2026-11-23T11:59:30.000000Z" in str(refused.value)


def test_every_reason_is_told_at_once() -> None:
    """Pipeline, log, direction and an emptied sink: all that is wrong is told together."""
    early = here(
        source(slice_offset(0, "11:00:00", "11:00:00"), slice_offset(1, "12:30:00", "12:30:00")),
        sink(topic_offset(0, 5)),
        pipeline="q",
        tables={"k.t": SourceTable(table_id=TABLE_ID, kept_from=NOON)},
        filled={},
    )
    with pytest.raises(OffsetsRefused) as refused:
        restore(backup(), early)
    for said in (
        "of pipeline p, the spec is of q",
        "the log of k.t is kept from 2026-11-23T12:00:00",
        "the source of k.t stands before the backup",
        "the sink p.t.sink stands before the backup",
        "Postgres has no rows in s.t",
    ):
        assert said in str(refused.value)
    allowed = Allowed(forward=True, beyond_log=True, empty_sink=True)
    assert (
        restore(backup(), early.model_copy(update={"pipeline": "p"}), allowed=allowed).entries == 4
    )


def test_a_sink_that_forgot_is_put_back() -> None:
    """A sink without offsets is no sink that is behind: it goes on from the backup."""
    plan = restore(backup(), here(here().standings[0], sink()))
    assert [e.before for e in plan.alterations[1].entries] == [None, None]


def test_a_lagging_backup_needs_its_topics() -> None:
    """A backup whose sinks lagged is refused where the topics are others: rows would be missing."""
    lagged = backup(table={"applied": False})
    assert restore(lagged, here()).entries == 3
    with pytest.raises(OffsetsRefused, match=r"sinks of k\.t lagged when the backup was taken"):
        restore(lagged, here(kafka_cluster="K2"), allowed=Allowed(sources_only=True))


def test_another_number_of_slices_begins_at_the_earliest() -> None:
    """With other slices each begins where the last of the backup's was: nothing is left out."""
    three = source()
    three = three.model_copy(update={"member": three.member.model_copy(update={"slices": 3})})
    plan = restore(backup(), here(three, kafka_cluster="K2"), allowed=Allowed(sources_only=True))
    (alteration,) = plan.alterations
    after = [e.after for e in alteration.entries if e.after and e.after.form == "slice"]
    assert [p.slice for p in after] == [0, 1, 2]
    assert {p.text() for p in after} == {
        "fast 2026-11-23T12:00:00.000000Z, swept 2026-11-23T11:59:30.000000Z"
    }


def test_tables_are_chosen() -> None:
    """Only tables that are named are put back; one that the backup lacks is refused."""
    with pytest.raises(OffsetsRefused, match=r"the backup has no table k\.u"):
        restore(backup(), here(), ["k.u"])
    assert restore(backup(), here(), ["k.t"]).entries == 3


def test_no_connector_here_is_told() -> None:
    """Where nothing was applied yet, apply is the next step."""
    with pytest.raises(OffsetsRefused, match=r"no source connector carries k\.t here"):
        restore(backup(), here(sink(topic_offset(0, 10))))
