"""The demo when Postgres is not there, or goes away: a line, never a traceback."""

import io
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from rich.console import Console

from messina.cli.demo.latency import Sampler
from messina.cli.demo.run import Demo
from messina.cli.demo.screen import View
from messina.pipeline import Endpoints, parse_spec
from messina.postgres import Connection, ConnectionLost, Unreachable

SPEC = parse_spec("pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n")
NOWHERE = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:1"},
        "registry": {"url": "http://127.0.0.1:1"},
        "postgres": {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:1"], "local_datacenter": "dc"},
    }
)


class Leaving:
    """A connection that gives one row, and is then broken."""

    def __init__(self) -> None:
        self.looks = 0
        self.closed = False

    def transaction(self) -> nullcontext[None]:
        return nullcontext()

    def execute(self, *_: object) -> list[tuple[Any, ...]]:
        self.looks += 1
        if self.looks > 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        written = datetime.now(UTC)
        return [("2013-01-01", "UA", 1, "JFK", written, written + timedelta(seconds=1))]

    def close(self) -> None:
        self.closed = True


def watch(connection: Leaving) -> Sampler:
    """A sampler that has watched the connection until it broke."""
    with Sampler(cast(Connection, connection), "s") as sampler:
        deadline = time.monotonic() + 10
        while sampler.error is None and time.monotonic() < deadline:
            time.sleep(0.01)
    return sampler


# An error that leaves the thread would be a traceback on the screen.
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_sampler_ends_quietly_when_postgres_goes_away() -> None:
    """It remembers why in one line and has no latency any more; the demo goes on."""
    connection = Leaving()

    sampler = watch(connection)

    assert isinstance(sampler.error, ConnectionLost)
    assert "server closed the connection" in str(sampler.error)
    assert "\n" not in str(sampler.error)
    assert sampler.samples.quantiles() is None
    assert connection.closed


def test_the_view_says_why_there_is_no_latency() -> None:
    """The live view does not show a lag that grows because nobody looks any more."""
    view = View(Console(file=io.StringIO()), watch(Leaving()), 10, time.monotonic())

    _, lag, latency = view.row()

    assert lag == "lag -"
    assert latency == "no latency: Postgres went away"


def test_a_postgres_that_does_not_answer_is_named() -> None:
    """The demo's own connections fail with the address and the next command."""
    demo = Demo(NOWHERE, Path("x.yaml"), (), 1.0, 0.0)

    with pytest.raises(Unreachable, match=r"Postgres at 127\.0\.0\.1:1/d.*next: messina status"):
        demo._rows_in_sink(SPEC)
