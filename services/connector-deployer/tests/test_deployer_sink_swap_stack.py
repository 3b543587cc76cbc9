"""The upgrade of a pipeline whose file names no sink connector, on the real stack."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, own_pipeline

from messina.deployer.render.sink_debezium import CLASS as DEBEZIUM
from messina.deployer.render.sink_messina import CLASS as MESSINA
from messina.kafka import ConnectClient
from messina.testing import Stack, until

pytestmark = pytest.mark.stack

EVERY_S = 0.05
"""Between two writes."""


class Writer:
    """Writes rows, one after the other, each with a key of its own."""

    def __init__(self, pipeline: Pipeline, cql: Session) -> None:
        table = f"{pipeline.keyspace}.flights"
        self._insert = cql.prepare(f"INSERT INTO {table} (id, carrier) VALUES (?, 'UA')")
        self._cql = cql
        self.written = 0

    def go_on(self, stop: Event) -> None:
        """Write until told to stop."""
        while not stop.wait(EVERY_S):
            self._cql.execute(self._insert, (self.written,))
            self.written += 1


@contextmanager
def writing(pipeline: Pipeline, cql: Session) -> Iterator[Writer]:
    """Rows are written all the while."""
    writer, stop = Writer(pipeline, cql), Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(writer.go_on, stop)
        try:
            yield writer
        finally:
            stop.set()
    done.result()


def told(pipeline: Pipeline) -> None:
    """Let Postgres note each row that is written, each time that it is."""
    schema = pipeline.schema
    pipeline.sql(f"CREATE TABLE {schema}.writes (n bigserial PRIMARY KEY, id int)")
    pipeline.sql(
        f"CREATE FUNCTION {schema}.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO {schema}.writes (id) VALUES (NEW.id); RETURN NULL; END $$"
    )
    pipeline.sql(
        f"CREATE TRIGGER note AFTER INSERT OR UPDATE ON {schema}.flights"
        f" FOR EACH ROW EXECUTE FUNCTION {schema}.note()"
    )


def rows(pipeline: Pipeline) -> int:
    """How many rows are in Postgres."""
    ((count,),) = pipeline.sql(f"SELECT count(*) FROM {pipeline.schema}.flights")
    return int(count)


def flows(pipeline: Pipeline, writer: Writer) -> None:
    """Wait until a row that is written from now on has arrived."""
    due = writer.written + 1
    until(lambda: rows(pipeline) >= due, within=60, what="rows go on arriving")


def sink_class(pipeline: Pipeline) -> str | None:
    """The class of the sink, by Kafka Connect."""
    with ConnectClient(pipeline.endpoints.connect.url) as connect:
        sink = connect.get(pipeline.sink)
    return None if sink is None else sink.config["connector.class"]


def test_a_deployed_pipeline_gets_the_default_s_sink(
    stack: Stack, cql: Session, tmp_path: Path
) -> None:
    """A pipeline with Debezium's sink, whose file then names no connector: the plan (2) shows the
    swap and says whose doing it is; while rows are written, apply makes it Messina's in its place:
    no row is missing, none was written a second time."""
    with own_pipeline(stack, tmp_path) as made:
        unnamed = made.file.read_text()
        named = unnamed.replace("sink: {", "sink: {connector: debezium, ")
        made.file.write_text(named)
        assert made.run("apply").code == 0
        told(made)
        with writing(made, cql) as writer:
            flows(made, writer)
            assert (made.run("plan").code, sink_class(made)) == (0, DEBEZIUM)
            made.file.write_text(unnamed)
            planned = made.run("plan")
            assert planned.code == 2
            assert made.steps()["replace"] == [f"connector {made.sink}"]
            assert set(made.steps()) == {"create", "replace"}
            (note,) = (n for n in planned.document["notes"] if "debezium" in n)
            assert "become messina" in note.replace("becomes", "become")
            assert "names no sink.connector" in note and "`connector: debezium`" in note
            begin = time.monotonic()
            applied = made.run("apply")
            assert applied.code == 0, applied.output
            flows(made, writer)
            stood = time.monotonic() - begin
            assert (made.run("plan").code, made.run("status").code) == (0, 0)
            assert sink_class(made) == MESSINA
            claims = f'SELECT count(*) FROM messina_claims."{made.name}"'
            assert made.sql(claims) == [(2,)], "each partition was claimed"
        until(lambda: rows(made) == writer.written, within=60, what="all rows arrive")
        twice = f"SELECT id FROM {made.schema}.writes GROUP BY id HAVING count(*) > 1"
        assert made.sql(twice) == [], f"{writer.written} rows, swapped in {stood:.1f} s"
        assert made.sql(f"SELECT count(DISTINCT id) FROM {made.schema}.writes") == [
            (writer.written,)
        ]
