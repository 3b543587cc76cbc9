"""The examples are files that the loader takes, in each of their environments."""

from pathlib import Path

import pytest

from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired
from messina.pipeline import Endpoints, load_spec, resolve
from messina.scylla import CdcOptions, Column, TableSchema

EXAMPLES = Path(__file__).parents[3] / "examples"
ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "127.0.0.1", "port": 4, "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc1"},
    }
)
FILES = sorted(file for file in EXAMPLES.glob("*.yaml") if file.stem.count(".") == 0)


def test_there_are_five() -> None:
    """One with a hundred tables, one with an overlay."""
    assert {"customers", "flights", "hundred", "orders", "sensors"} <= {f.stem for f in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_is_a_pipeline(file: Path) -> None:
    """Each is named as its file, says where editors find the schema, and has no slip in it."""
    spec = load_spec(file)
    assert spec.pipeline == file.stem
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../libs/pipeline/pipeline.schema.json"
    for overlay in EXAMPLES.glob(f"{file.stem}.*.yaml"):
        env = overlay.stem.removeprefix(f"{file.stem}.")
        assert load_spec(file, env).argument.endswith(f"--env {env}")


def test_a_hundred_tables_come_of_one_pattern() -> None:
    """Each has its topic, its table and two connectors; what is excluded has nothing."""
    names = [f"event_{number:03}" for number in range(100)]
    spec = resolve(load_spec(EXAMPLES / "hundred.yaml"), [*names, "event_007_old", "other"])
    columns = (Column("id", "uuid", "partition_key", 0), Column("n", "int", "regular"))
    schemas = {
        name: TableSchema("hundred", name, columns, CdcOptions(enabled=True)) for name in names
    }
    assert source_problems(spec, schemas) == []
    wanted = desired(spec, schemas, ENDPOINTS.under(spec))
    assert [t.table for t in wanted.tables if t.schema_name == "hundred"] == names
    assert len({connector.name for connector in wanted.connectors}) == 200
    assert {c.config["window.ms"] for c in wanted.connectors if c.role == "source"} == {"3000"}
