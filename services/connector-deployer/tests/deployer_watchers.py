"""Watchers as processes of their own, and what makes a sink fail."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deployer_pipelines import Pipeline

from messina.testing import until


@dataclass
class Watching:
    """A `watch` that runs, and what it has told so far: each event with when it was read."""

    process: "subprocess.Popen[str]"
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def events(self, name: str, connector: str | None = None) -> list[dict[str, Any]]:
        """The events of a name, of a connector if one is given."""
        return [
            one
            for _, one in list(self.told)
            if one["event"] == name and connector in (None, one["connector"])
        ]

    def at(self, name: str) -> float:
        """When the last event of a name was read, by `time.monotonic`."""
        return [at for at, one in list(self.told) if one["event"] == name][-1]

    def until(self, name: str, within: float = 30.0, more_than: int = 0) -> dict[str, Any]:
        """Wait for an event."""
        try:
            until(lambda: len(self.events(name)) > more_than, within=within, what=repr(name))
        except AssertionError as error:
            raise AssertionError(f"{error}; it told {[one for _, one in self.told]}") from None
        return self.events(name)[-1]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process."""
        os.kill(self.process.pid, number)


@contextmanager
def watching(pipeline: Pipeline, *options: str) -> Iterator[Watching]:
    """Run `connector-deployer watch` of a pipeline; kill it in the end, if it still runs."""
    code = "from messina.deployer.cli import main; main()"
    command = [sys.executable, "-c", code, "watch", str(pipeline.file), "--json"]
    command += ["--endpoints", str(pipeline.endpoints_file), *options]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, bufsize=1)
    made = Watching(process)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            made.told.append((time.monotonic(), json.loads(line)))

    threading.Thread(target=read, daemon=True).start()
    try:
        yield made
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)


@contextmanager
def refusing(pipeline: Pipeline) -> Iterator[None]:
    """Postgres refuses all rows of `flights`: the sink's task fails on the next one."""
    schema = pipeline.schema
    pipeline.sql(
        f"CREATE OR REPLACE FUNCTION {schema}.no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no right' USING ERRCODE = '42501'; END $$"
    )
    pipeline.sql(
        f"CREATE TRIGGER no BEFORE INSERT OR UPDATE ON {schema}.flights"
        f" FOR EACH ROW EXECUTE FUNCTION {schema}.no()"
    )
    try:
        yield
    finally:
        pipeline.sql(f"DROP TRIGGER IF EXISTS no ON {schema}.flights")
