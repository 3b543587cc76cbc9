"""Pipelines of a test's own, on the real stack."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.pipeline import Endpoints
from messina.postgres import connect as connect_postgres
from messina.scylla import connect as connect_scylla
from messina.testing import Stack


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    document: Any
    output: str


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of a test's own."""

    file: Path
    name: str
    keyspace: str
    endpoints: Endpoints
    endpoints_file: Path

    def run(self, command: str, *options: str) -> Said:
        """Run a command with --json."""
        where = ["--endpoints", str(self.endpoints_file), "--json"]
        result = CliRunner().invoke(app, [command, str(self.file), *where, *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        lines = result.stdout.strip().splitlines()
        return Said(result.exit_code, json.loads(lines[-1]) if lines else None, result.output)

    def breakers(self, command: str, *options: str) -> Any:
        """Run a command of the breakers; return what it says."""
        where = ["--endpoints", str(self.endpoints_file), "--json"]
        result = CliRunner().invoke(app, ["breaker", command, str(self.file), *where, *options])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.strip().splitlines()[-1])

    def steps(self) -> dict[str, list[str]]:
        """Return the names of what a plan would do, by action, without what is unchanged."""
        steps: dict[str, list[str]] = {}
        for action in self.run("plan").document["actions"]:
            if action["action"] != "unchanged":
                steps.setdefault(action["action"], []).append(_name(action["resource"]))
        return steps

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the sink's database."""
        with connect_postgres(self.endpoints.postgres, application_name="a test") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def forbid(self, word: str) -> None:
        """Let Postgres refuse each row of `flights`, as for want of a right, with this word."""
        self.sql(
            f"CREATE FUNCTION {self.schema}.no() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{word}' USING ERRCODE = '42501'; END $$"
        )
        self.sql(
            f"CREATE TRIGGER no BEFORE INSERT ON {self.schema}.flights"
            f" FOR EACH ROW EXECUTE FUNCTION {self.schema}.no()"
        )

    def allow(self) -> None:
        """Let Postgres take rows again."""
        self.sql(f"DROP FUNCTION {self.schema}.no() CASCADE")

    def flight(self, key: int) -> tuple[Any, ...] | None:
        """Return a row of the sink's table `flights`."""
        columns = 'carrier, "Order"'
        rows = self.sql(f"SELECT {columns} FROM {self.schema}.flights WHERE id = {key}")
        return rows[0] if rows else None

    @property
    def schema(self) -> str:
        """The Postgres schema, named as the keyspace."""
        return self.keyspace

    @property
    def sink(self) -> str:
        """The sink connector of the table `flights`."""
        return f"{self.name}.flights.sink"

    @property
    def topic(self) -> str:
        """The topic of the table `flights`."""
        return f"{self.name}.{self.schema}.flights"


def _name(resource: dict[str, Any]) -> str:
    named = resource.get("name") or f"{resource['schema_name']}.{resource[resource['kind']]}"
    return f"{resource['kind']} {named}"


FLIGHTS = 'flights (id int PRIMARY KEY, carrier text, "Order" int)'


@contextmanager
def own_pipeline(
    stack: Stack, folder: Path, tables: Sequence[str] = (FLIGHTS,), source: str = ""
) -> Iterator[Pipeline]:
    """Make a keyspace with tables and a spec; take all of it down in the end.

    Args:
        stack: where.
        folder: where the spec is to lie.
        tables: what stands behind CREATE TABLE of each, its name first.
        source: more of the spec's source.
    """
    scylla = stack.endpoints.scylla
    keyspace = f"d_{secrets.token_hex(4)}"
    with connect_scylla(scylla.contact_points, scylla.local_datacenter) as session:
        session.execute(
            f"CREATE KEYSPACE {keyspace} WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', '{scylla.local_datacenter}': 1}}"
        )
        for table in tables:
            session.execute(f"CREATE TABLE {keyspace}.{table} WITH cdc = {{'enabled': true}}")
        file = folder / "pipeline.yaml"
        name = keyspace.replace("_", "-")
        file.write_text(
            f"pipeline: {name}\nsource: {{keyspace: {keyspace}, safe_confidence: 10s{source}}}\n"
            f"sink: {{schema: {keyspace}}}\ndefaults: {{partitions: 2, tasks: 1}}\n"
            "tables:\n" + "".join(f"  - name: {table.split()[0]}\n" for table in tables)
        )
        made = Pipeline(file, name, keyspace, stack.endpoints, stack.layout.endpoints)
        yield made
        gone = made.run("destroy", "--yes", "--delete-data")
        assert gone.code == 0, gone.output
        made.sql(f"DROP SCHEMA IF EXISTS {keyspace} CASCADE")
        session.execute(f"DROP KEYSPACE {keyspace}")
