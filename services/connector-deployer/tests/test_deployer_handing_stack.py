"""Connectors that take tables from each other: one apply, and nothing is lost."""

from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import own_pipeline

from messina.kafka import ConnectClient
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

NAMES = ("a", "b", "c", "d")


def test_two_groups_swap_tables_in_one_apply(stack: Stack, cql: Session, tmp_path: Path) -> None:
    """Groups that each get a table of the other: one apply, no step is left, and what was written
    while nobody read arrives."""
    tables = [f"{name} (id int PRIMARY KEY, name text)" for name in NAMES]
    with (
        own_pipeline(stack, tmp_path, tables) as made,
        ConnectClient(stack.endpoints.connect.url) as connect,
    ):

        def grouped(**groups: str) -> None:
            head, _, _ = made.file.read_text().partition("tables:\n")
            head = head if "bulkhead" in head else f"bulkhead: group\n{head}"
            lines = (f"  - {{name: {name}, group: {groups[name]}}}\n" for name in NAMES)
            made.file.write_text(f"{head}tables:\n{''.join(lines)}")

        def write(key: int) -> None:
            for name in NAMES:
                cql.execute(f"INSERT INTO {made.keyspace}.{name} (id, name) VALUES ({key}, 'x')")

        def arrived(key: int) -> None:
            until(
                lambda: all(
                    made.sql(f"SELECT 1 FROM {made.schema}.{name} WHERE id = {key}")
                    for name in NAMES
                ),
                within=60,
                what=f"row {key} of every table arrives",
            )

        grouped(a="x", b="x", c="y", d="y")
        assert made.run("apply").code == 0
        write(1)
        arrived(1)
        for group in ("x", "y"):
            connect.stop(f"{made.name}.{group}.source")
        write(2)
        grouped(a="x", b="y", c="x", d="y")
        assert made.steps() == {
            "change": [f"connector {made.name}.{g}.{r}" for r in ("sink", "source") for g in "xy"]
        }
        said = made.run("apply")
        assert said.code == 0, said.output
        arrived(2)
        assert made.steps() == {}
        write(3)
        arrived(3)
