"""What a spec says of Postgres' and the registry's TLS holds for the connectors: a whole pipeline.

Both are Java's clients in the workers, which take what is rendered for them.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, own_pipeline
from secured_postgres import Server, secured_postgres
from secured_registry import encrypted

from messina.kafka import ConnectClient
from messina.pipeline import PostgresTls
from messina.postgres import connect
from messina.stack.passwords import password_file
from messina.stack.postgres import DATABASE, USER
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with secured_postgres() as running:
        yield running


@pytest.fixture()
def secured(stack: Stack, server: Server, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline whose registry and Postgres are spoken to under TLS, each verified by name."""
    # a folder that the workers may read secrets from
    password = stack.layout.home / "secrets" / "secured-postgres"
    password.write_text(password_file(server.layout).read_text())
    with (
        encrypted(stack.layout.address("registry"), tmp_path) as (registry, ca),
        own_pipeline(stack, tmp_path, ["t (id int PRIMARY KEY, name text)"]) as made,
    ):
        spec = yaml.safe_load(made.file.read_text())
        spec["registry"] = {"url": registry, "ca": str(ca)}
        spec["sink"]["postgres"] = {
            "host": "127.0.0.1",
            "port": server.layout.port("postgres"),
            "database": DATABASE,
            "user": USER,
            "password": f"file:{password}",
            "tls": {"mode": "verify-full", "ca": str(server.ca)},
        }
        made.file.write_text(yaml.safe_dump(spec, sort_keys=False))
        yield made
    password.unlink()


def test_a_pipeline_runs_with_registry_and_postgres_under_tls(
    secured: Pipeline, server: Server, cql: Session
) -> None:
    """A row arrives, and the sink's sessions are encrypted; with another authority, put there by
    hand, the sink does not connect, which is told, and `apply` heals it."""
    said = secured.run("apply")
    assert said.code == 0, said.output
    cql.execute(f"INSERT INTO {secured.keyspace}.t (id, name) VALUES (1, 'a')")
    tls = PostgresTls(mode="verify-full", ca=str(server.ca))
    with connect(server.endpoint(tls), application_name="a test") as ours:
        query = f"SELECT name FROM {secured.schema}.t WHERE id = 1"
        until(
            lambda: ours.execute(query.encode()).fetchall() == [("a",)],
            within=60,
            what="the row arrives",
        )
        sessions = ours.execute(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
            " WHERE application_name LIKE %s",
            (f"%{secured.name}%",),
        ).fetchall()
    assert set(sessions) == {(True,)}, "the sink's sessions, by the name of their connector"
    assert secured.run("health").code == 0
    given, other = (quote(str(file), safe="") for file in (server.ca, server.other_ca))
    with ConnectClient(secured.endpoints.connect.url) as client:
        sink = client.get(secured.sink.replace("flights", "t"))
        assert sink is not None
        config = {name: value or "" for name, value in sink.config.items()}
        assert given in config["connection.url"]
        config["connection.url"] = config["connection.url"].replace(given, other)
        client.put(sink.name, config)
        until(
            lambda: "certification path" in secured.run("status").output,
            within=90,
            what="the sink, which does not trust the certificate, has failed",
        )
    assert secured.run("apply").code == 0
    cql.execute(f"INSERT INTO {secured.keyspace}.t (id, name) VALUES (2, 'b')")
    with connect(server.endpoint(tls), application_name="a test") as ours:
        count = f"SELECT count(*) FROM {secured.schema}.t"
        until(
            lambda: ours.execute(count.encode()).fetchone() == (2,),
            within=60,
            what="once the drift is healed, rows arrive again",
        )
