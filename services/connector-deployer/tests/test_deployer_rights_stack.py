"""What the sink's user may do in Postgres, and what several do there at once."""

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deployer_pipelines import Pipeline, own_pipeline
from psycopg import sql

from messina.deployer.kinds import table
from messina.deployer.resources import SchemaResource
from messina.deployer.site import Site
from messina.testing import Stack

pytestmark = pytest.mark.stack

NOTES = "notes (id int PRIMARY KEY, note text)"


@pytest.fixture()
def poor(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Pipeline, str]]:
    """A pipeline whose sink's user has a schema of its own and nothing else; and that user."""
    user = f"u_{secrets.token_hex(4)}"
    monkeypatch.setenv("MESSINA_TEST_PASSWORD", "x")
    with own_pipeline(stack, tmp_path, tables=(NOTES,)) as made:
        made.sql(f"CREATE ROLE {user} LOGIN PASSWORD 'x'")
        try:
            made.sql(f"CREATE SCHEMA {made.schema} AUTHORIZATION {user}")
            postgres = made.endpoints.postgres.model_dump(mode="json")
            postgres |= {"user": user, "password": "env:MESSINA_TEST_PASSWORD"}
            stated = f"sink: {{connector: messina, postgres: {json.dumps(postgres)}, "
            text = made.file.read_text()
            made.file.write_text(text.replace("sink: {", stated))
            yield made, user
            made.file.write_text(text)
        finally:
            made.sql(f"DROP OWNED BY {user} CASCADE")
            made.sql(f"DROP ROLE {user}")


def test_a_right_that_is_missing_is_refused_with_the_grant(poor: tuple[Pipeline, str]) -> None:
    """Who may not make what the pipeline needs is refused before anything is made, at the spec's
    line, with all that an administrator has to run; then it is planned."""
    made, user = poor
    made.sql("CREATE SCHEMA IF NOT EXISTS messina_claims")
    said = made.run("apply")
    assert said.code == 1, said.output
    assert f"user {user} may not make tables in Postgres' schema messina_claims" in said.output
    grant = f'GRANT USAGE, CREATE ON SCHEMA "messina_claims" TO "{user}"'
    assert grant in json.dumps(said.document, ensure_ascii=False).replace('\\"', '"')
    made.sql(grant)
    planned = made.run("plan")
    assert planned.code == 2, planned.output


def test_a_schema_that_several_make_at_once_is_made_once(stack: Stack) -> None:
    """Pipelines that are applied at the same time share the schema of their claims."""
    name = f"s_{secrets.token_hex(4)}"

    def make(_: int) -> None:
        with Site(stack.endpoints) as site:
            table.create_schema(site, SchemaResource(name=name))

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(make, range(24)))
    finally:
        with Site(stack.endpoints) as site:
            site.sql("dropping it", sql.SQL("DROP SCHEMA {}").format(sql.Identifier(name)))
