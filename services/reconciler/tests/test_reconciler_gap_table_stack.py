"""The table of open gaps: what is stored, who takes it, and what becomes of it."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from messina.kafka import Gap
from messina.reconciler.gaps.values import OpenGap, open_gap, unknown_gap
from messina.reconciler.store.database import Database
from messina.reconciler.store.gapcounts import KindSums
from messina.reconciler.store.gaps import DueGaps, GapTable
from messina.testing import until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

SECOND = 1_000_000
NOW = 1_000_000 * SECOND


@pytest.fixture()
def schema() -> str:
    return f"messina_{secrets.token_hex(4)}"


@pytest.fixture()
def database(postgres_dsn: str, schema: str) -> Iterator[Database]:
    opened = Database.open(postgres_dsn, schema)
    yield opened
    opened.connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
    opened.close()


@pytest.fixture()
def other(postgres_dsn: str, schema: str, database: Database) -> Iterator[Database]:
    """Another process's connection."""
    opened = Database.open(postgres_dsn, schema)
    yield opened
    opened.close()


@pytest.fixture()
def table(database: Database) -> GapTable:
    return GapTable(database, "p")


def gap(number: int, due_us: int = NOW, kind: str = "ttl") -> OpenGap:
    bound = {"key": f'{{"c":{number}}}', "inclusive": True}
    document = {
        "id": "x",
        "keyspace": "ks",
        "table": "t",
        "slice": 0,
        "kind": kind,
        "partition_key": '{"id":7}',
        "from": bound,
        "to": bound,
        "write_ts_us": 0,
        "due_ts_us": due_us,
        "offset": 0,
    }
    return open_gap(Gap.model_validate(document))


def due(table: GapTable, now: int = NOW) -> DueGaps:
    (found,) = table.due(now)
    return found


def test_what_falls_due_within_five_seconds_is_one_gap(table: GapTable) -> None:
    """Of one key the latest due time counts, however often and in whatever order it is told."""
    gaps = [
        gap(1, NOW + 2 * SECOND),
        gap(1, NOW + 4 * SECOND),
        gap(1, NOW),
        gap(1, NOW + 6 * SECOND),
    ]
    assert table.note(gaps) == 2
    assert table.note(gaps) == 0
    assert [each.due_us for each in table.open(10)] == [NOW + 4 * SECOND, NOW + 6 * SECOND]
    assert table.due(NOW + 3 * SECOND) == []
    assert due(table, NOW + 5 * SECOND) == DueGaps("t", False, "keys", 1, NOW + 4 * SECOND, 0)


def test_two_never_take_the_same(table: GapTable, other: Database) -> None:
    """Each gap is one process's; what a process that is gone had taken is free again."""
    beside = GapTable(other, "p")
    table.note(gap(number, NOW + number) for number in range(10))
    first = table.take(due(table, NOW + 20), NOW + 20, NOW + 20, 6)
    second = beside.take(due(beside, NOW + 20), NOW + 20, NOW + 20, 6)
    assert [each.due_us - NOW for each in sorted(first, key=lambda g: g.due_us)] == list(range(6))
    assert {each.ident for each in first}.isdisjoint(each.ident for each in second)
    assert (len(second), table.due(NOW + 20), table.free()) == (4, [], 0)
    other.close()
    freed = 0

    def free() -> bool:
        """The server ends a session a moment after it was closed."""
        nonlocal freed
        freed += table.free()
        return freed == 4

    until(free, within=10, what="what the other had taken is free")
    assert due(table, NOW + 20).count == 4


def test_a_gap_that_falls_due_again_while_it_is_healed_stays(table: GapTable) -> None:
    """Healed is only what was due when it was taken."""
    table.note([gap(1), gap(2)])
    taken = table.take(due(table), NOW, NOW, 10)
    table.note([gap(1, NOW + SECOND)])
    table.close(taken)
    (left,) = table.open(10)
    assert left.due_us == NOW + SECOND
    assert due(table, NOW + SECOND).count == 1


def test_what_failed_waits_with_its_reason(table: GapTable) -> None:
    """Tries are counted, the reason is kept, and the time of the next try; the others go on."""
    table.note([gap(1), gap(2)])
    one, two = table.take(due(table), NOW, NOW, 10)
    table.put_off([(one, NOW + 60 * SECOND, "it\x00 did not work")])
    table.give_back([two])
    assert due(table).count == 1
    (failed,) = (each for each in table.open(10) if each.ident == one.ident)
    assert (failed.attempts, failed.error) == (1, "it did not work")
    sums = table.sums(NOW)
    assert (sums.open, sums.due, sums.failing, sums.for_people) == (2, 2, 1, 0)
    assert due(table, NOW + 60 * SECOND).count == 2


def test_a_lost_stretch_goes_on_behind_what_is_healed(table: GapTable) -> None:
    """Until it falls due again: then all of it is to be read."""
    lost = replace(gap(1), kind="log_lost", work="tokens", from_token=-100, to_token=100)
    table.note([lost])
    (taken,) = table.take(due(table), NOW, NOW, 10)
    table.advance(taken, 10)
    table.advance(taken, 5)
    table.give_back([taken])
    (left,) = table.open(10)
    assert (left.from_token, left.to_token) == (11, 100)
    table.note([replace(lost, due_us=NOW + SECOND)])
    table.advance(taken, 50)
    (left,) = table.open(10)
    assert left.from_token == -100


def test_what_needs_a_person_is_not_tried(table: GapTable) -> None:
    """It is listed, and closed by name only; of another pipeline nothing is seen."""
    table.note([unknown_gap("p.gaps", 0, 5, "no\x00 schema", NOW), gap(1, NOW, "table_recreated")])
    assert table.due(NOW + 10**12) == []
    assert table.sums(NOW).for_people == 2
    found = table.open(10)
    strange = replace(found[0], slot=found[0].slot + 1)
    assert table.drop([found[0].ident, strange.ident]) == [found[0].ident]
    assert len(table.open(10)) == 1


def test_what_is_due_is_found_behind_very_many(table: GapTable, database: Database) -> None:
    """Of a table with a backlog no more is counted than is needed; the others are found at once."""
    database.run(
        "making a backlog",
        "INSERT INTO {s}.gaps (pipeline, subject, slot, table_name, static, kind, work,"
        " partition_key, written_us, due_us, next_us)"
        " SELECT 'p', gen_random_uuid(), n, 'many', n %% 2 = 0, 'ttl', 'keys', '{{}}', 0, n, n"
        " FROM generate_series(1, %s) AS n",
        60_000,
    )
    database.connection.execute("ANALYZE")
    table.note([gap(1, NOW - SECOND), gap(2, NOW - SECOND, "range_delete"), gap(3, NOW + SECOND)])
    assert table.due(NOW) == [
        DueGaps("many", False, "keys", 2_000, 3_999),
        DueGaps("many", True, "keys", 2_000, 4_000),
        DueGaps("t", False, "keys", 1, NOW - SECOND, 0),
        DueGaps("t", False, "range", 1, NOW - SECOND, 0),
    ]
    first = table.take(table.due(NOW)[0], NOW, NOW, 2_000)
    assert sorted(each.due_us for each in first) == list(range(1, 4_001, 2))
    assert table.due(NOW)[0].latest_us == 7_999


def test_what_is_due_is_taken_by_a_plan_for_the_table_as_it_is(
    table: GapTable, database: Database
) -> None:
    """No plan is kept that was made for the table when it had few gaps: it took 20 s a batch."""
    table.note([gap(1)])
    (due,) = table.due(NOW)
    for _ in range(15):
        table.give_back(table.take(due, NOW, NOW, 2_000))
    kept = database.rows("looking", "SELECT sum(generic_plans) FROM pg_prepared_statements")
    assert kept == [(0,)]
    table.note(gap(number) for number in range(2, 3_000))
    taken = table.take(due, NOW, NOW, 2_000)
    assert len(taken) == len({each.ident for each in taken}) == 2_000
    assert len(table.take(due, NOW, NOW, 2_000)) == 999


def test_each_slice_of_a_table_is_due_and_taken_by_itself(table: GapTable) -> None:
    """What one slice has due is not in what another's batch takes."""
    table.note(replace(gap(number), slice=number % 3) for number in range(30))
    found = table.due(NOW)
    assert [(each.slice, each.count) for each in found] == [(0, 10), (1, 10), (2, 10)]
    assert {each.slice for each in table.take(found[1], NOW, NOW, 100)} == {1}
    assert [each.slice for each in table.due(NOW)] == [0, 2]


def test_what_is_open_is_counted_by_kind(table: GapTable, database: Database) -> None:
    """With it, since when the oldest has been due; and how long ago a table was compared."""
    table.note([gap(1, NOW - SECOND), gap(2, NOW + SECOND), gap(3, NOW, "range_delete")])
    assert table.counts.kinds(NOW) == [
        KindSums("range_delete", 1, 1, NOW, 0, 0),
        KindSums("ttl", 2, 1, NOW - SECOND, 0, 0),
    ]
    assert table.counts.compared() == {}
    database.run(
        "a run that ended a minute ago",
        "INSERT INTO {s}.runs (id, pipeline, kind, state, options, correlation_id, finished_at,"
        " counts) VALUES (gen_random_uuid(), 'p', 'compare', 'equal', '{{}}', 'c',"
        " clock_timestamp() - interval '1 minute', '[{{\"table\": \"t\"}}]')",
    )
    assert 60 <= table.counts.compared()["t"] < 70
    database.run(
        "runs of a sample and of a part of the ring, of now; one of all of it, half a minute ago",
        "INSERT INTO {s}.runs (id, pipeline, kind, state, options, correlation_id, finished_at,"
        " counts) SELECT gen_random_uuid(), 'p', 'compare', 'equal', told.options::json, 'c',"
        ' clock_timestamp() - told.ago, \'[{{"table": "t"}}]\' FROM (VALUES'
        " ('{{\"sample\": 0.01, \"token_ranges\": []}}', interval '0'),"
        " ('{{\"sample\": 1.0, \"token_ranges\": [[1, 2]]}}', interval '0'),"
        " ('{{\"sample\": 1.0, \"token_ranges\": []}}', interval '30 s')) AS told (options, ago)",
    )
    assert 30 <= table.counts.compared()["t"] < 40


def test_of_a_large_table_what_presses_is_counted_and_the_rest_reckoned(
    table: GapTable, database: Database
) -> None:
    """Due, taken, tried in vain, for a person: exactly, by indexes; open: within some percent."""
    database.run(
        "making many that wait",
        "INSERT INTO {s}.gaps (pipeline, subject, slot, table_name, static, kind, work,"
        " partition_key, written_us, due_us, next_us, slice)"
        " SELECT 'p', gen_random_uuid(), n, 't', false, 'ttl', 'keys', '{{}}', 0, %s, %s, n %% 7"
        " FROM generate_series(1, %s) AS n",
        *(NOW + 10**12, NOW + 10**12, 60_000),
    )
    table.note(
        [gap(1), gap(2, NOW - SECOND), gap(3, NOW - 2 * SECOND), gap(4, kind="range_delete")]
    )
    table.note([unknown_gap("p.gaps", 0, 5, "no schema", NOW - 9 * SECOND)])
    taken = table.take(due(table, NOW - SECOND), NOW - SECOND, NOW - SECOND, 10)
    late = [each for each in taken if each.due_us == NOW - 2 * SECOND]
    table.put_off((each, NOW + 60 * SECOND, "in vain") for each in late)
    database.connection.execute("ANALYZE")
    ranges, ttl, unknown = table.counts.kinds(NOW, few_bytes=1)
    assert ranges == KindSums("range_delete", 1, 1, NOW, 0, 0)
    assert unknown == KindSums("undecodable", 1, 1, NOW - 9 * SECOND, 0, 1)
    assert (ttl.due, ttl.oldest_due_us, ttl.failing) == (3, NOW - 2 * SECOND, 1)
    assert 50_000 < ttl.open < 70_000
    exact = table.sums(NOW)
    assert (exact.open, exact.due, exact.for_people) == (60_005, 4, 1)
    about = table.about(NOW)
    assert (about.due, about.failing, about.for_people) == (4, 1, 1)
    assert about.oldest_due_us == exact.oldest_due_us == NOW - 2 * SECOND
