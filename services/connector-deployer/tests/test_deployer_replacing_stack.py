"""Swapping the source connector on the real stack: what it waits for, and what goes on."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, own_pipeline

from messina.deployer.offsets.applied import NotApplied
from messina.deployer.offsets.reading import read
from messina.deployer.render.source_scylladb import CLASS as SCYLLADB
from messina.deployer.replacing import Drained, SwapRefused, drain, replace
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectClient, ConnectRefused
from messina.kafka import read as topic_records
from messina.pipeline import load_spec
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

KEYS = count(1)


@pytest.fixture()
def site(stack: Stack) -> Iterator[Site]:
    with Site(stack.endpoints) as opened:
        yield opened


@pytest.fixture(scope="module")
def pipeline(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline that runs; each test leaves it running."""
    with own_pipeline(stack, tmp_path_factory.mktemp("replacing")) as made:
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


def official(pipeline: Pipeline, lookback_ms: int = 86_400_000) -> ConnectorResource:
    """ScyllaDB's connector in the place of the pipeline's source, as far as a swap looks."""
    return ConnectorResource(
        name=f"{pipeline.name}.flights.source",
        role="source",
        tasks=1,
        config={
            "name": f"{pipeline.name}.flights.source",
            "connector.class": SCYLLADB,
            "tasks.max": "1",
            "topic.prefix": pipeline.name,
            "scylla.table.names": f"{pipeline.keyspace}.flights",
            "scylla.initial.lookback.ms": str(lookback_ms),
        },
    )


def state(connect: ConnectClient, name: str) -> str:
    """What Connect says of a connector."""
    status = connect.status(name)
    return "missing" if status is None else status.connector.state


def write(cql: Session, pipeline: Pipeline, rows: int) -> list[int]:
    """Write rows at the source; return their keys."""
    keys = [next(KEYS) for _ in range(rows)]
    for key in keys:
        cql.execute(f"INSERT INTO {pipeline.keyspace}.flights (id, carrier) VALUES ({key}, 'UA')")
    return keys


def records(brokers: str, pipeline: Pipeline) -> set[bytes | None]:
    """The keys that were put out."""
    return {record.key for record in topic_records(brokers, pipeline.topic)}


def put_out_more(brokers: str, pipeline: Pipeline, than: int) -> None:
    """Wait until more keys were put out."""
    until(
        lambda: len(records(brokers, pipeline)) > than,
        within=60,
        what="some of the rows are in the topic",
    )


def arrived(pipeline: Pipeline, keys: list[int]) -> None:
    """Wait until rows are in Postgres."""
    query = f"SELECT id FROM {pipeline.schema}.flights"
    until(
        lambda: {row[0] for row in pipeline.sql(query)} >= set(keys),
        within=120,
        what="all rows arrive",
    )


def test_drained_means_that_all_of_it_is_in_postgres(
    site: Site, pipeline: Pipeline, cql: Session
) -> None:
    """When a drain returns, each row that the stopped source had put out is in Postgres."""
    brokers = pipeline.endpoints.kafka.bootstrap_servers
    found = read(site, load_spec(pipeline.file))
    (source,) = (one.member for one in found if one.member.role == "source")
    sinks = [one.member for one in found if one.member.role == "sink"]
    for _ in range(3):
        before = len(records(brokers, pipeline))
        keys = write(cql, pipeline, 60)
        put_out_more(brokers, pipeline, before)
        drain(site, source, sinks, timeout=60)
        assert state(site.connect, source.name) == "STOPPED"
        put_out = records(brokers, pipeline)
        ((applied,),) = pipeline.sql(f"SELECT count(*) FROM {pipeline.schema}.flights")
        assert applied == len(put_out), "as many rows as keys were put out"
        site.connect.resume(source.name)
        arrived(pipeline, keys)


def test_a_sink_that_stands_still_ends_the_swap(
    site: Site, pipeline: Pipeline, cql: Session
) -> None:
    """Where a sink does not get there in time it is named, and the old connector goes on."""
    site.connect.pause(pipeline.sink)
    site.connect.wait(pipeline.sink, lambda s: s.connector.state == "PAUSED", "be PAUSED")
    (key,) = write(cql, pipeline, 1)
    new = official(pipeline)
    until(
        lambda: sum(site.positions.ends(pipeline.topic).values())
        > sum(site.positions.committed(f"connect-{pipeline.sink}", pipeline.topic).values()) + 1,
        within=60,
        what="the row is in the topic",
    )
    with pytest.raises(NotApplied, match=pipeline.sink):
        list(replace(site, new, timeout=2.0, file=str(pipeline.file)))
    site.connect.wait(new.name, lambda s: s.healthy(1), "run again")
    assert pipeline.run("apply").code == 0
    arrived(pipeline, [key])


def test_a_start_behind_the_old_one_s_end_is_refused(site: Site, pipeline: Pipeline) -> None:
    """A lookback that does not reach what is out is refused before anything is stopped."""
    with pytest.raises(SwapRefused, match="what lies between would be lost"):
        list(replace(site, official(pipeline, lookback_ms=1000), timeout=5.0))
    assert pipeline.run("status").code == 0


def _has_official(site: Site) -> bool:
    return any(p.connector_class == SCYLLADB for p in site.connect.plugins())


def test_a_class_that_is_refused_leaves_the_old_one(
    site: Site, pipeline: Pipeline, cql: Session
) -> None:
    """After a full drain, where Connect refuses the new configuration the old one goes on."""
    if _has_official(site):
        pytest.skip("the workers have ScyllaDB's connector")
    (key,) = write(cql, pipeline, 1)
    new = official(pipeline)
    events = replace(site, new, timeout=60, file=str(pipeline.file))
    assert isinstance(next(events), Drained)
    with pytest.raises(ConnectRefused):
        next(events)
    site.connect.wait(new.name, lambda s: s.healthy(1), "run again")
    arrived(pipeline, [key])
    assert pipeline.run("plan").code == 0, "nothing is left of the swap"


def test_a_swap_there_and_back_loses_nothing(
    stack: Stack, site: Site, cql: Session, tmp_path: Path
) -> None:
    """From Messina's connector to ScyllaDB's and back: each write of meanwhile arrives."""
    if not _has_official(site):
        pytest.skip("needs ScyllaDB's connector: --source-plugin DIR")
    with own_pipeline(stack, tmp_path) as own:
        cql.execute(
            f"ALTER TABLE {own.keyspace}.flights WITH cdc = " "{'enabled': true, 'postimage': true}"
        )
        assert own.run("apply").code == 0
        keys = write(cql, own, 20)
        text = own.file.read_text()
        own.file.write_text(
            text.replace(
                "source: {", "source: {connector: scylladb, window: 1s, confidence: 1s, "
            ).replace(", safe_confidence: 10s", "")
        )
        said = own.run("apply")
        assert said.code == 0, said.output
        keys += write(cql, own, 20)
        own.file.write_text(text)
        said = own.run("apply")
        assert said.code == 0, said.output
        keys += write(cql, own, 20)
        arrived(own, keys)
