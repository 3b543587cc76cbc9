"""A pipeline of a test's own, driven as a user drives it: by the commands and their exit codes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from typer.testing import CliRunner

from messina.deployer.cli import app as deploy
from messina.reconciler.cli import app as reconcile
from messina.testing import Stack


@dataclass(frozen=True)
class Answer:
    """What a command said.

    Attributes:
        code: its exit code.
        output: all that it printed, for messages.
        document: its JSON, where it printed one.
    """

    code: int
    output: str
    document: Any


class Road:
    """From a keyspace's tables to a Postgres schema of the same name.

    Args:
        stack: where it runs.
        keyspace: the source.
        folder: where its file is written.
        tables: names, or whole entries of the spec's list.
        source: further settings of the spec's `source`.
        sink: of its `sink`.
        defaults: of the spec.
    """

    def __init__(
        self,
        stack: Stack,
        keyspace: str,
        folder: Path,
        *tables: str | Mapping[str, Any],
        source: Mapping[str, Any] | None = None,
        sink: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.stack = stack
        self.keyspace = keyspace
        self.name = keyspace.replace("_", "-")
        self.file = folder / "pipeline.yaml"
        spec = {
            "pipeline": self.name,
            "source": {"keyspace": keyspace, **_second_look(source or {}), **(source or {})},
            "sink": {"schema": keyspace, **(sink or {})},
            "defaults": {"partitions": 2, "tasks": 1, **(defaults or {})},
            "tables": [
                {"name": table} if isinstance(table, str) else dict(table) for table in tables
            ],
        }
        # JSON is YAML, too.
        self.file.write_text(json.dumps(spec, indent=2) + "\n")

    @contextmanager
    def applied(self) -> Iterator[Self]:
        """Have it applied, which works, and destroyed in the end, with its data."""
        answer = self.apply()
        assert answer.code == 0, answer.output
        try:
            yield self
        finally:
            self.destroy()

    def apply(self) -> Answer:
        """`messina deploy apply`."""
        return self._run(deploy, "apply", str(self.file), "--json")

    def plan(self) -> Answer:
        """`messina deploy plan`."""
        return self._run(deploy, "plan", str(self.file), "--json")

    def status(self) -> Answer:
        """`messina deploy status`."""
        return self._run(deploy, "status", str(self.file), "--json")

    def destroy(self, *, keep_data: bool = False) -> Answer:
        """`messina deploy destroy --yes`, with `--delete-data` unless that is to be kept."""
        data = () if keep_data else ("--delete-data",)
        return self._run(deploy, "destroy", str(self.file), "--yes", *data)

    def offsets(self, command: str, *options: str) -> Answer:
        """`messina deploy offsets COMMAND`."""
        return self._run(deploy, "offsets", command, str(self.file), *options, "--json")

    def dlq(self, command: str, *options: str) -> Answer:
        """`messina deploy dlq COMMAND`."""
        return self._run(deploy, "dlq", command, str(self.file), *options, "--json")

    def deploy(self, command: str, *options: str, file: Path | None = None) -> str:
        """All that a command of the deployer says, whatever its exit code."""
        return self._run(deploy, command, str(file or self.file), *options).output

    def reconcile(self, settle: str | None = "60s") -> Answer:
        """`messina reconcile run`: differences are given `settle` to go away.

        With None, until the applied watermark has passed them.
        """
        going_by = () if settle is None else ("--settle", settle)
        return self._run(reconcile, "run", str(self.file), *going_by, "--json")

    def explain(self, table: str, key: str) -> Answer:
        """`messina reconcile explain`."""
        return self._run(reconcile, "explain", str(self.file), table, key, "--json")

    def repair(self, *options: str) -> Answer:
        """`messina reconcile run --repair --yes`: differences that stand still are repaired."""
        return self._run(reconcile, "run", str(self.file), "--repair", "--yes", *options, "--json")

    def history(self, *options: str) -> Answer:
        """`messina reconcile history`."""
        return self._run(reconcile, "history", str(self.file), *options, "--json")

    def backfill(self, *options: str) -> Answer:
        """`messina reconcile backfill`."""
        return self._run(reconcile, "backfill", str(self.file), *options, "--json")

    def gaps(self, *options: str) -> Answer:
        """`messina reconcile gaps`."""
        return self._run(reconcile, "gaps", str(self.file), *options, "--json")

    def heal_once(self) -> Answer:
        """`messina reconcile heal --once`."""
        return self._run(reconcile, "heal", str(self.file), "--once", "--json")

    def rows(self, dsn: str, query: str) -> list[tuple[Any, ...]]:
        """Rows of the sink; `{schema}` in the query is the pipeline's."""
        with psycopg.connect(dsn) as connection:
            return connection.execute(query.format(schema=self.keyspace).encode()).fetchall()

    def _run(self, app: Any, *arguments: str) -> Answer:
        result = CliRunner().invoke(
            app, [*arguments, "--endpoints", str(self.stack.layout.endpoints)]
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        try:
            document = json.loads(result.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            document = None
        return Answer(result.exit_code, result.output, document)


def _second_look(source: Mapping[str, Any]) -> dict[str, str]:
    """One that comes soon, so that a test need not wait half a minute; only ours has one."""
    return {} if source.get("connector") == "scylladb" else {"safe_confidence": "15s"}
