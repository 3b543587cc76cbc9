"""What one row's state, events and slice come to; keys as people type them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from messina.pipeline import TableSpec
from messina.reconciler import ReconcilerError
from messina.reconciler.cli import app
from messina.reconciler.explain import ColumnView, EventView, Explanation, Standing
from messina.reconciler.explain.keys import typed_key
from messina.reconciler.parts import Part
from messina.scylla import Column, TableSchema
from messina.types import show

STANDING = Standing("p.k.t", 0, 42, "connect-p.t.sink", 10_000_000, 5_000_000, reads_next=8)
EQUAL = Explanation(
    "k.t",
    (("id", "1"),),
    True,
    True,
    (ColumnView("n", "1", "1", False),),
    1_000_000,
    (EventView(0, 7, "u", 0, 1_000_000),),
    0,
    STANDING,
    "p.yaml",
)
IN_KAFKA = "on its way: its newest event, offset 7, is in Kafka, and connect-p.t.sink "
DIFFERENT = replace(EQUAL, columns=(ColumnView("n", "1", "2", True),))


def _standing(**changes: Any) -> Standing:
    return replace(STANDING, **changes)


@pytest.mark.parametrize(
    ("found", "says", "next_command"),
    [
        (EQUAL, "both sides are equal", None),
        (
            replace(EQUAL, in_source=False, in_sink=False, columns=()),
            "both sides have no such row",
            None,
        ),
        (
            replace(DIFFERENT, standing=_standing(reads_next=7)),
            IN_KAFKA + "reads 7 next",
            "messina deploy status p.yaml",
        ),
        (
            replace(DIFFERENT, standing=_standing(reads_next=None)),
            IN_KAFKA + "never read",
            "messina deploy status p.yaml",
        ),
        (
            replace(DIFFERENT, written_us=10_000_000),
            "on its way: the first look has come to 1970-01-01 00:00:10.000Z",
            "messina deploy status p.yaml",
        ),
        (
            replace(DIFFERENT, written_us=6_000_000),
            "they differ: the first look is past the row, and the second, which would find what "
            "the first one missed, has come to 1970-01-01 00:00:05.000Z",
            None,
        ),
        (
            DIFFERENT,
            "they differ, and nothing is on its way: all its events done",
            "messina reconcile run p.yaml --table t --repair",
        ),
        (
            replace(DIFFERENT, in_sink=False, events=()),
            "they differ, and nothing is on its way: no event of it in the time looked at",
            "messina reconcile run p.yaml --table t --repair",
        ),
        (
            replace(DIFFERENT, standing=_standing(unknown=("no broker",), fast_until_us=None)),
            "they differ; how far the pipeline is, is unknown: no broker",
            "messina deploy status p.yaml",
        ),
    ],
)
def test_the_verdict_follows_from_what_is_known(
    found: Explanation, says: str, next_command: str | None
) -> None:
    """Equal, on its way, not looked at twice, broken, or unknown: never more than is known."""
    assert found.verdict() == (says, next_command)
    assert json.loads(json.dumps(found.as_json()))["verdict"] == says


def _part(*key: tuple[str, str]) -> Part:
    columns = tuple(
        Column(name, cql_type, "partition_key", place) for place, (name, cql_type) in enumerate(key)
    )
    return Part(TableSchema("k", "t", columns), TableSpec(name="t"), False, columns)


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ([("id", "int")], "7", ["7"]),
        ([("id", "bigint")], "-9223372036854775808", ["-9223372036854775808"]),
        ([("id", "text")], "7", ["'7'"]),
        ([("id", "text")], "a, b", ["'a, b'"]),
        ([("id", "text")], '"7"', ["'7'"]),
        ([("id", "uuid")], "f47ac10b-58cc-4372-a567-0e02b2c3d479", None),
        ([("a", "int"), ("b", "text")], '[7, "x"]', ["7", "'x'"]),
        ([("a", "int"), ("b", "text")], '{"b": "x", "a": 7}', ["7", "'x'"]),
    ],
)
def test_keys_are_read_as_they_are_typed(
    key: list[tuple[str, str]], text: str, shown: list[str] | None
) -> None:
    """An object, an array, or the bare value of a single column, whatever its type."""
    values, data = typed_key(_part(*key), text)
    assert len(data) == len(key)
    wanted = [text] if shown is None else shown
    assert [show(t, v) for (_, t), v in zip(key, values, strict=True)] == wanted


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ([("id", "int")], "seven"),
        ([("id", "int")], "[1, 2]"),
        ([("a", "int"), ("b", "text")], "7"),
        ([("a", "int"), ("b", "text")], '{"a": 7}'),
        ([("a", "int"), ("b", "text")], '{"a": 7, "c": 1}'),
        ([("a", "int")], "{"),
        ([("a", "int")], "null"),
        ([("a", "int")], ""),
    ],
)
def test_what_is_no_key_is_refused_with_its_form(key: list[tuple[str, str]], text: str) -> None:
    """The error has what was typed, and what the key's columns are."""
    with pytest.raises(ReconcilerError, match="is no key of k.t") as refused:
        typed_key(_part(*key), text)
    assert ", ".join(f"{name} {cql_type}" for name, cql_type in key) in str(refused.value)


def test_help_has_examples() -> None:
    """Who asks how to type a key is shown."""
    answer = CliRunner().invoke(app, ["explain", "--help"], env={"COLUMNS": "200"})
    assert answer.exit_code == 0
    assert "messina reconcile explain pipeline.yaml flights 4711" in answer.output
