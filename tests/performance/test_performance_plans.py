"""How plans and applies grow with the tables: ratios, as machines differ."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from deployer_pipelines import Pipeline, own_pipeline

from messina.testing import Stack

pytestmark = pytest.mark.stack

FEW, MANY = 2, 12
COLUMNS = "(id int PRIMARY KEY, name text, amount int, at timestamp)"


@contextmanager
def pipeline_of(stack: Stack, folder: Path, tables: int) -> Iterator[Pipeline]:
    """A pipeline of so many tables, not applied."""
    folder.mkdir()
    with own_pipeline(stack, folder, [f"event_{i:03d} {COLUMNS}" for i in range(tables)]) as made:
        yield made


def seconds(pipeline: Pipeline, command: str, code: int = 0) -> float:
    """Run a command and return how long it took."""
    begin = time.monotonic()
    said = pipeline.run(command)
    assert said.code == code, said.output
    return time.monotonic() - begin


def test_plans_and_applies_grow_no_faster_than_their_tables(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six times the tables: as many requests to Connect for a plan, and no more than six times as
    long to apply; a plan without steps takes less than three times as long."""
    asked: list[str] = []
    send = httpx.Client.request

    def counted(self: httpx.Client, method: str, url: str, **rest: object) -> httpx.Response:
        asked.append(f"{method} {url}")
        return send(self, method, url, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx.Client, "request", counted)
    found = {}
    for tables in (FEW, MANY):
        with pipeline_of(stack, tmp_path / str(tables), tables) as made:
            applied = seconds(made, "apply")
            asked.clear()
            planned = min(seconds(made, "plan") for _ in range(3))
            found[tables] = (applied, planned, len(asked))
    few, many = found[FEW], found[MANY]
    assert many[2] == few[2], asked
    assert many[1] < 3 * few[1] + 0.5, found
    assert many[0] < few[0] * MANY / FEW, found
