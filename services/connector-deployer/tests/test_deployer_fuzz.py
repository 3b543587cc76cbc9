"""Whatever a spec and the source's tables are: it is planned or refused with line and column."""

import re
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pipeline_documents import documents

from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired
from messina.deployer.resources import Desired
from messina.pipeline import Endpoints, PipelineSpec, SpecError, parse_spec, resolve
from messina.scylla import CdcOptions, Column, TableMissing, TableSchema

PLACE = re.compile(r"f:[1-9][0-9]*:[1-9][0-9]*: .+")
TABLES = ["a", "b", "a__static", "event_1", "Event_2", "users", "all"]
ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "::1", "port": 4, "database": "d", "user": "u", "password": "env:P"},
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc1"},
    }
)
TYPES = st.sampled_from(
    ["int", "text", "uuid", "timestamp", "date", "decimal", "counter", "list<int>", "inet", "time"]
)
KEYS = st.sampled_from(["int", "text", "uuid", "timestamp", "int", "text", "decimal"])


@st.composite
def schemas(draw: st.DrawFn, name: str) -> TableSchema:
    """Return a source table that may have any of the columns that specs name."""
    columns = [Column("id", draw(KEYS), "partition_key", 0)]
    if draw(st.sampled_from([True, True, False])):
        columns.append(Column("at", draw(KEYS), "clustering", 0))
        if draw(st.sampled_from([True, True, False])):
            columns.append(Column("owner", draw(st.sampled_from(["text", "int"])), "static"))
    odd = draw(st.sampled_from([()] * 9 + [("xmin",), ("a b", "n2")]))
    sound = draw(st.sampled_from([True, True, True, False]))
    kinds = st.sampled_from(["int", "text", "uuid"]) if sound else TYPES
    columns += [Column(one, draw(kinds), "regular") for one in ("n", "note", "Name", *odd)]
    cdc = CdcOptions(enabled=draw(st.integers(0, 9)) > 0, postimage=True)
    return TableSchema("ks", name, tuple(columns), cdc)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.data())
def test_a_spec_is_planned_or_refused_with_places(document: dict[str, Any], data: Any) -> None:
    """Rendering takes every spec that the checks let pass, and they tell where the others fail."""
    spec = resolved(document)
    assume(spec is not None)
    assert spec is not None
    found = {
        table.name: (
            data.draw(schemas(table.name))
            if data.draw(st.integers(0, 19))
            else TableMissing("ks", table.name, TABLES)
        )
        for table in spec.tables
    }
    problems = source_problems(spec, found)
    event("refused" if problems else "planned")
    if problems:
        assert [str(p) for p in problems if not PLACE.fullmatch(str(p))] == []
        return
    there = {name: one for name, one in found.items() if isinstance(one, TableSchema)}
    check(spec, desired(spec, there, ENDPOINTS.under(spec)))


def resolved(document: dict[str, Any]) -> PipelineSpec | None:
    try:
        return resolve(parse_spec(yaml.safe_dump(document), "f"), TABLES)
    except SpecError:
        return None


def check(spec: PipelineSpec, wanted: Desired) -> None:
    """Every resource has a name of its own; what stands in a connector is text, and consistent."""
    names = [(one.kind, one.name) for one in wanted.all()]
    assert len(set(names)) == len(names)
    assert Desired.model_validate_json(wanted.model_dump_json()) == wanted
    topics = {topic.name for topic in wanted.topics}
    tables = {table.table for table in wanted.tables}
    carried: list[str] = []
    for connector in wanted.connectors:
        config = connector.config
        assert all(config.values() or [""]) or "ssl.endpoint" in str(config)
        for name in filter(None, config.get("transforms", "").split(",")):
            assert f"transforms.{name}.type" in config
            predicate = config.get(f"transforms.{name}.predicate")
            assert predicate is None or f"predicates.{predicate}.type" in config
        if connector.role == "sink":
            carried += config["topics"].split(",")
            assert {routed(config, topic) for topic in config["topics"].split(",")} <= tables
    data = topics - {t for t in topics if t.rpartition(".")[2] in ("watermarks", "gaps")}
    assert sorted(carried) == sorted(set(carried)) and set(carried) <= data
    assert {t for t in topics if t.startswith(f"{spec.pipeline}.ks.")} == set(carried)
    for table in wanted.tables:
        columns = [column.name for column in table.columns]
        assert len(set(columns)) == len(columns) and set(table.primary_key) <= set(columns)


def routed(config: Any, topic: str) -> str:
    """Return the table that a topic's records go to, as Connect's transforms make it."""
    for name in filter(None, config.get("transforms", "").split(",")):
        if config[f"transforms.{name}.type"].endswith("RegexRouter"):
            matched = re.fullmatch(config[f"transforms.{name}.regex"], topic)
            if matched is not None:
                replacement = config[f"transforms.{name}.replacement"].replace("$1", r"\1")
                topic = matched.expand(replacement)
    form = config.get("collection.name.format") or config["table.name.format"]
    return str(form).replace("${topic}", topic).partition(".")[2]
