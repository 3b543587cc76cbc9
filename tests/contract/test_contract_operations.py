"""Operation by operation: what must be in Kafka, in Postgres, and among the gaps."""

import re
import uuid
from collections.abc import Iterator

import pytest
from cases import CASES, TABLES
from cassandra.cluster import Session
from tables import EMPTY
from world import Played, World, differences

from messina.scylla import connect, slice_of, table_schema, token
from messina.testing import Options, Stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


@pytest.fixture(scope="module")
def world(
    options: Options,
    stack: Stack,
    module_keyspace: str,
    shared_session: Session,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """The pipeline with all tables, on which every case was played."""
    folder = tmp_path_factory.mktemp("contract")
    made = World(stack, shared_session, options, module_keyspace, folder, TABLES, postgres_dsn)
    made.build()
    yield made
    made.close()


@pytest.fixture(scope="module")
def played(world: World) -> dict[str, Played]:
    """All cases, played."""
    return world.play(CASES)


@pytest.fixture()
def one(request: pytest.FixtureRequest, played: dict[str, Played]) -> Played:
    """The case of a test."""
    return played[request.param]


each_case = pytest.mark.parametrize(
    "one", [pytest.param(case.name, id=case.name) for case in CASES], indirect=True
)


@each_case
def test_events(world: World, one: Played) -> None:
    """Each operation is told by exactly the events that its case states, in order for each row."""
    outcome = world.match_events(one)
    assert not outcome, f"{one.case.name}\n{outcome}"


@each_case
def test_rows(world: World, one: Played) -> None:
    """In the end Postgres holds exactly the rows that the case states."""
    assert differences(world.expected_rows(one), world.rows_of(one)) == []


@each_case
def test_gaps(world: World, one: Played) -> None:
    """What a re-read can't cure is a gap with exact bounds and due time; nothing else is one."""
    if any(deviation.gaps is False for deviation in world.deviation(one.case)):
        assert world.gaps_of(one) == []
        return
    outcome = world.match_gaps(one)
    assert not outcome, f"{one.case.name}\n{outcome}"


@each_case
def test_deviations_still_occur(world: World, one: Played) -> None:
    """A deviation that is marked is one: the contract itself does not hold there."""
    for deviation in world.deviation(one.case):
        if deviation.events is not None:
            assert world.match_events(one, one.case.steps), deviation.because
        if deviation.rows is not None:
            rows = world.contracted_rows(one, one.case.steps)
            assert differences(rows, world.rows_of(one)), deviation.because
        if deviation.gaps is False:
            assert world.match_gaps(one), deviation.because


def test_nothing_else_is_told(world: World, played: dict[str, Played]) -> None:
    """Every event and every gap belongs to a case."""
    stray = [
        event
        for event in world.seen
        if not any(one.placed.owns(event.table, event.key) for one in played.values())
    ]
    assert stray == []
    assert sum(len(world.gaps_of(one)) for one in played.values()) == len(world.gaps)


def test_an_empty_table_is_empty(world: World, played: dict[str, Played]) -> None:
    """A table that nobody writes has a topic without records and a Postgres table without rows."""
    assert played
    assert world.tail is not None
    assert world.tail.records[f"{world.road.name}.{world.keyspace}.{EMPTY.name}"] == []
    assert world.stored[EMPTY.name] == []


@pytest.mark.usefixtures("played")
def test_a_partition_is_a_slice_of_the_ring(world: World, stack: Stack) -> None:
    """The p-th partition of a topic holds the p-th equal slice of the token ring, statics too."""
    scylla = stack.endpoints.scylla
    wrong = []
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        for table in world.tables:
            schema = table_schema(session, world.keyspace, table.name)
            names = [column.name for column in schema.partition_key]
            for seen in world.seen:
                if seen.table in (table.name, table.static_name):
                    place = slice_of(token(schema, [seen.key[n] for n in names]), world.slices)
                    wrong += [str(seen)] if seen.record.partition != place else []
    if world.source == "scylladb":
        assert wrong, "it places records by the hash of the key's bytes, as the producer does"
    else:
        assert wrong == []


@pytest.mark.usefixtures("played")
def test_a_delete_is_followed_by_its_tombstone(world: World) -> None:
    """Right behind each `d` comes a record of the same key without value, and nowhere else."""
    assert world.tail is not None
    for topic, records in world.tail.records.items():
        if topic.endswith(".gaps"):
            continue
        for number in range(world.slices):
            mine = [record for record in records if record.partition == number]
            for before, record in zip([None, *mine], mine, strict=False):
                deletes = before is not None and (one := world.adapter.read(before)) is not None
                deletes = deletes and one is not None and one.op == "d"
                if world.source == "scylladb":
                    assert not (deletes and record.value is None), "it has tombstones alone"
                else:
                    assert deletes == (record.value is None), record
                    if before is not None and deletes:
                        assert before.key == record.key


@pytest.mark.usefixtures("played")
def test_a_delete_has_its_key_before(world: World) -> None:
    """`before` of a `d` has the key's columns and nothing else; of the others it is null."""
    if world.source == "scylladb":
        pytest.skip("behind its flattening transform there is no envelope")
    for seen in world.seen:
        if seen.op == "d":
            assert seen.before is not None
            assert {k: v for k, v in seen.before.items() if v is not None} == dict(seen.key)
        else:
            assert seen.before is None


@pytest.mark.usefixtures("played")
def test_the_envelope_says_where_from_and_when(world: World, played: dict[str, Played]) -> None:
    """`source` names connector, pipeline, keyspace and table, and the time of the write."""
    if world.source == "scylladb":
        pytest.skip("behind its flattening transform there is no envelope")
    begin = min(times[0] for one in played.values() for times in one.times) - 10_000_000
    end = max(times[1] for one in played.values() for times in one.times) + 10_000_000
    for seen in world.seen:
        source = seen.source
        assert source["connector"] == "messina-scylla"
        assert source["name"] == world.road.name
        assert source["keyspace_name"] == source["db"] == world.keyspace
        assert source["table_name"] == seen.table
        assert begin <= source["ts_us"] <= end
        assert source["ts_ms"] == source["ts_us"] // 1000


@pytest.mark.usefixtures("played")
def test_every_record_can_be_traced(world: World) -> None:
    """Each record, tombstones and gaps too, has a correlation id and the traceparent made of it."""
    if world.source == "scylladb":
        pytest.skip("it writes no headers")
    assert world.tail is not None
    for records in world.tail.records.values():
        for record in records:
            correlation = record.headers["messina.correlation_id"]
            parent = record.headers["traceparent"]
            assert correlation is not None and parent is not None
            match = _TRACEPARENT.fullmatch(parent.decode())
            assert match, parent
            assert match.group(1) == uuid.UUID(correlation.decode()).hex
            assert set(match.group(2)) != {"0"}


def test_a_stated_timestamp_is_the_events_time(world: World, played: dict[str, Played]) -> None:
    """The time of an event is the timestamp of the newest write behind it."""
    if world.source == "scylladb":
        pytest.skip("behind its flattening transform there is no envelope")
    one = played["a_write_from_the_future_comes_when_it_is_due"]
    (seen,) = world.events_of(one)
    assert seen.source["ts_us"] == one.times[0][0] + 2_000_000


@pytest.mark.usefixtures("played")
def test_tasks_run_in_the_end(world: World) -> None:
    """None of all this stops a task: every connector runs, with all of its tasks."""
    status = world.road.status()
    assert status.code == 0, status.output
